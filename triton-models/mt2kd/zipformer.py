"""The Zipformer encoder (arXiv 2310.11230): front end, one layer, stacks, encoder.

Tensors are batch first: N utterances, T frames, C channels, H heads. Every operation that mixes frames reads
the utterance lengths, so that what a batch is padded with changes nothing. State-dict keys are those of the
published checkpoints.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from mt2kd.causal import ChunkCausalConvolution
from mt2kd.config import Config
from mt2kd.parts import (
    BiasNorm,
    Bypass,
    Downsample,
    SwooshL,
    SwooshR,
    TimeSharedDropout,
    downsampled_length,
    embed_length,
    upsample,
    valid_frames,
    with_channels,
)

#: Added to the logits of attention keys past an utterance's end; e**-1000 is zero in single precision.
MASKED = -1000.0


# ----------------------------------------------------------------------------------------------- front end


class ConvNeXt(nn.Module):
    """Depthwise 7x7 convolution and two pointwise ones around SwooshL, added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise_conv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.pointwise_conv1 = nn.Conv2d(channels, 3 * channels, 1)
        self.activation = SwooshL()
        self.pointwise_conv2 = nn.Conv2d(3 * channels, channels, 1)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """Args: x [N, C, T, bins]; valid [N, 1, T, 1], 0 where the kernel must see nothing."""
        x = x * valid
        return x + self.pointwise_conv2(self.activation(self.pointwise_conv1(self.depthwise_conv(x))))


