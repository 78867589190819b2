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

    The directions start where a teacher puts the speakers. A short training meets each speaker a few dozen
    times, too few for directions that start anywhere: the loss then stayed at 7 to 9 over 1,741 speakers.
    """

    def __init__(self, directions: Tensor, scale: float = 30.0) -> None:
        """Args: directions [speakers, E]."""
        super().__init__()
        self.weight = nn.Parameter(directions.clone())
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


def speaker_directions(teacher: dict[str, np.ndarray], speakers: Sequence[str], size: int) -> Tensor:
    """A teacher's embeddings about their mean, in their ``size`` principal directions, of unit length.

    The teacher's places are all positive, so every pair of speakers is alike before the mean is taken away.
    Its 256 directions lose 1 % of their variance in 192. Speakers whom it has not heard get any direction.

    Returns: [speakers, size] FP32.
    """
    directions = torch.randn(len(speakers), size)
    known = torch.tensor([name in teacher for name in speakers])
    if not known.any():
        return F.normalize(directions, dim=1)
    rows = torch.from_numpy(np.stack([teacher[name] for name in speakers if name in teacher])).float()
    rows = rows - rows.mean(dim=0)
    principal = torch.linalg.svd(rows, full_matrices=False).Vh[:size]  # [size or less, D]
    directions[known] = F.pad(rows @ principal.T, (0, size - len(principal)))
    return F.normalize(directions, dim=1)


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
