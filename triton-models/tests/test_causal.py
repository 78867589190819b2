"""The chunkwise causal convolution: its definition, short utterances, padding, and its graph."""

from __future__ import annotations

import io

import onnxruntime
import pytest
import torch
from torch import Tensor

from mt2kd.causal import ChunkCausalConvolution

CHANNELS, KERNEL = 3, 7
LENGTHS = (1, 2, 3, 5, 6, 7, 8, 13, 14, 20)  # below the kernel, of it, of twice it, and above


@pytest.fixture(scope="module")
def convolution() -> ChunkCausalConvolution:
    torch.manual_seed(4)
    convolution = ChunkCausalConvolution(CHANNELS, KERNEL)
    torch.nn.init.normal_(convolution.chunkwise_conv_scale)
    return convolution.requires_grad_(False)


@pytest.fixture(scope="module")
def utterances() -> list[Tensor]:
    generator = torch.Generator().manual_seed(5)
    return [torch.randn(CHANNELS, length, generator=generator) for length in LENGTHS]


def defined(convolution: ChunkCausalConvolution, x: Tensor) -> Tensor:
    """The formula, one frame and channel at a time: [C, L] → [C, L]."""
    causal, chunkwise, half, length = (
        convolution.causal_conv,
        convolution.chunkwise_conv,
        KERNEL // 2,
        x.shape[1],
    )
    left, right = convolution.chunkwise_conv_scale
    y = torch.zeros_like(x)
    for channel in range(CHANNELS):
        for frame in range(length):
            past, near = causal.bias[channel].clone(), chunkwise.bias[channel].clone()
            for place in range(max(0, frame - half), min(length, frame + half + 1)):
                k = place - frame + half
                near += chunkwise.weight[channel, 0, k] * x[channel, place]
                if place <= frame:
                    past += causal.weight[channel, 0, k] * x[channel, place]
            scale = 1.0 + (left[channel, frame] if frame < KERNEL else 0.0)
            to_end = frame + KERNEL - length
            scale += right[channel, to_end] if to_end >= 0 else 0.0
            y[channel, frame] = past + scale * near
    return y


def batched(utterances: list[Tensor], frames: int) -> tuple[Tensor, Tensor]:
    batch = torch.zeros(len(utterances), CHANNELS, frames)
    for row, utterance in enumerate(utterances):
        batch[row, :, : utterance.shape[1]] = utterance
    return batch, torch.tensor([[u.shape[1]] for u in utterances], dtype=torch.int32)


def test_an_utterance_alone_is_convolved_as_defined(convolution, utterances):
    for utterance in utterances:
        y = convolution(*batched([utterance], utterance.shape[1]))
        torch.testing.assert_close(y[0], defined(convolution, utterance))


@pytest.mark.parametrize("extra", [0, 1, 30])
def test_padding_and_neighbours_do_not_move_the_edges(convolution, utterances, extra):
    together = convolution(*batched(utterances, max(LENGTHS) + extra))
    for y, utterance in zip(together, utterances, strict=True):
        torch.testing.assert_close(y[:, : utterance.shape[1]], defined(convolution, utterance))


@pytest.mark.filterwarnings("ignore")  # of the exporter; what it wrote is run
def test_the_graph_takes_utterances_shorter_than_the_kernel(convolution, utterances):
    buffer = io.BytesIO()
    axes = {"x": {0: "N", 2: "T"}, "lengths": {0: "N"}, "y": {0: "N", 2: "T"}}
    torch.onnx.export(
        convolution,
        batched(utterances[-2:], 20),
        buffer,
        dynamo=False,
        opset_version=17,
        input_names=["x", "lengths"],
        output_names=["y"],
        dynamic_axes=axes,
    )
    session = onnxruntime.InferenceSession(buffer.getvalue())
    for utterance in utterances:
        x, lengths = batched([utterance], utterance.shape[1])
        (y,) = session.run(None, {"x": x.numpy(), "lengths": lengths.numpy()})
        torch.testing.assert_close(torch.from_numpy(y)[0], defined(convolution, utterance))
