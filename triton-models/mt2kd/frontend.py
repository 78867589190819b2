"""Kaldi's log-mel filter bank as one exportable graph: PCM in, features out, no branch and no loop."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

SAMPLE_RATE = 16_000
FRAME_LENGTH = 400  # 25 ms
FRAME_SHIFT = 160  # 10 ms
FFT_SIZE = 512
MEL_BINS = 80
LOW_HERTZ = 20.0
HIGH_HERTZ = 7_600.0
PREEMPHASIS = 0.97
#: Kaldi floors every mel energy at the single-precision epsilon before the logarithm.
ENERGY_FLOOR = 2.0**-23
#: What digital silence gives, and what frames past an utterance's length hold.
SILENCE = math.log(ENERGY_FLOOR)


class Frontend(nn.Module):
    """80-dimensional Kaldi fbank of 16 kHz audio, each utterance of a padded batch as if it were alone.

    25 ms Povey windows every 10 ms without dither, ``snip_edges=false``: frame t is centred on sample
    160 t + 80 and samples outside the utterance are mirrored, at its own end and not at the tensor's, so
    an utterance of n samples has (n + 80) // 160 frames. Each frame loses its mean, is pre-emphasised
    (0.97), windowed and transformed (512 points); the power spectrum is pooled by 80 mel triangles between
    20 and 7600 Hz, floored at 2**-23, and its natural logarithm taken.

    Everything before the power is linear in the frame's 400 samples, so it is a single matrix here,
    computed in double precision: ``features = log(max((frame @ cos)**2 + (frame @ sin)**2) @ mel, floor)``.
    """

    def __init__(self) -> None:
        super().__init__()
        mel = mel_matrix()
        used = mel.any(dim=1).nonzero().flatten()  # FFT bins under some triangle: 1..243
        first, last = int(used[0]), int(used[-1]) + 1
        self.register_buffer("spectrum", spectrum_matrix(first, last).float(), persistent=False)
        self.register_buffer("mel", mel[first:last].float(), persistent=False)

    def forward(self, audio: Tensor, audio_lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Computes features.

        Args:
            audio: [N, S] INT16 PCM, or floating point in [-1, 1]; what lies past a length is not read.
            audio_lengths: [N, 1] INT32 samples, 1..S.

        Returns:
            features [N, T, 80] FP32 with T = (S + 80) // 160, and feature_lengths [N, 1] INT32.
            Frames at and past an utterance's feature length hold log(2**-23).
        """
        blocks = (audio.shape[1] + FRAME_SHIFT // 2) // FRAME_SHIFT + 2
        signal = self._mirrored(audio, audio_lengths, blocks * FRAME_SHIFT)
        signal = signal.reshape(audio.shape[0], blocks, FRAME_SHIFT)
        # 400 samples are two and a half shifts.
        half = FRAME_LENGTH - 2 * FRAME_SHIFT
        frames = torch.cat([signal[:, :-2], signal[:, 1:-1], signal[:, 2:, :half]], dim=2)  # [N, T, 400]
        real, imaginary = (frames @ self.spectrum).chunk(2, dim=2)
        energies = (real * real + imaginary * imaginary) @ self.mel  # [N, T, 80]
        features = energies.clamp(min=ENERGY_FLOOR).log()

        feature_lengths = (audio_lengths + FRAME_SHIFT // 2) // FRAME_SHIFT
        index = torch.arange(blocks - 2, device=audio.device, dtype=feature_lengths.dtype)
        past = index.unsqueeze(0) >= feature_lengths  # [N, T]
        return features.masked_fill(past.unsqueeze(2), SILENCE), feature_lengths

    @staticmethod
    def _mirrored(audio: Tensor, audio_lengths: Tensor, size: int) -> Tensor:
        """[N, size] FP32 in [-1, 1]: samples -120..size-120 of the utterance continued by reflection.

        A reflected utterance repeats every 2 n samples, so the remainder also serves clips that are
        shorter than the margin and are reflected more than once.
        """
        margin = (FRAME_LENGTH - FRAME_SHIFT) // 2
        length = audio_lengths.long().clamp(min=1)  # [N, 1]
        position = torch.arange(size, device=audio.device).unsqueeze(0) - margin
        phase = torch.remainder(position, 2 * length)  # [N, size]
        signal = torch.gather(audio, 1, torch.minimum(phase, 2 * length - 1 - phase))
        return signal if audio.is_floating_point() else signal.float() / 32_768.0


def spectrum_matrix(first: int, last: int) -> Tensor:
    """[400, 2 (last - first)] FP64: mean removal, pre-emphasis, Povey window, then cosines and sines."""
    n = torch.arange(FRAME_LENGTH, dtype=torch.float64)
    identity = torch.eye(FRAME_LENGTH, dtype=torch.float64)
    centred = identity - 1.0 / FRAME_LENGTH
    previous = centred[(n.long() - 1).clamp(min=0)]
    window = (0.5 - 0.5 * torch.cos(2 * math.pi * n / (FRAME_LENGTH - 1))) ** 0.85
    prepared = window.unsqueeze(1) * (centred - PREEMPHASIS * previous)  # [window sample, frame sample]
    bins = torch.arange(first, last, dtype=torch.float64)
    angle = 2 * math.pi / FFT_SIZE * n.unsqueeze(1) * bins.unsqueeze(0)
    return prepared.T @ torch.cat([torch.cos(angle), torch.sin(angle)], dim=1)


def mel_matrix() -> Tensor:
    """[256, 80] FP64: Kaldi's triangles, equally wide on the scale mel = 1127 ln(1 + hertz / 700)."""

    def to_mel(hertz: Tensor) -> Tensor:
        return 1127.0 * torch.log1p(hertz / 700.0)

    low, high = to_mel(torch.tensor([LOW_HERTZ, HIGH_HERTZ], dtype=torch.float64))
    step = (high - low) / (MEL_BINS + 1)
    left = low + step * torch.arange(MEL_BINS, dtype=torch.float64)
    frequency = torch.arange(FFT_SIZE // 2, dtype=torch.float64) * (SAMPLE_RATE / FFT_SIZE)
    rising = (to_mel(frequency).unsqueeze(1) - left) / step  # [256, 80]
    return torch.minimum(rising, 2.0 - rising).clamp(min=0.0)
