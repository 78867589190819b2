"""What one stage of training is made of: a network, extra modules that only training needs, and shares.

A share is a stream of batches with its own losses and its own limit on the gradient's norm. Each update takes
one batch of every share.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from mt2kd.frontend import Frontend
from mt2kd.model import Mt2kd

#: Processors without bfloat16 instructions imitate them, at half the speed of single precision.
FAST_BFLOAT16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()

#: A loss and its weight, by name.
Losses = dict[str, tuple[Tensor, float]]


class Batch(Protocol):
    """What a share yields."""

    audio: Tensor  # [N, S] float32 in [-1, 1]
    lengths: Tensor  # [N, 1] int32, samples

    @property
    def seconds(self) -> float:
        """Audio seconds, without padding."""


@dataclass(frozen=True)
class Share:
    """A stream of batches; without a limit of its own the louder share would drown the other."""

    batches: Iterator[Any]
    largest_gradient: float


class Stage(ABC):
    """A stage of training; the loop is ``mt2kd_training.run``."""

    model: Mt2kd
    extra: nn.ModuleDict
    shares: Mapping[str, Share]
    frontend: Frontend

    @abstractmethod
    def losses(self, share: str, batch: Any, progress: float) -> Losses:
        """The losses of a batch that has been moved to the network's device.

        Args:
            share: whose batch it is.
            batch: with gradients wanted for all that the stage does not freeze.
            progress: part of the updates that are done, 0 to 1.
        """

    @abstractmethod
    def figures(self, model: Mt2kd) -> dict[str, float]:
        """A cheap look at the dev lists, by the name of the figure; the network is in evaluation mode."""

    def encode(self, features: Tensor, lengths: Tensor, progress: float) -> tuple[Tensor, ...]:
        """The encoder's four outputs in single precision, computed in bfloat16 where that is fast.

        Args:
            features: [N, T, 80] FP32.
            lengths: [N, 1] INT32.
            progress: tells whether the encoder is frozen; then it is in evaluation mode, without gradients.
        """
        frozen = self.encoder_rate(progress) == 0.0
        encoder = self.model.parts()["encoder"]
        if frozen:
            encoder.eval()
        kind = features.device.type
        fast = torch.autocast(kind, torch.bfloat16, enabled=kind != "cpu" or FAST_BFLOAT16)
        with fast, torch.set_grad_enabled(not frozen):
            out, out_lengths, speaker_frames, speaker_lengths = encoder(features, lengths)
        return out.float(), out_lengths, speaker_frames.float(), speaker_lengths

    def encoder_rate(self, progress: float) -> float:
        """What the encoder's learning rate is multiplied with; 0 freezes it."""
        del progress
        return 1.0

    def record(self) -> dict[str, Any]:
        """What a checkpoint says about the stage beside weights and options."""
        return {}


def ramp(progress: float, start: float, end: float) -> float:
    """From 0 before ``start`` to 1 after ``end``, straight between them."""
    return min(1.0, max(0.0, (progress - start) / (end - start)))
