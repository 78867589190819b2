"""Length rules and the small parts of a Zipformer.

Tensors are batch first: N utterances, T frames, C channels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def embed_length(frames: Tensor | int) -> Tensor | int:
    """Frames at 50 Hz after the front end's convolutions, from frames at 100 Hz."""
    return (frames - 7) // 2


def downsampled_length(frames: Tensor | int, factor: int) -> Tensor | int:
    """Frames after grouping by ``factor``; a last group that is not full counts."""
    return (frames + factor - 1) // factor


def valid_frames(lengths: Tensor, frames: int) -> Tensor:
    """Marks frames inside their utterance: lengths [N, 1] → [N, frames] bool."""
    return torch.arange(frames, device=lengths.device, dtype=lengths.dtype).unsqueeze(0) < lengths


class SwooshR(nn.Module):
    """log(1 + e^(x-1)) - 0.08 x - 0.313261687, which is 0 at 0."""

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        return F.softplus(x - 1.0) - 0.08 * x - 0.313261687


class SwooshL(nn.Module):
    """log(1 + e^(x-4)) - 0.08 x - 0.035."""

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        return F.softplus(x - 4.0) - 0.08 * x - 0.035


class TimeSharedDropout(nn.Module):
    """Dropout of whole channels: one mask for all frames of an utterance. [N, T, C] → [N, T, C]."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        if not self.training or self.rate == 0.0:
            return x
        keep = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= self.rate
        return x * (keep.to(x.dtype) / (1.0 - self.rate))


class BiasNorm(nn.Module):
    """x / rms(x - bias) · e^log_scale over channels: a norm that can keep the length of x. [..., C]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(1.0))
        self.bias = nn.Parameter(torch.empty(channels).normal_(std=1e-4))

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        power = (x - self.bias).square().mean(dim=-1, keepdim=True)
        return x * (power.clamp(min=1e-10).rsqrt() * self.log_scale.exp())


class Bypass(nn.Module):
    """Between a module's input and its output, per channel: original + (x - original) · scale."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bypass_scale = nn.Parameter(torch.full((channels,), 0.5))

    def forward(self, original: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        return original + (x - original) * self.bypass_scale


class Downsample(nn.Module):
    """Learned weighted mean of each group of ``factor`` frames. [N, T, C] → [N, ceil(T / factor), C].

    A last group that is not full repeats the utterance's last valid frame, whatever the batch holds there.
    No gather is needed: the last valid frame takes the weights of the places that it would be repeated in.
    """

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.bias = nn.Parameter(torch.zeros(factor))

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Args: x [N, T, C], lengths [N, 1] in frames of x."""
        factor = self.factor
        groups = downsampled_length(x.shape[1], factor)
        weight = self.bias.softmax(dim=0)
        # What follows each place in its group: the weights that a last valid frame there also takes.
        following = weight.sum() - weight.cumsum(dim=0)
        frame = torch.arange(groups * factor, device=x.device, dtype=lengths.dtype).reshape(1, groups, factor)
        length = lengths.unsqueeze(2)  # [N, 1, 1]
        weights = (frame < length).to(x.dtype) * weight + (frame == length - 1).to(x.dtype) * following
        x = F.pad(x, (0, 0, 0, factor - 1))[:, : groups * factor]
        x = x.reshape(x.shape[0], groups, factor, x.shape[2])
        return (x * weights.unsqueeze(3)).sum(dim=2)


def upsample(x: Tensor, factor: int, frames: int) -> Tensor:
    """Repeats every frame ``factor`` times and cuts to ``frames``. [N, T, C] → [N, frames, C]."""
    repeated = x.unsqueeze(2).expand(-1, -1, factor, -1)
    return repeated.reshape(x.shape[0], -1, x.shape[2])[:, :frames]


def with_channels(x: Tensor, channels: int) -> Tensor:
    """Drops the last channels or adds zeros. [N, T, C] → [N, T, channels]."""
    return x[..., :channels] if channels <= x.shape[-1] else F.pad(x, (0, channels - x.shape[-1]))
