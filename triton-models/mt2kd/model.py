"""The MT2KD model (arXiv 2409.17010): one Zipformer encoder, three heads.

The model owns the weights under the key names of the published checkpoints; ``parts()`` gives the four
modules that are exported as graphs of their own, sharing those weights. The tensor names and types of the
parts are the serving contract.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from mt2kd.config import Config
from mt2kd.parts import valid_frames
from mt2kd.transducer import BLANK, Decoder, Joiner, TransducerHead
from mt2kd.zipformer import Conv2dSubsampling, ThinSubsampling, Zipformer2


class Encoder(nn.Module):
    """Features to frames for the heads."""

    def __init__(self, encoder_embed: nn.Module, encoder: Zipformer2) -> None:
        super().__init__()
        self.encoder_embed = encoder_embed
        self.encoder = encoder

    def forward(self, features: Tensor, feature_lengths: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Encodes a batch.

        Args:
            features: [N, T, 80] FP32 at 100 Hz, T at least 9; what lies past a length is not read.
            feature_lengths: [N, 1] INT32.

        Returns:
            encoder_out [N, T', D] FP32 at 25 Hz, encoder_lengths [N, 1] INT32,
            speaker_frames [N, T'', D2] FP32, speaker_lengths [N, 1] INT32.
        """
        return self.encoder(*self.encoder_embed(features, feature_lengths))


