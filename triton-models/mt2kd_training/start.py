"""Starting weights of a Zipformer that an ordinary optimiser can train.

From PyTorch's usual start the feed-forward and convolution modules of a layer add one or two per cent to
their input: their activations are nearly flat around zero, and a small network then learns no words for
hours. The published recipe answers with an optimiser that learns the scale of every tensor. This one is
layer-sequential unit variance (arXiv 1511.06422): one batch passes through once, and every projection is
scaled as it is reached, so that

* what enters an activation has a deviation at which the activation bends (``BEFORE_ACTIVATION``),
* what a residual module adds is a fixed share of its input (``SHARE``),
* the layers of the published front end put out zero mean and unit deviation per channel.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mt2kd.causal import ChunkCausalConvolution
from mt2kd.model import Mt2kd
from mt2kd.zipformer import (
    Conv2dSubsampling,
    ConvNeXt,
    Convolution,
    FeedForward,
    NonlinAttention,
    SelfAttention,
)

BEFORE_ACTIVATION = 2.0
SHARE = 0.4


@torch.no_grad()
def spread(model: Mt2kd, features: Tensor, lengths: Tensor) -> None:
    """Scales the weights of a new network in place; features [N, T, bins] of real sound, lengths [N, 1]."""
    embed, hooks = model.encoder_embed, []
    if isinstance(embed, Conv2dSubsampling):
        weight = embed.conv[0].weight
        weight[1:] -= weight[1:].mean(dim=(1, 2, 3), keepdim=True)  # all but one channel see changes only
        layers = [layer for layer in embed.conv if isinstance(layer, nn.Conv2d)] + [embed.out]
        hooks += [layer.register_forward_hook(_standardised) for layer in layers]
    for module in model.modules():
        if isinstance(module, FeedForward):
            hooks.append(module.in_proj.register_forward_hook(_before_activation))
        elif isinstance(module, Convolution):
            hooks.append(module.depthwise_conv.register_forward_hook(_before_activation))
        elif isinstance(module, ConvNeXt):
            hooks.append(module.pointwise_conv1.register_forward_hook(_before_activation))
        if isinstance(module, (FeedForward, Convolution, NonlinAttention, SelfAttention)):
            hooks.append(module.register_forward_hook(_residual))
    model.parts()["encoder"](features, lengths)
    for hook in hooks:
        hook.remove()


def _standardised(layer: nn.Module, _: Any, output: Tensor) -> Tensor:
    """Zero mean, unit deviation of each channel: the second axis of a convolution, the last of others."""
    channels = 1 if isinstance(layer, nn.Conv2d) else output.ndim - 1
    over = tuple(axis for axis in range(output.ndim) if axis != channels)
    deviation, mean = output.std(over), output.mean(over)
    layer.weight.div_(deviation.view(-1, *[1] * (layer.weight.ndim - 1)))
    layer.bias.copy_((layer.bias - mean) / deviation)
    shape = [-1 if axis == channels else 1 for axis in range(output.ndim)]
    return (output - mean.view(shape)) / deviation.view(shape)


def _before_activation(layer: nn.Module, _: Any, output: Tensor) -> Tensor:
    return _scaled(layer, output, BEFORE_ACTIVATION / float(output.std()))


def _residual(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
    size = float(inputs[0].square().mean().sqrt())
    return _scaled(module.out_proj, output, SHARE * size / float(output.std()))


def _scaled(layer: nn.Module, output: Tensor, factor: float) -> Tensor:
    causal = isinstance(layer, ChunkCausalConvolution)
    for part in (layer.causal_conv, layer.chunkwise_conv) if causal else (layer,):
        part.weight.mul_(factor)
        part.bias.mul_(factor)
    return output * factor
