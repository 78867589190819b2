"""The transducer (Graves 2012, arXiv 1211.3711) with a stateless decoder (Ghodsi et al. 2020) and its search.

A decoder turns the last tokens into a vector; a joiner puts it and an encoder frame together and gives the
logits of the next token, of which blank, 0, means that the frame has no more.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mt2kd.parts import valid_frames

BLANK = 0
#: Channels of one group of the decoder's convolution.
GROUP = 4


class Decoder(nn.Module):
    """ReLU of a grouped convolution over the embeddings of the last ``context`` tokens.

    Before the first token the context is blanks. A negative id has a vector of zeros.
    """

    def __init__(self, tokens: int, dim: int, context: int) -> None:
        super().__init__()
        self.context = context
        self.embedding = nn.Embedding(tokens, dim)
        self.conv = nn.Conv1d(dim, dim, context, groups=dim // GROUP, bias=False)

    def rows(self) -> Tensor:
        """What each token adds to the convolution at each place of the context: [context, V, D]."""
        tokens, dim = self.embedding.weight.shape
        embedded = self.embedding.weight.view(tokens, dim // GROUP, GROUP)
        kernel = self.conv.weight.view(dim // GROUP, GROUP, GROUP, self.context)
        return torch.einsum("vgi,goik->kvgo", embedded, kernel).reshape(self.context, tokens, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """The output after each of a text's 0 to U first tokens: tokens [N, U] INT64 → [N, U + 1, D]."""
        tokens = F.pad(tokens, (self.context, 0), value=BLANK)
        embedded = self.embedding(tokens.clamp(min=0)) * (tokens >= 0).unsqueeze(2)
        return self.conv(embedded.transpose(1, 2)).relu().transpose(1, 2)


class Joiner(nn.Module):
    """Logits of the next token: output_linear(tanh(encoder_proj(frame) + decoder_proj(decoder_out)))."""

    def __init__(self, encoder_dim: int, decoder_dim: int, joiner_dim: int, tokens: int) -> None:
        super().__init__()
        self.encoder_proj = nn.Linear(encoder_dim, joiner_dim)
        self.decoder_proj = nn.Linear(decoder_dim, joiner_dim)
        self.output_linear = nn.Linear(joiner_dim, tokens)

    def forward(self, encoder_out: Tensor, decoder_out: Tensor) -> Tensor:
        """Every frame with every state: [N, T', D] and [N, U + 1, D of the decoder] → [N, T', U + 1, V]."""
        frames = self.encoder_proj(encoder_out).unsqueeze(2)
        return self.output_linear((frames + self.decoder_proj(decoder_out).unsqueeze(1)).tanh())


class GreedyStart(nn.Module):
    """What greedy search needs before its first frame."""

    def __init__(self, encoder_proj: nn.Linear, context: int) -> None:
        super().__init__()
        self.encoder_proj = encoder_proj
        self.context = context

    def forward(self, encoder_out: Tensor, encoder_lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Projects all frames at once.

        Args:
            encoder_out: [N, T', D] FP32.
            encoder_lengths: [N, 1] INT32.

        Returns:
            context [N, context] INT64 of blanks, frames [N, T', J] FP32, valid [N, T'] BOOL.
        """
        context = torch.full_like(encoder_lengths, BLANK, dtype=torch.int64).expand(-1, self.context)
        valid = valid_frames(encoder_lengths, encoder_out.shape[1])
        return context, self.encoder_proj(encoder_out), valid


class GreedyStep(nn.Module):
    """Greedy search in one frame, which gives at most one token.

        best = argmax of log softmax(output_linear(tanh(frame + decoder_proj(decoder(context)))))

    If it is not blank and the frame is valid, best is the frame's token and the last of the next context.
    The decoder's convolution of embeddings is a sum of rows of tables that are computed once.
    """

    def __init__(self, decoder: Decoder, joiner: Joiner) -> None:
        super().__init__()
        self.decoder_proj = joiner.decoder_proj
        self.output_linear = joiner.output_linear
        self.register_buffer("rows", decoder.rows())

    def forward(self, context: Tensor, frame: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Takes a step.

        Args:
            context: [N, context] INT64, the last token last.
            frame: [N, J] FP32, projected.
            valid: [N] BOOL.

        Returns:
            the next context, token [N] INT32, 0 if there is none, score [N] FP32, its log-probability or 0.
        """
        decoder_out = sum(rows[context[:, place]] for place, rows in enumerate(self.rows)).relu()
        logits = self.output_linear((frame + self.decoder_proj(decoder_out)).tanh())
        score, best = logits.log_softmax(dim=1).max(dim=1)
        given = (best != BLANK) & valid
        moved = torch.cat([context[:, 1:], best.unsqueeze(1)], dim=1)
        return moved.where(given.unsqueeze(1), context), (best * given).int(), score * given


class TransducerHead(nn.Module):
    """Greedy search over all frames of a batch, at most one token a frame: ``start``, then ``step`` for each.

    The exported graph is one Scan of ``step`` over what ``start`` gives.
    """

    def __init__(self, decoder: Decoder, joiner: Joiner) -> None:
        super().__init__()
        self.decoder = decoder
        self.joiner = joiner

    def start(self) -> GreedyStart:
        """The part before the first frame."""
        return GreedyStart(self.joiner.encoder_proj, self.decoder.context)

    def step(self) -> GreedyStep:
        """The part of every frame."""
        return GreedyStep(self.decoder, self.joiner)

    def forward(self, encoder_out: Tensor, encoder_lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Decodes the best path.

        Args:
            encoder_out: [N, T', D] FP32.
            encoder_lengths: [N, 1] INT32.

        Returns:
            tokens [N, T'] INT32: the token of a frame, else 0 (blank, past the end);
            token_scores [N, T'] FP32: its log-probability, 0 where there is no token.
        """
        step, tokens, scores = self.step(), [], []
        context, frames, valid = self.start()(encoder_out, encoder_lengths)
        for frame, inside in zip(frames.unbind(1), valid.unbind(1), strict=True):
            context, token, score = step(context, frame, inside)
            tokens.append(token)
            scores.append(score)
        return torch.stack(tokens, dim=1), torch.stack(scores, dim=1)
