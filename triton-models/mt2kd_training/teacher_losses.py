"""The losses of teachers whose answers are stored: in stage 1 of all, in stage 2 of those that stay."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from mt2kd.model import Mt2kd
from mt2kd_training.distillation import ClipLoss, EmbeddingLoss, FrameLoss, principal_directions
from mt2kd_training.stage import Losses
from mt2kd_training.targets import StoredTargets

#: Of the losses of each kind of target.
WEIGHTS = {"frames": 1.0, "clip": 0.3, "utterance": 2.0}
DIRECTIONS_FROM = 4_000  # items


def weight(text: str) -> tuple[str, float]:
    """A kind of target and the weight of its losses, from KIND=WEIGHT on a command line."""
    kind, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if kind not in WEIGHTS or not 0 < number < math.inf:
        kinds = ", ".join(WEIGHTS)
        raise argparse.ArgumentTypeError(f"{text!r} (expected: KIND=WEIGHT, of {kinds}, above 0)")
    return kind, number


class TeacherLosses(nn.Module):
    """One loss for each teacher, by its kind of target; what they learn is thrown away after training."""

    def __init__(
        self,
        model: Mt2kd,
        stored: Mapping[str, StoredTargets],
        ids: Sequence[str],
        temperature: float = 1.0,
        weights: Mapping[str, float] = WEIGHTS,
    ) -> None:
        """Prepares a loss for each teacher.

        Args:
            model: the student; a teacher of its own labels teaches the served head.
            stored: by teacher.
            ids: the items that are trained on.
            temperature: of clip probabilities.
            weights: of the losses, by kind of target.
        """
        super().__init__()
        self.weights = weights
        self.kinds = {name: targets.kind for name, targets in stored.items()}
        self.losses = nn.ModuleDict(
            {name: _loss(model, targets, ids, temperature) for name, targets in stored.items()}
        )

    def forward(
        self, model: Mt2kd, encoded: tuple[Tensor, ...], answers: Mapping[str, Sequence[Tensor]]
    ) -> Losses:
        """The losses by teacher.

        Args:
            model: the student.
            encoded: the four outputs of its encoder for N utterances.
            answers: by teacher, N of them: [T, F] of frames, else [F].
        """
        out, lengths, speaker_frames, speaker_lengths = encoded
        losses: Losses = {}
        for name, kind in self.kinds.items():
            loss, targets = self.losses[name], list(answers[name])
            if kind == "frames":
                value = loss(out, lengths, targets)
            elif kind == "clip":
                value = loss(out, lengths, torch.stack(targets))
            else:
                prints = model.parts()["sv_head"](speaker_frames, speaker_lengths)
                value = loss(prints, torch.stack(targets))
            losses[name] = (value, self.weights[kind])
        return losses


def _loss(model: Mt2kd, targets: StoredTargets, ids: Sequence[str], temperature: float) -> nn.Module:
    width = max(model.config.dims)
    if targets.kind == "frames":
        mean, deviation = torch.from_numpy(targets.mean), torch.from_numpy(targets.deviation)
        return FrameLoss(width, mean, deviation, targets.rate_hertz, targets.first_centre_seconds)
    if targets.kind == "clip":
        loss = ClipLoss(width, torch.from_numpy(targets.mean), temperature)
        if len(targets.mean) == model.config.labels:
            served = model.audio_tagging_decoder[1]
            served.load_state_dict(loss.decoder.state_dict())
            loss.decoder = served
        return loss
    rows = np.stack([targets[name] for name in ids[:DIRECTIONS_FROM]])
    return EmbeddingLoss(*principal_directions(torch.from_numpy(rows), model.config.embedding_size))
