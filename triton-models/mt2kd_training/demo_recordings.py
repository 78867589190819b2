"""The recordings of ``./mt2kd demo``: a synthesiser and a few lines of arithmetic, no recording of anybody.

Needs flite (Debian: ``apt-get install flite``); run ``python -m mt2kd_training.demo_recordings OUTPUT``.
Everything is deterministic: the same flite gives the same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile

from mt2kd_training.synthesis import flite

SAMPLE_RATE = 16_000

SPOKEN = {
    "anna-enrolls-1": ("slt", 1.0, "happy zero up stop"),
    "anna-enrolls-2": ("slt", 1.0, "cat right five yes"),
    "anna-speaks": ("slt", 1.0, "left one down go"),
    "bruno-speaks": ("rms", 1.0, "eight bed no right"),
}


def main() -> None:
    """Writes all of them as FLAC."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    recordings = {name: flite(text, voice, stretch) for name, (voice, stretch, text) in SPOKEN.items()}
    recordings |= {name: to_pcm16(sound()) for name, sound in SOUNDS.items()}
    for name, samples in recordings.items():
        soundfile.write(output / f"{name}.flac", samples, SAMPLE_RATE, subtype="PCM_16")


def seconds(length: float) -> np.ndarray:
    """Times of the samples: float64 [length * 16000]."""
    return np.arange(int(length * SAMPLE_RATE)) / SAMPLE_RATE


def alarm_clock() -> np.ndarray:
    """Four short beeps of 2,048 Hz and a pause, again and again, as a quartz alarm does."""
    t = seconds(5)
    beep = (t % 0.125 < 0.0625) & (t % 1.0 < 0.5)
    return 0.5 * np.sign(np.sin(2 * np.pi * 2048 * t)) * beep


def siren() -> np.ndarray:
    """A wail: a tone with harmonics that glides between 600 and 1,400 Hz once in two seconds."""
    t = seconds(5)
    pitch = 1000 + 400 * np.sin(2 * np.pi * t / 2.0)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    return 0.4 * np.sin(phase) + 0.2 * np.sin(2 * phase) + 0.1 * np.sin(3 * phase)


def rain() -> np.ndarray:
    """Steady noise with many small drops."""
    noise = np.random.default_rng(3)
    t = seconds(5)
    steady = 0.05 * noise.standard_normal(len(t))
    drops = 0.4 * (noise.random(len(t)) < 0.01) * noise.standard_normal(len(t))
    return steady + drops


def helicopter() -> np.ndarray:
    """Low noise, chopped eleven times a second."""
    noise = np.random.default_rng(4)
    t = seconds(5)
    low = np.convolve(noise.standard_normal(len(t)), np.hanning(80) / 40, mode="same")
    return 0.6 * low * (0.3 + 0.7 * np.maximum(0, np.sin(2 * np.pi * 11 * t)) ** 4)


def church_bells() -> np.ndarray:
    """Strikes of a bell: inharmonic partials that die away."""
    t = seconds(5)
    sound = np.zeros(len(t))
    for strike, base in ((0.0, 440.0), (1.2, 392.0), (2.4, 440.0), (3.6, 392.0)):
        since = np.maximum(0, t - strike)
        for ratio, level, decay in (
            (0.5, 0.5, 0.4),
            (1.0, 1.0, 0.8),
            (1.2, 0.6, 1.0),
            (2.0, 0.7, 1.5),
            (3.0, 0.3, 3.0),
        ):
            sound += (
                (t >= strike)
                * 0.15
                * level
                * np.exp(-decay * since)
                * np.sin(2 * np.pi * base * ratio * since)
            )
    return sound


def clock_tick() -> np.ndarray:
    """A click twice a second, every other one lower."""
    t = seconds(5)
    since = t % 0.5
    pitch = np.where((t // 0.5) % 2 == 0, 2400, 1900)
    return 0.5 * np.exp(-300 * since) * np.sin(2 * np.pi * pitch * since)


def vacuum_cleaner() -> np.ndarray:
    """A motor's hum with noise."""
    noise = np.random.default_rng(5)
    t = seconds(5)
    hum = sum(np.sin(2 * np.pi * 240 * k * t) / k for k in range(1, 12))
    return 0.08 * hum + 0.08 * noise.standard_normal(len(t))


SOUNDS = {
    "alarm-clock": alarm_clock,
    "siren": siren,
    "rain": rain,
    "helicopter": helicopter,
    "church-bells": church_bells,
    "clock-tick": clock_tick,
    "vacuum-cleaner": vacuum_cleaner,
}


def to_pcm16(sound: np.ndarray) -> np.ndarray:
    """float [-1, 1] to int16, both [samples]."""
    return np.round(np.clip(sound, -1, 1) * 32_767).astype(np.int16)


if __name__ == "__main__":
    main()
