"""What several tests share: real recordings where they are, and audio made here where they are not."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

MODULE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(MODULE))


def recordings() -> Path | None:
    """The folder of recordings (MT2KD_DATA, or shared/data beside the checkout), None where it is absent."""
    folder = Path(os.environ.get("MT2KD_DATA") or MODULE.parent.parent / "shared" / "data")
    return folder if (folder / "manifest.tsv").is_file() else None


def synthetic_clips(count: int = 24) -> list[np.ndarray]:
    """INT16 clips of 0.1 to 6 s: gliding harmonics, noise bursts and silence with a DC offset."""
    random = np.random.default_rng(20_241_017)
    clips = []
    for seconds in np.geomspace(0.1, 6.0, count):
        time = np.arange(int(seconds * 16_000)) / 16_000
        pitch = random.uniform(80, 300) * (1 + 0.2 * np.sin(2 * np.pi * random.uniform(0.5, 4) * time))
        phase = 2 * np.pi * np.cumsum(pitch) / 16_000
        voice = sum(np.sin(k * phase) / k for k in range(1, 20))
        gate = np.sin(2 * np.pi * random.uniform(1, 5) * time) > -0.3
        noise = random.normal(0, 10 ** random.uniform(-4, -1), len(time))
        signal = 0.1 * voice * gate + noise + random.uniform(-0.01, 0.01)
        clips.append((np.clip(signal, -1, 1) * 32_767).astype(np.int16))
    return clips


@pytest.fixture(scope="session")
def real_clips() -> Callable[[int], list[np.ndarray]]:
    """Chooses so many recordings of different lengths, shortest first; skips aloud where there are none."""
    folder = recordings()
    if folder is None:
        reason = "no recordings: set MT2KD_DATA to the folder with manifest.tsv; real audio is NOT tested"
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    sys.path.insert(0, str(folder))
    from corpus import Corpus

    corpus = Corpus()

    def choose(count: int) -> list[np.ndarray]:
        by_length: dict[int, str] = {}
        for clip_id, row in corpus.rows.items():
            if row["split"] == "test":
                by_length.setdefault(int(float(row["duration"]) * 16_000), clip_id)
        lengths = sorted(by_length)
        picked = [lengths[i] for i in np.linspace(0, len(lengths) - 1, count).astype(int)]
        return [corpus.read(by_length[length]) for length in picked]

    return choose
