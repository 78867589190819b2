"""The losses of the three tasks; each skips what a batch does not know."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mt2kd.transducer import Decoder, Joiner
from mt2kd_training.transducer_loss import transducer_loss


def ctc_loss(
    log_probabilities: Tensor, lengths: Tensor, tokens: Tensor, token_lengths: Tensor, known: Tensor
) -> Tensor:
    """CTC, per token (an empty text counts as one) over the utterances whose text is known.

    Args:
        log_probabilities: [N, T, V] FP32.
        lengths: [N, 1] frames.
        tokens: the texts one after the other.
        token_lengths: [N].
        known: [N] bool.
    """
    each = F.ctc_loss(
        log_probabilities.transpose(0, 1), tokens, lengths.flatten().long(), token_lengths,
        reduction="none", zero_infinity=True,
    )  # fmt: skip
    known = known.to(each.dtype)
    return (each * known).sum() / (token_lengths.clamp(min=1) * known).sum().clamp(min=1.0)


def known_transducer_loss(
    decoder: Decoder,
    joiner: Joiner,
    encoder_out: Tensor,
    lengths: Tensor,
    tokens: Tensor,
    token_lengths: Tensor,
    known: Tensor,
    fast_emit: float = 0.0,
) -> Tensor:
    """The transducer's loss, per token (an empty text counts as one) over the utterances of known text.

    Args:
        decoder: of the transducer.
        joiner: of the transducer.
        encoder_out: [N, T', D] FP32.
        lengths: [N, 1] frames.
        tokens: the texts one after the other.
        token_lengths: [N].
        known: [N] bool.
        fast_emit: as `transducer_loss` has it.
    """
    if not known.any():
        return encoder_out.sum() * 0.0
    texts = nn.utils.rnn.pad_sequence(tokens.split(token_lengths.tolist()), batch_first=True)[known]
    counts, frames = token_lengths[known], lengths.flatten()[known].long()
    texts = texts[:, : int(counts.max())]
    logits = joiner(encoder_out[known, : int(frames.max())], decoder(texts))
    return transducer_loss(logits, texts, frames, counts, fast_emit).sum() / counts.clamp(min=1).sum()


class WordFrameLoss(nn.Module):
    """Cross-entropy of the word spoken in each frame, known for rendered strings.

    CTC alone spends many updates on nothing but blanks before it finds where words are; this shows it.
    """

    def __init__(self, width: int, tokens: int) -> None:
        super().__init__()
        self.projection = nn.Linear(width, tokens)

    def forward(self, encoder_out: Tensor, words: Tensor) -> Tensor:
        """Args: encoder_out [N, T', D]; words [N, T'] token, 0 between words, -100 unknown."""
        if not (words >= 0).any():
            return encoder_out.sum() * 0.0
        return F.cross_entropy(self.projection(encoder_out).flatten(0, 1), words.flatten())


def tag_loss(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Binary cross-entropy summed over the known labels of a clip, mean over clips. All [N, K]."""
    each = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return (each * weights).sum(dim=1).mean()


def tag_choice_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy against the targets as a distribution: ranks the right class first. [N, K] each."""
    shares = targets / targets.sum(dim=1, keepdim=True)
    return -(shares * logits.log_softmax(dim=1)).sum(dim=1).mean()


class SpeakerLoss(nn.Module):
    """Additive angular margin softmax (ArcFace) over the training speakers.

    The angle to the own speaker's direction grows by ``margin`` before the softmax over scaled cosines;
    the margin is ramped up by the caller, since a large one from the start does not converge.
    """

    def __init__(self, directions: Tensor, scale: float = 30.0) -> None:
        """Args: directions [speakers, E]."""
        super().__init__()
        self.weight = nn.Parameter(directions.clone())
        self.scale = scale

    def forward(self, voiceprints: Tensor, speakers: Tensor, margin: float) -> Tensor:
        """Args: voiceprints [N, E] of unit length, speakers [N] (-1 unknown), margin in radians."""
        known = speakers >= 0
        if not known.any():
            return voiceprints.sum() * 0.0
        cosines = voiceprints[known] @ F.normalize(self.weight, dim=1).T
        own = speakers[known].unsqueeze(1)
        cosine = cosines.gather(1, own).clamp(-1 + 1e-6, 1 - 1e-6)
        # Past pi - margin the cosine would rise again; a plain subtraction takes over there.
        moved = torch.where(
            cosine > -math.cos(margin), (cosine.acos() + margin).cos(), cosine - math.sin(margin) * margin
        )
        return F.cross_entropy(self.scale * cosines.scatter(1, own, moved), own.squeeze(1))
