"""Changes to audio and features that leave the labels true."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

SILENCE_POWER = 1e-10


def to_float(samples: np.ndarray) -> np.ndarray:
    """int16 → float32 in [-1, 1]."""
    return samples.astype(np.float32) / 32_768.0


def with_noise(
    random: np.random.Generator, speech: np.ndarray, noise: np.ndarray, snr_db: float
) -> np.ndarray:
    """Speech with noise, repeated or cut to its length, at a signal-to-noise ratio. float32 [samples]."""
    start = random.integers(0, max(1, len(noise) - len(speech)))
    noise = np.resize(noise[start:], len(speech))
    power, noise_power = np.mean(speech**2), np.mean(noise**2)
    if power < SILENCE_POWER or noise_power < SILENCE_POWER:
        return speech
    return speech + noise * np.sqrt(power / noise_power * 10 ** (-snr_db / 10)).astype(np.float32)


def at_speed(samples: np.ndarray, factor: float) -> np.ndarray:
    """Faster (> 1) or slower; pitch moves along. float32 [samples / factor]."""
    places = np.arange(int(len(samples) / factor), dtype=np.float32) * factor
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def with_gain(random: np.random.Generator, samples: np.ndarray, low_db: float, high_db: float) -> np.ndarray:
    """Louder or softer, within limits."""
    return samples * np.float32(10 ** (random.uniform(low_db, high_db) / 20))


def equalised(random: np.random.Generator, samples: np.ndarray, deviation_db: float) -> np.ndarray:
    """Through a smooth filter of zero phase: two cosines over the mel scale, each of up to so many dB."""
    spectrum = np.fft.rfft(samples)
    mel = np.log1p(np.linspace(0.0, 8_000.0, len(spectrum)) / 700.0)
    place = np.pi * mel / mel[-1]
    gain_db = sum(random.uniform(-deviation_db, deviation_db) * np.cos(k * place) for k in (1, 2))
    return np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(samples)).astype(np.float32)


def spec_augment(
    features: Tensor,
    lengths: Tensor,
    generator: torch.Generator,
    frequency_masks: int = 1,
    widest_band: int = 12,
    masks_per_second: float = 0.4,
    longest_frames: int = 12,
    tilt_db: float = 3.0,
) -> Tensor:
    """SpecAugment with the utterance's mean as mask, and a random smooth equaliser. [N, T, 80] → same."""
    n, t, bins = features.shape

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator).to(features.device)

    frame = torch.arange(t, device=features.device).unsqueeze(0)
    inside = (frame < lengths).unsqueeze(2)
    mean = (features * inside).sum(dim=(1, 2), keepdim=True) / (lengths.reshape(n, 1, 1) * bins)
    # Two random cosines over the mel axis, in natural-log power units.
    bin_index = torch.arange(bins, device=features.device).unsqueeze(0)
    mel = bin_index / bins * torch.pi
    scale = tilt_db / 10 * 2.3026 * (uniform(n, 2) * 2 - 1)
    tilt = scale[:, :1] * mel.cos() + scale[:, 1:] * (2 * mel).cos()
    features = features + tilt.unsqueeze(1)
    masked = torch.zeros(n, t, bins, dtype=torch.bool, device=features.device)
    for _ in range(frequency_masks):
        width = uniform(n, 1) * widest_band
        start = uniform(n, 1) * (bins - width)
        masked |= ((bin_index >= start) & (bin_index < start + width)).unsqueeze(1)
    for _ in range(max(1, round(masks_per_second * t / 100))):
        width = uniform(n, 1) * longest_frames
        start = uniform(n, 1) * (lengths - width).clamp(min=1)
        masked |= ((frame >= start) & (frame < start + width)).unsqueeze(2)
    return torch.where(masked & inside, mean, features)