class Conv2dSubsampling(nn.Module):
    """From features at 100 Hz to frames at 50 Hz: [N, T, bins] → [N, (T - 7) // 2, dim]."""

    def __init__(self, bins: int, channels: tuple[int, ...], dim: int, dropout: float) -> None:
        super().__init__()
        first, second, third = channels
        # Identities keep the places of training-only modules of the published checkpoints: keys 0, 4, 7.
        self.conv = nn.Sequential(
            nn.Conv2d(1, first, 3, padding=(0, 1)),
            nn.Identity(),
            nn.Identity(),
            SwooshR(),
            nn.Conv2d(first, second, 3, stride=2),
            nn.Identity(),
            SwooshR(),
            nn.Conv2d(second, third, 3, stride=(1, 2)),
            nn.Identity(),
            SwooshR(),
        )
        self.convnext = ConvNeXt(third)
        self.out = nn.Linear(third * (((bins - 1) // 2 - 1) // 2), dim)
        self.out_norm = BiasNorm(dim)
        self.dropout = TimeSharedDropout(dropout)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Args: features [N, T, bins], lengths [N, 1]; returns x [N, T1, dim] and its lengths [N, 1]."""
        # No padding in time: valid frames see valid ones.
        x = self.conv(features.unsqueeze(1))  # [N, C, T1, bins']
        lengths = embed_length(lengths).clamp(min=1)
        valid = valid_frames(lengths, x.shape[2]).to(x.dtype)
        x = self.convnext(x, valid[:, None, :, None])
        x = self.out(x.transpose(1, 2).flatten(2))
        return self.dropout(self.out_norm(x)), lengths


class ThinSubsampling(nn.Module):
    """The front end of small networks: one convolution over nine frames and all bins, to the same frames.

    The published front end takes most of a small Zipformer's time, and needs far longer to learn.
    """

    def __init__(self, bins: int, dim: int, dropout: float) -> None:
        super().__init__()
        self.conv = nn.Conv1d(bins, dim, 9, stride=2)
        self.out_norm = nn.LayerNorm(dim)
        self.dropout = TimeSharedDropout(dropout)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Args: features [N, T, bins], lengths [N, 1]; returns x [N, T1, dim] and its lengths [N, 1]."""
        # Log-mel features lie near -8 with a deviation of 4; centred, they do not all pull one way.
        x = self.conv(((features + 8.0) / 4.0).transpose(1, 2)).transpose(1, 2)
        return self.dropout(self.out_norm(x)), embed_length(lengths).clamp(min=1)


# ------------------------------------------------------------------------------------------------- a layer


class RelativePositions(nn.Module):
    """Positional table: row r stands for offset r - maximum + 1; offsets are compressed, so any fits.

    x' = sign(x) √d (ln(|x| + √d) - ln √d); the row is cos(k a), sin(k a) for k = 1..d/2, a = atan(2π x' / d),
    with its last place set to one as a bias.
    """

    def __init__(self, dim: int, maximum: int) -> None:
        super().__init__()
        self.maximum = maximum
        offsets = torch.arange(-maximum + 1, maximum + 1, dtype=torch.float64)
        root = math.sqrt(dim)
        compressed = root * offsets.sign() * ((offsets.abs() + root).log() - math.log(root))
        angle = torch.atan(compressed * (2 * math.pi / dim)).unsqueeze(1) * torch.arange(1, dim // 2 + 1)
        table = torch.stack([angle.cos(), angle.sin()], dim=2).flatten(1)
        table[:, -1] = 1.0
        self.register_buffer("table", table.float(), persistent=False)

    def forward(self, frames: int) -> Tensor:
        """Rows of the offsets -(frames - 1)..frames: [2 frames, dim]."""
        return self.table[self.maximum - frames : self.maximum + frames]


class AttentionWeights(nn.Module):
    """Softmax over keys of query·key + position terms; used by three modules. → [N, H, T, T]."""

    def __init__(self, dim: int, heads: int, config: Config) -> None:
        super().__init__()
        self.heads, self.query, self.position = heads, config.query_head_dim, config.position_head_dim
        self.in_proj = nn.Linear(dim, heads * (2 * self.query + self.position))
        self.linear_pos = nn.Linear(config.position_dim, heads * self.position, bias=False)
        with torch.no_grad():  # keeps the initial logits at unit scale without dividing at run time
            self.in_proj.weight.mul_(self.query**-0.25)
            self.in_proj.bias.zero_()
            self.linear_pos.weight.mul_(0.25)

    def forward(self, x: Tensor, positions: Tensor, key_bias: Tensor) -> Tensor:
        """Args: x [N, T, C], positions [2T, position_dim], key_bias [N, 1, 1, T] (0 or MASKED)."""
        n, t, h = x.shape[0], x.shape[1], self.heads
        projected = self.in_proj(x)
        queries = projected[..., : h * self.query].reshape(n, t, h, self.query).transpose(1, 2)
        keys = projected[..., h * self.query : 2 * h * self.query].reshape(n, t, h, self.query)
        offsets = projected[..., 2 * h * self.query :].reshape(n, t, h, self.position).transpose(1, 2)
        logits = queries @ keys.permute(0, 2, 3, 1)  # [N, H, T, T]
        rows = self.linear_pos(positions).reshape(2 * t, h, self.position).permute(1, 2, 0)
        # [N, H, T, 2T]: query i, offset r. Key j is at offset j - i, row j - i + T - 1: in the flattened
        # last two axes that is i (2T - 1) + j + T - 1, so a cut and a reshape line the keys up.
        terms = (offsets @ rows).flatten(2)[..., t - 1 : t - 1 + t * (2 * t - 1)]
        terms = terms.reshape(n, h, t, 2 * t - 1)[..., :t]
        return (logits + terms + key_bias).softmax(dim=-1)


class SelfAttention(nn.Module):
    """Values mixed by given attention weights. [N, T, C] → [N, T, C]."""

    def __init__(self, dim: int, heads: int, value: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj = nn.Linear(dim, heads * value)
        self.out_proj = nn.Linear(heads * value, dim)

    def forward(self, x: Tensor, attention: Tensor) -> Tensor:
        """Args: x [N, T, C], attention [N, H, T, T]."""
        n, t = x.shape[0], x.shape[1]
        values = self.in_proj(x).reshape(n, t, self.heads, -1).transpose(1, 2)
        return self.out_proj((attention @ values).transpose(1, 2).reshape(n, t, -1))


class FeedForward(nn.Module):
    """Linear, SwooshL, Linear. [N, T, C] → [N, T, C]."""

    def __init__(self, dim: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.in_proj = nn.Linear(dim, hidden)
        self.activation = SwooshL()
        self.dropout = TimeSharedDropout(dropout)
        self.out_proj = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        return self.out_proj(self.dropout(self.activation(self.in_proj(x))))


class NonlinAttention(nn.Module):
    """Gated values mixed by the first head's weights: out(y · (A (x · tanh s))). [N, T, C] → [N, T, C]."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.in_proj = nn.Linear(dim, 3 * hidden)
        self.out_proj = nn.Linear(hidden, dim)

    def forward(self, x: Tensor, attention: Tensor) -> Tensor:
        """Args: x [N, T, C], attention [N, T, T] of one head."""
        gate, values, scale = self.in_proj(x).chunk(3, dim=-1)
        return self.out_proj((attention @ (values * gate.tanh())) * scale)


class Convolution(nn.Module):
    """Gated linear unit, depthwise convolution over time, SwooshR, Linear. [N, T, C] → [N, T, C]."""

    def __init__(self, dim: int, kernel: int, dropout: float, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.in_proj = nn.Linear(dim, 2 * dim)
        if causal:
            self.depthwise_conv = ChunkCausalConvolution(dim, kernel)
        else:
            self.depthwise_conv = nn.Conv1d(dim, dim, kernel, padding=kernel // 2, groups=dim)
        self.activation = SwooshR()
        self.dropout = TimeSharedDropout(dropout)
        self.out_proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor, valid: Tensor, lengths: Tensor) -> Tensor:
        """Args: x [N, T, C]; valid [N, T, 1], 0 where the kernel must see nothing: past lengths [N, 1]."""
        values, gate = self.in_proj(x).chunk(2, dim=-1)
        x = (values * (gate.sigmoid() * valid)).transpose(1, 2)
        x = (self.depthwise_conv(x, lengths) if self.causal else self.depthwise_conv(x)).transpose(1, 2)
        return self.out_proj(self.dropout(self.activation(x)))


class Layer(nn.Module):
    """One Zipformer layer: three feed-forwards, three uses of one attention, two convolutions, bypasses."""

    def __init__(self, dim: int, feed_forward: int, heads: int, kernel: int, config: Config) -> None:
        super().__init__()
        self.self_attn_weights = AttentionWeights(dim, heads, config)
        self.self_attn1 = SelfAttention(dim, heads, config.value_head_dim)
        self.self_attn2 = SelfAttention(dim, heads, config.value_head_dim)
        self.feed_forward1 = FeedForward(dim, feed_forward * 3 // 4, config.dropout)
        self.feed_forward2 = FeedForward(dim, feed_forward, config.dropout)
        self.feed_forward3 = FeedForward(dim, feed_forward * 5 // 4, config.dropout)
        self.nonlin_attention = NonlinAttention(dim, dim * 3 // 4)
        self.conv_module1 = Convolution(dim, kernel, config.dropout, config.causal)
        self.conv_module2 = Convolution(dim, kernel, config.dropout, config.causal)
        self.norm = BiasNorm(dim)
        self.bypass = Bypass(dim)
        self.bypass_mid = Bypass(dim)
        for out in (
            self.self_attn1,
            self.self_attn2,
            self.nonlin_attention,
            self.conv_module1,
            self.conv_module2,
            self.feed_forward1,
            self.feed_forward2,
            self.feed_forward3,
        ):
            with torch.no_grad():  # a layer starts near the identity
                out.out_proj.weight.mul_(0.25)
                out.out_proj.bias.zero_()

    def forward(
        self, x: Tensor, positions: Tensor, valid: Tensor, key_bias: Tensor, lengths: Tensor
    ) -> Tensor:
        """Args: x [N, T, C], positions [2T, dim], valid [N, T, 1], key_bias [N, 1, 1, T], lengths [N, 1]."""
        original = x
        attention = self.self_attn_weights(x, positions, key_bias)
        x = x + self.feed_forward1(x)
        x = x + self.nonlin_attention(x, attention[:, 0])
        x = x + self.self_attn1(x, attention)
        x = x + self.conv_module1(x, valid, lengths)
        x = x + self.feed_forward2(x)
        x = self.bypass_mid(original, x)
        x = x + self.self_attn2(x, attention)
        x = x + self.conv_module2(x, valid, lengths)
        x = x + self.feed_forward3(x)
        return self.bypass(original, self.norm(x))


# ------------------------------------------------------------------------------------- stacks and encoder


class Stack(nn.Module):
    """Layers at one frame rate."""

    def __init__(self, index: int, config: Config) -> None:
        super().__init__()
        dim, width = config.dims[index], config.feed_forward_dims[index]
        self.layers = nn.ModuleList(
            Layer(dim, width, config.heads[index], config.kernels[index], config)
            for _ in range(config.layers[index])
        )

    def forward(self, x: Tensor, lengths: Tensor, positions: RelativePositions) -> list[Tensor]:
        """Args: x [N, T, C], lengths [N, 1] in frames of x; returns the output of each layer, [N, T, C]."""
        frames = x.shape[1]
        valid = valid_frames(lengths, frames).to(x.dtype)
        key_bias = ((1.0 - valid) * MASKED)[:, None, None, :]
        rows = positions(frames)
        outputs = []
        for layer in self.layers:
            x = layer(x, rows, valid.unsqueeze(2), key_bias, lengths)
            outputs.append(x)
        return outputs


class DownsampledStack(nn.Module):
    """A stack that works on groups of frames; its result is upsampled and joined to what came in."""

    def __init__(self, index: int, config: Config) -> None:
        super().__init__()
        self.downsample = Downsample(config.downsampling[index])
        self.encoder = Stack(index, config)
        self.out_combiner = Bypass(config.dims[index])


class Zipformer2(nn.Module):
    """The stacks, one after the other at their own rates, and a last downsampling to 25 Hz."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.positions = RelativePositions(config.position_dim, config.maximum_frames)
        self.encoders = nn.ModuleList(
            Stack(i, config) if factor == 1 else DownsampledStack(i, config)
            for i, factor in enumerate(config.downsampling)
        )
        self.downsample_output = Downsample(2)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Encodes frames at 50 Hz.

        Args:
            x: [N, T, dims[0]].
            lengths: [N, 1] INT32 frames, 1..T.

        Returns:
            encoder_out [N, ceil(T / 2), max(dims)] and its lengths [N, 1]; the mean of the layer outputs of
            the speaker stack, [N, ceil(T / factor), dims[speaker_stack]] at its own rate, and its lengths.
        """
        outputs = []
        speaker_frames, speaker_lengths = x, lengths
        for i, (stack, factor) in enumerate(zip(self.encoders, self.config.downsampling, strict=True)):
            x = with_channels(x, self.config.dims[i])
            stack_lengths = downsampled_length(lengths, factor)
            if factor == 1:
                layers = stack(x, stack_lengths, self.positions)
                y = layers[-1]
            else:
                layers = stack.encoder(stack.downsample(x, lengths), stack_lengths, self.positions)
                y = stack.out_combiner(x, upsample(layers[-1], factor, x.shape[1]))
            if i == self.config.speaker_stack:
                speaker_frames, speaker_lengths = sum(layers) / len(layers), stack_lengths
            outputs.append(y)
            x = y
        encoder_out = self.downsample_output(self._widest(outputs), lengths)
        return encoder_out, downsampled_length(lengths, 2), speaker_frames, speaker_lengths

    @staticmethod
    def _widest(outputs: list[Tensor]) -> Tensor:
        """Channels of the last stack, then those beyond them from the latest stack that has them."""
        pieces = [outputs[-1]]
        width = outputs[-1].shape[2]
        for y in reversed(outputs[:-1]):
            if y.shape[2] > width:
                pieces.append(y[..., width:])
                width = y.shape[2]
        return torch.cat(pieces, dim=2) if len(pieces) > 1 else pieces[0]
