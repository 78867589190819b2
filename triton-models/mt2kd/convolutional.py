"""A small encoder of convolutions only, behind the same contract as the Zipformer.

It learns several times faster on two processor cores, which is what the first reference weights were made
with; the Zipformer takes its place when it has been trained as long as it needs.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mt2kd.config import Config
from mt2kd.parts import downsampled_length, embed_length, valid_frames

KERNEL = 15


class Block(nn.Module):
    """Depthwise convolution over time and a feed-forward, each behind a norm and added to its input."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.conv_norm = nn.LayerNorm(width)
        self.depthwise_conv = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.out_proj = nn.Linear(width, width)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward_in = nn.Linear(width, 2 * width)
        self.feed_forward_out = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Args: x [N, T, C]; valid [N, T, 1], 0 where the kernel must see nothing."""
        y = self.depthwise_conv((self.conv_norm(x) * valid).transpose(1, 2)).transpose(1, 2)
        x = x + self.dropout(self.out_proj(F.gelu(y)))
        y = F.gelu(self.feed_forward_in(self.feed_forward_norm(x)))
        return x + self.dropout(self.feed_forward_out(y))


class ConvolutionalEncoder(nn.Module):
    """Blocks at 50 Hz, then at 25 Hz; the speaker frames are those between the two halves of the latter."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, (fast, slow) = config.dims[0], config.layers
        # Sees frames t - 4 to t + 4 around every other frame, none past the end: (T - 7) // 2 outputs.
        self.front_end = nn.Conv1d(config.feature_bins, width, 9, stride=2)
        self.front_end_norm = nn.LayerNorm(width)
        self.fast = nn.ModuleList(Block(width, config.dropout) for _ in range(fast))
        self.downsample = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.slow = nn.ModuleList(Block(width, config.dropout) for _ in range(slow))
        self.out_norm = nn.LayerNorm(width)

    def forward(self, features: Tensor, feature_lengths: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Encodes features [N, T, bins] with their lengths [N, 1].

        Returns encoder_out [N, T', C], encoder_lengths [N, 1], speaker_frames [N, T', C] and
        speaker_lengths [N, 1], with T' frames at 25 Hz.
        """
        # Log-mel features lie near -8 with a spread of 4.
        x = self.front_end(((features + 8.0) / 4.0).transpose(1, 2)).transpose(1, 2)
        x = self.front_end_norm(x)
        lengths = embed_length(feature_lengths).clamp(min=1)
        valid = valid_frames(lengths, x.shape[1]).to(x.dtype).unsqueeze(2)
        for block in self.fast:
            x = block(x, valid)
        x = self.downsample((x * valid).transpose(1, 2)).transpose(1, 2)
        lengths = downsampled_length(lengths, 2)
        valid = valid_frames(lengths, x.shape[1]).to(x.dtype).unsqueeze(2)
        middle = len(self.slow) // 2
        for block in self.slow[:middle]:
            x = block(x, valid)
        speaker_frames = x
        for block in self.slow[middle:]:
            x = block(x, valid)
        return self.out_norm(x), lengths, speaker_frames, lengths
