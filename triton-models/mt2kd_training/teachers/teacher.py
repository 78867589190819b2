"""What a teacher is, and what several of them need."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

Kind = Literal["frames", "clip", "utterance"]


class Teacher(Protocol):
    """A frozen network that answers for one utterance at a time.

    ``name`` and ``digest`` (SHA-256 of its weights and of a constant that is raised when its code answers
    differently) say whose answers they are. ``kind`` says what they are:

    * ``frames``: [T, D], states at ``rate_hertz``; frame t is centred on ``first_centre_seconds`` + t / rate.
    * ``clip``: [K], the probability of each tag, 0..1.
    * ``utterance``: [E], a voiceprint of unit length.

    Rate and centre are None for the other kinds.
    """

    name: str
    kind: Kind
    digest: str
    rate_hertz: float | None
    first_centre_seconds: float | None

    def targets(self, samples: np.ndarray) -> np.ndarray:
        """The answer, float32, to float32 [S] in [-1, 1] at 16 kHz."""
        ...


def digest_of(version: int, *files: Path) -> str:
    """SHA-256, in hexadecimal, of files and of the version of the code that reads them."""
    digest = hashlib.sha256(f"{version}\0".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def package_file(package: str, path: str) -> Path:
    """A file inside an installed package, which is not imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package}: not installed (expected: the environment `teachers`)")
    file = Path(spec.submodule_search_locations[0]) / path
    if not file.is_file():
        raise FileNotFoundError(f"{package}: no {path} inside (expected: the version that teachers.txt pins)")
    return file


def windows(signal: np.ndarray, size: int, hop: int) -> np.ndarray:
    """Windows that lie wholly inside: [S, ...] → [N, size, ...]; a shorter signal is repeated to make one."""
    if len(signal) < size:
        signal = np.resize(signal, (size, *signal.shape[1:]))
    return np.stack([signal[start : start + size] for start in range(0, len(signal) - size + 1, hop)])