class CtcHead(nn.Module):
    """Connectionist temporal classification with greedy decoding in the graph."""

    def __init__(self, ctc_output: nn.Sequential) -> None:
        super().__init__()
        self.ctc_output = ctc_output

    def forward(self, encoder_out: Tensor, encoder_lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Decodes the best path.

        Args:
            encoder_out: [N, T', D] FP32.
            encoder_lengths: [N, 1] INT32.

        Returns:
            tokens [N, T'] INT32: the token that starts at a frame, else 0 (blank, a repeat, past the end);
            token_scores [N, T'] FP32: its log-probability, 0 where there is no token.
        """
        scores, best = self.ctc_output(encoder_out).max(dim=2)  # [N, T'] each
        previous = torch.cat([torch.zeros_like(best[:, :1]), best[:, :-1]], dim=1)
        starts = (best != previous) & (best != BLANK) & valid_frames(encoder_lengths, encoder_out.shape[1])
        return (best * starts).int(), scores * starts


class AtHead(nn.Module):
    """Audio tagging: logits of every frame, averaged over the utterance."""

    def __init__(self, audio_tagging_decoder: nn.Sequential) -> None:
        super().__init__()
        self.audio_tagging_decoder = audio_tagging_decoder

    def forward(self, encoder_out: Tensor, encoder_lengths: Tensor) -> Tensor:
        """Tags: encoder_out [N, T', D] FP32, encoder_lengths [N, 1] INT32 → tag_logits [N, K] FP32."""
        frames = self.audio_tagging_decoder(encoder_out)
        valid = valid_frames(encoder_lengths, frames.shape[1]).to(frames.dtype).unsqueeze(2)
        return (frames * valid).sum(dim=1) / encoder_lengths.to(frames.dtype)


class _Conv(nn.Module):
    """Pointwise convolution one level deeper, as the published keys have it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class _Norm(nn.Module):
    """Batch norm one level deeper, as the published keys have it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x)


class _Tdnn(nn.Module):
    """Pointwise convolution, ReLU, batch norm. [N, C, T] → [N, C', T]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = _Conv(inputs, outputs)
        self.norm = _Norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x).relu())


class AttentiveStatisticsPooling(nn.Module):
    """Mean and deviation over time, weighted per channel by an attention that sees the global ones.

    Okabe et al. 2018 with the global context of ECAPA-TDNN; the weights of frames past a length are zero.
    """

    def __init__(self, channels: int, attention: int) -> None:
        super().__init__()
        self.tdnn = _Tdnn(3 * channels, attention)
        self.conv = _Conv(attention, channels)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Args: x [N, C, T], lengths [N, 1]; returns [N, 2 C]: mean, then standard deviation."""
        frames = x.shape[2]
        valid = valid_frames(lengths, frames).to(x.dtype).unsqueeze(1)  # [N, 1, T]
        x = x * valid
        mean, deviation = self._statistics(x, valid / lengths.to(x.dtype).unsqueeze(2))
        context = torch.cat([x, mean.expand(-1, -1, frames), deviation.expand(-1, -1, frames)], dim=1)
        logits = self.conv(self.tdnn(context).tanh())
        weights = (logits + (valid - 1.0) * 1000.0).softmax(dim=2)
        return torch.cat(self._statistics(x, weights), dim=1).squeeze(2)

    @staticmethod
    def _statistics(x: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        mean = (x * weights).sum(dim=2, keepdim=True)
        variance = ((x - mean).square() * weights).sum(dim=2, keepdim=True)
        return mean, variance.clamp(min=1e-6).sqrt()


class SvHead(nn.Module):
    """A voiceprint from the frames of the speaker stack."""

    def __init__(self, ecapa_asp: AttentiveStatisticsPooling, ecapa_linear: nn.Linear) -> None:
        super().__init__()
        self.ecapa_asp = ecapa_asp
        self.ecapa_linear = ecapa_linear

    def forward(self, speaker_frames: Tensor, speaker_lengths: Tensor) -> Tensor:
        """Embeds: speaker_frames [N, T'', D2], speaker_lengths [N, 1] → voiceprint [N, E], of unit length."""
        x = self.ecapa_linear(self.ecapa_asp(speaker_frames.transpose(1, 2), speaker_lengths))
        return x * x.square().sum(dim=1, keepdim=True).clamp(min=1e-12).rsqrt()


class Mt2kd(nn.Module):
    """The whole network, from features on."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width, speaker_width = max(config.dims), config.dims[config.speaker_stack]
        dropout = config.dropout
        bins, channels, dim = config.feature_bins, config.embed_channels, config.dims[0]
        if channels:
            self.encoder_embed = Conv2dSubsampling(bins, channels, dim, dropout)
        else:
            self.encoder_embed = ThinSubsampling(bins, dim, dropout)
        self.encoder = Zipformer2(config)
        if config.ctc:
            self.ctc_output = nn.Sequential(
                nn.Dropout(dropout), nn.Linear(width, config.tokens), nn.LogSoftmax(dim=-1)
            )
        if config.decoder_dim:
            self.decoder = Decoder(config.tokens, config.decoder_dim, config.context)
            self.joiner = Joiner(width, config.decoder_dim, config.joiner_dim, config.tokens)
        self.audio_tagging_decoder = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, config.labels))
        self.ecapa_asp = AttentiveStatisticsPooling(speaker_width, config.speaker_attention)
        self.ecapa_linear = nn.Linear(2 * speaker_width, config.embedding_size)

    def parts(self) -> dict[str, nn.Module]:
        """The modules that are exported, by the names of the served models; they share this one's weights."""
        transducer = self.config.decoding == "transducer"
        parts = {
            "encoder": Encoder(self.encoder_embed, self.encoder),
            "asr_head": TransducerHead(self.decoder, self.joiner) if transducer else CtcHead(self.ctc_output),
            "at_head": AtHead(self.audio_tagging_decoder),
            "sv_head": SvHead(self.ecapa_asp, self.ecapa_linear),
        }
        return {name: part.train(self.training) for name, part in parts.items()}

    def forward(self, features: Tensor, feature_lengths: Tensor) -> dict[str, Tensor]:
        """All three answers: features [N, T, 80], feature_lengths [N, 1] → the ensemble's outputs by name."""
        parts = self.parts()
        out, lengths, speaker_frames, speaker_lengths = parts["encoder"](features, feature_lengths)
        tokens, token_scores = parts["asr_head"](out, lengths)
        return {
            "tokens": tokens,
            "token_scores": token_scores,
            "tag_logits": parts["at_head"](out, lengths),
            "voiceprint": parts["sv_head"](speaker_frames, speaker_lengths),
        }


def load_reference(path: Path) -> Mt2kd:
    """The network of a folder with ``config.json`` and ``weights.safetensors``, in evaluation mode."""
    path = Path(path)
    model = Mt2kd(Config.load(path / "config.json"))
    weights = {key: value.float() for key, value in load_file(path / "weights.safetensors").items()}
    weights.setdefault("ecapa_asp.tdnn.norm.norm.num_batches_tracked", torch.tensor(0))
    model.load_state_dict(weights)
    return model.eval()
