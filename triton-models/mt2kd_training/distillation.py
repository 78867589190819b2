"""The losses of stage 1 (MT2KD, section "multi-teacher knowledge distillation"): one for each kind of target.

* frames: a projection of ReLU(encoder_out) against the teacher's frames, mean absolute difference;
* clip probabilities: a linear layer on every frame, averaged over the utterance, binary cross-entropy;
* utterance embedding: the voiceprint of the speaker head, 1 - cosine.

Each is a mean over the utterances (frames) of the batch. Padding is never read.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mt2kd.parts import valid_frames

ENCODER_HERTZ = 25.0
#: In seconds: the middle of what the front end sees for the encoder's first frame.
ENCODER_FIRST_CENTRE = 0.05


class FrameLoss(nn.Module):
    """L1 between a projection of the encoder's frames and the teacher's, each standardised per dimension.

    A faster teacher is resampled to a multiple of the encoder's rate, and the frames that fall on one of the
    encoder's are concatenated (as Whisper's two are in the paper). For a slower one the encoder's frames are
    averaged over the teacher's windows, which follow each other at the teacher's rate and are two hops long.
    """

    def __init__(
        self,
        width: int,
        mean: Tensor,
        deviation: Tensor,
        rate_hertz: float,
        first_centre_seconds: float = ENCODER_FIRST_CENTRE,
    ) -> None:
        """Prepares a projection for a teacher.

        Args:
            width: D of the encoder.
            mean: [F], of the teacher's frames over the pool.
            deviation: [F], likewise.
            rate_hertz: of the teacher's frames.
            first_centre_seconds: where the teacher's first frame lies.
        """
        super().__init__()
        self.rate = rate_hertz
        self.each = max(1, round(rate_hertz / ENCODER_HERTZ))
        self.hop = round(ENCODER_HERTZ / rate_hertz)  # in encoder frames, of a slower teacher
        # Of the first of the places that are concatenated, after the teacher's first frame.
        self.start = (
            ENCODER_FIRST_CENTRE - (self.each - 1) / (2 * ENCODER_HERTZ * self.each) - first_centre_seconds
        )
        self.projection = nn.Linear(width, self.each * len(mean))
        self.register_buffer("mean", mean.float())
        self.register_buffer("deviation", deviation.float().clamp(min=1e-3))

    def forward(self, encoder_out: Tensor, lengths: Tensor, targets: list[Tensor]) -> Tensor:
        """Args: encoder_out [N, T', D], lengths [N, 1], the teacher's frames [T, F] of each utterance."""
        standard = [(target.float() - self.mean) / self.deviation for target in targets]
        students = encoder_out.relu()
        if self.hop >= 2:
            frames, wanted = self._windows(students, lengths, standard)
        else:
            counts = lengths.flatten().tolist()
            frames = torch.cat([row[:count] for row, count in zip(students, counts, strict=True)])
            wanted = torch.cat([self._at_encoder_rate(t, n) for t, n in zip(standard, counts, strict=True)])
        if not len(frames):
            return encoder_out.sum() * 0.0
        return (self.projection(frames) - wanted).abs().mean()

    def _at_encoder_rate(self, target: Tensor, count: int) -> Tensor:
        """The teacher's frames [T, F] by linear interpolation in time: [count, each · F]."""
        seconds = torch.arange(count * self.each, device=target.device) / (ENCODER_HERTZ * self.each)
        place = ((seconds + self.start) * self.rate).clamp(0, len(target) - 1)
        before = place.floor().long()
        after = (before + 1).clamp(max=len(target) - 1)
        share = (place - before).unsqueeze(1)
        return (target[before] * (1 - share) + target[after] * share).reshape(count, -1)

    def _windows(self, students: Tensor, lengths: Tensor, targets: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Mean frames of the windows that are whole in both: [windows, D] and [windows, F]."""
        frames, wanted, size = [], [], 2 * self.hop
        for row, target, length in zip(students, targets, lengths.flatten().tolist(), strict=True):
            if length >= size:
                windows = row[:length].unfold(0, size, self.hop).mean(dim=2)[: len(target)]
                frames.append(windows)
                wanted.append(target[: len(windows)])
        if not frames:
            return students.new_zeros(0, students.shape[2]), students.new_zeros(0, self.mean.shape[0])
        return torch.cat(frames), torch.cat(wanted)


class ClipLoss(nn.Module):
    """Binary cross-entropy against the teacher's probabilities, summed over classes, mean over utterances.

    With a temperature τ both sides are softened: logits / τ on either side (the teacher's logits are those
    of its probabilities). The biases start where every class has its mean probability: from zero, hundreds of
    rare classes would pull the encoder one way for as long as the biases take to get there.
    """

    def __init__(self, width: int, mean: Tensor, temperature: float = 1.0) -> None:
        """Args: width D of the encoder; mean [K] of the teacher's probabilities over the pool."""
        super().__init__()
        self.decoder = nn.Linear(width, len(mean))
        with torch.no_grad():
            self.decoder.bias.copy_(mean.clamp(1e-4, 1 - 1e-4).logit())
        self.temperature = temperature

    def forward(self, encoder_out: Tensor, lengths: Tensor, probabilities: Tensor) -> Tensor:
        """Args: encoder_out [N, T', D], lengths [N, 1], probabilities [N, K]."""
        valid = valid_frames(lengths, encoder_out.shape[1]).to(encoder_out.dtype).unsqueeze(2)
        logits = (self.decoder(encoder_out) * valid).sum(dim=1) / lengths.to(encoder_out.dtype)
        return soft_cross_entropy(logits, probabilities, self.temperature)


def soft_cross_entropy(logits: Tensor, probabilities: Tensor, temperature: float = 1.0) -> Tensor:
    """Binary cross-entropy against soft targets, less its smallest possible value. Both [N, K]."""
    soft = (probabilities.float().clamp(1e-6, 1 - 1e-6).logit() / temperature).sigmoid()
    each = F.binary_cross_entropy_with_logits(logits / temperature, soft, reduction="none")
    entropy = F.binary_cross_entropy(soft, soft, reduction="none")
    return (each - entropy).sum(dim=1).mean()


class EmbeddingLoss(nn.Module):
    """1 - cosine between voiceprints and the teacher's embeddings in their principal directions.

    Embeddings that are all positive, as Resemblyzer's, are alike in every pair of speakers before their mean
    is taken away. What exceeds the voiceprint's size is left out: the last of 256 directions hold 1 % of the
    variance. So the voiceprint itself is what the teacher teaches, and no projection is thrown away later.
    """

    def __init__(self, mean: Tensor, directions: Tensor) -> None:
        """Args: mean [F], directions [E', F] with E' at most the voiceprint's size."""
        super().__init__()
        self.register_buffer("mean", mean.float())
        self.register_buffer("directions", directions.float())

    def forward(self, voiceprints: Tensor, embeddings: Tensor) -> Tensor:
        """Args: voiceprints [N, E] of unit length, embeddings [N, F]."""
        wanted = (embeddings.float() - self.mean) @ self.directions.T
        wanted = F.pad(wanted, (0, voiceprints.shape[1] - wanted.shape[1]))
        return (1.0 - F.cosine_similarity(voiceprints, wanted, dim=1)).mean()


def principal_directions(embeddings: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The mean [F] of embeddings [M, F] and their first ``size`` principal directions, [size or less, F]."""
    mean = embeddings.float().mean(dim=0)
    directions = torch.linalg.svd(embeddings.float() - mean, full_matrices=False).Vh[:size]
    return mean, directions
