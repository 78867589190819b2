"""The depthwise convolution of causal Zipformers, for whole utterances."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ChunkCausalConvolution(nn.Module):
    """Depthwise convolution over the past and a frame's own chunk; the chunk is the whole utterance.

    For an utterance of L frames and an odd kernel K, per channel:

        y[t] = a + Σ_{k=0..K//2} w[k] x[t + k - K//2]  +  s[t] (b + Σ_{k=0..K-1} v[k] x[t + k - K//2])
        s[t] = 1 + left[t] + right[t + K - L]

    with x zero outside the utterance; the edge scales ``left`` and ``right`` hold K values and are zero
    outside them, so an utterance shorter than K has part of both. L is the utterance's own length: measured
    from the end of a batch, as the published code does, ``right`` would depend on the neighbours.
    """

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.causal_conv = nn.Conv1d(channels, channels, kernel // 2 + 1, groups=channels)
        self.chunkwise_conv = nn.Conv1d(channels, channels, kernel, padding=kernel // 2, groups=channels)
        self.chunkwise_conv_scale = nn.Parameter(torch.zeros(2, channels, kernel))

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Args: x [N, C, T], zero past lengths [N, 1]; returns [N, C, T]."""
        past = self.causal_conv(F.pad(x, (self.kernel // 2, 0)))
        return past + self.chunkwise_conv(x) * self._scale(lengths, x.shape[2])

    def _scale(self, lengths: Tensor, frames: int) -> Tensor:
        """s of every frame: [N, C, frames]."""
        kernel = self.kernel
        # One zero on each side, where the places outside the kernel are sent.
        left, right = F.pad(self.chunkwise_conv_scale, (1, 1)).transpose(1, 2).unbind()  # [K + 2, C] each
        frame = torch.arange(frames, device=lengths.device, dtype=lengths.dtype).unsqueeze(0)
        from_start = (frame + 1).clamp(max=kernel + 1)
        from_end = (frame - lengths + kernel + 1).clamp(min=0, max=kernel + 1)
        edges = F.embedding(from_start, left) + F.embedding(from_end, right)  # [N, frames, C]
        return 1.0 + edges.transpose(1, 2)
