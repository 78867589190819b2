"""Clips to compare runtimes on: recordings of many lengths, or sound made here where there are none."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from mt2kd.contract import SAMPLE_RATE_HERTZ
from mt2kd_training.recordings import Recordings

MINIMUM_SAMPLES = 1_600
MAXIMUM_SAMPLES = 480_000


def data_folder() -> Path | None:
    """The folder of recordings (MT2KD_DATA, or shared/data beside the checkout), None where there is none."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("MT2KD_DATA") or beside)
    return folder if (folder / "manifest.tsv").is_file() else None


def real_clips(folder: Path, count: int, longest: int = MAXIMUM_SAMPLES) -> dict[str, np.ndarray]:
    """So many recordings of the test splits by id, INT16 [samples]: no two of a length, shortest first.

    Args:
        folder: of the recordings.
        count: how many.
        longest: samples that none exceeds, such as the last bucket's.

    Raises:
        ValueError: there are fewer.
    """
    recordings = Recordings(folder)
    by_length: dict[int, str] = {}
    for row in recordings.table("manifest.tsv"):
        samples = int(float(row["duration"]) * SAMPLE_RATE_HERTZ)
        if row["split"] == "test" and MINIMUM_SAMPLES <= samples <= min(longest, MAXIMUM_SAMPLES):
            by_length.setdefault(samples, row["id"])
    lengths = sorted(by_length)
    if len(lengths) < count:
        raise ValueError(f"count: {count} (expected: at most {len(lengths)}, the lengths that {folder} has)")
    chosen = [lengths[i] for i in np.linspace(0, len(lengths) - 1, count).astype(int)]
    # the list rounds durations
    return {by_length[length]: recordings.read(by_length[length])[:longest] for length in chosen}


def synthetic_clips(count: int, longest: int = MAXIMUM_SAMPLES) -> dict[str, np.ndarray]:
    """INT16 [samples] of 0.1 to 6 s by name: gated harmonics that glide, noise, and a constant offset.

    Args:
        count: how many.
        longest: samples that none exceeds, where that is less than 6 s.
    """
    end = min(6.0, longest / SAMPLE_RATE_HERTZ)
    random = np.random.default_rng(20_240_917)
    clips = {}
    for index, seconds in enumerate(np.geomspace(0.1, end, count)):
        time = np.arange(round(seconds * SAMPLE_RATE_HERTZ)) / SAMPLE_RATE_HERTZ
        pitch = random.uniform(80, 300) * (1 + 0.2 * np.sin(2 * np.pi * random.uniform(0.5, 4) * time))
        phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HERTZ
        voice = sum(np.sin(k * phase) / k for k in range(1, 20))
        gate = np.sin(2 * np.pi * random.uniform(1, 5) * time) > -0.3
        noise = random.normal(0, 10 ** random.uniform(-4, -1), len(time))
        signal = 0.1 * voice * gate + noise + random.uniform(-0.01, 0.01)
        clips[f"synthetic_{index:02}"] = (np.clip(signal, -1, 1) * 32_767).astype(np.int16)
    return clips


def padded(clips: list[np.ndarray], samples: int) -> tuple[np.ndarray, np.ndarray]:
    """A batch as it crosses the wire: audio INT16 [N, samples], zeros at the end, lengths INT32 [N, 1]."""
    audio = np.zeros((len(clips), samples), np.int16)
    for row, clip in zip(audio, clips, strict=True):
        row[: len(clip)] = clip
    return audio, np.array([[len(clip)] for clip in clips], np.int32)
