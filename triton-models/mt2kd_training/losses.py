"""The losses of the three tasks and of the teachers; each skips what a batch does not know."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mt2kd_training.sounds import HOP_FRAMES, WINDOW_FRAMES


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

    def __init__(self, speakers: int, embedding_size: int, scale: float = 30.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(speakers, embedding_size) / math.sqrt(embedding_size))
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


class SpeakerTeacherLoss(nn.Module):
    """1 - cosine between a projection of the voiceprint and the teacher's embedding of the speaker."""

    def __init__(self, embedding_size: int, targets: Tensor) -> None:
        super().__init__()
        self.projection = nn.Linear(embedding_size, targets.shape[1])
        self.register_buffer("targets", targets, persistent=False)  # [speakers, D], zero where unknown

    def forward(self, voiceprints: Tensor, speakers: Tensor) -> Tensor:
        """Args: voiceprints [N, E], speakers [N] (-1 unknown)."""
        known = speakers >= 0
        if not known.any():
            return voiceprints.sum() * 0.0
        projected = self.projection(voiceprints[known])
        return (1.0 - F.cosine_similarity(projected, self.targets[speakers[known]])).mean()


def speaker_targets(teacher: dict[str, np.ndarray], speakers: Sequence[str]) -> Tensor:
    """Teacher embeddings about their mean, of unit length, zero where there is none: [speakers, D].

    The teacher's places are all positive, so every pair of speakers is alike before the mean is taken away.
    """
    mean = np.mean(list(teacher.values()), axis=0)
    rows = [teacher[name] - mean if name in teacher else np.zeros_like(mean) for name in speakers]
    return F.normalize(torch.from_numpy(np.stack(rows).astype(np.float32)), dim=1)


class SoundTeacherLoss(nn.Module):
    """Mean squared error between a projection of a window's mean frame and the teacher's embedding."""

    def __init__(self, width: int, teacher_size: int) -> None:
        super().__init__()
        self.projection = nn.Linear(width, teacher_size)

    def forward(self, encoder_out: Tensor, lengths: Tensor, teacher: list[np.ndarray | None]) -> Tensor:
        """Args: encoder_out [N, T', D]; lengths [N, 1]; teacher [windows, teacher_size] of each, or None."""
        if encoder_out.shape[1] < WINDOW_FRAMES:
            return encoder_out.sum() * 0.0
        windows = F.avg_pool1d(encoder_out.transpose(1, 2), WINDOW_FRAMES, HOP_FRAMES).transpose(1, 2)
        pooled, targets = [], []
        for row, rows in enumerate(teacher):
            if rows is not None:
                whole = (int(lengths[row]) - WINDOW_FRAMES) // HOP_FRAMES + 1
                count = max(0, min(whole, len(rows), windows.shape[1]))
                pooled.append(windows[row, :count])
                targets.append(torch.from_numpy(rows[:count].astype(np.float32)))
        if not pooled or sum(map(len, targets)) == 0:
            return encoder_out.sum() * 0.0
        return F.mse_loss(self.projection(torch.cat(pooled)), torch.cat(targets))
