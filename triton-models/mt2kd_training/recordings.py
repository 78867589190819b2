"""The recordings of the data folder: lists, clips, rendered word strings, and a decoded copy for training."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

SAMPLE_RATE = 16_000
#: The words of the listed strings, on which word error rates are measured.
CORE_WORDS = (
    "bed", "cat", "happy", "up", "down", "left", "right", "go", "stop", "yes", "no", "on", "off",
    "zero", "one", "five", "eight",
)  # fmt: skip


@dataclass(frozen=True)
class Clip:
    """One row of the manifest; trim limits in samples."""

    id: str
    path: str
    speaker: str
    text: str
    labels: tuple[str, ...]
    split: str
    fold: str
    source: str
    trim: tuple[int, int]


def data_folder(argument: str | None = None) -> Path:
    """The folder of recordings: the argument, or the environment's MT2KD_DATA."""
    folder = argument or os.environ.get("MT2KD_DATA")
    if not folder or not (Path(folder) / "manifest.tsv").is_file():
        raise FileNotFoundError(f"data: {folder!r} holds no manifest.tsv; pass --data or set MT2KD_DATA")
    return Path(folder)


class Recordings:
    """Clips by id, read straight from the zip files that the manifest names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clips = {row["id"]: self._clip(row) for row in self.table("manifest.tsv")}
        self._zips: dict[str, zipfile.ZipFile] = {}

    def table(self, name: str) -> list[dict[str, str]]:
        """The rows of a tab-separated list of the folder."""
        with open(self.folder / name, encoding="utf8", newline="") as lines:
            return list(csv.DictReader(lines, delimiter="\t"))

    def read(self, clip_id: str) -> np.ndarray:
        """One clip: int16 [samples]."""
        archive, member = self.clips[clip_id].path.split("/", 1)
        if archive not in self._zips:
            self._zips[archive] = zipfile.ZipFile(self.folder / archive)
        samples, rate = soundfile.read(io.BytesIO(self._zips[archive].read(member)), dtype="float32")
        if rate != SAMPLE_RATE:
            raise ValueError(f"{clip_id}: {rate} Hz, expected {SAMPLE_RATE}")
        # Opus overshoots on loud clips; read as int16, libsndfile wraps such peaks round.
        return np.clip(np.rint(samples * 32_768), -32_768, 32_767).astype(np.int16)

    def render(self, clip_ids: str, pauses_ms: str) -> np.ndarray:
        """A listed string: int16 [samples]."""
        words = []
        for clip_id in clip_ids.split():
            start, end = self.clips[clip_id].trim
            words.append(self.read(clip_id)[start:end])
        return join_words(words, [int(pause) for pause in pauses_ms.split()])

    @staticmethod
    def _clip(row: dict[str, str]) -> Clip:
        return Clip(
            row["id"], row["path"], row["speaker"], row["text"], tuple(row["labels"].split()), row["split"],
            row["fold"], row["source"], (int(row["trim_start"]), int(row["trim_end"])),
        )  # fmt: skip


def join_words(words: list[np.ndarray], pauses_ms: list[int]) -> np.ndarray:
    """Words, each with 5 ms fades, and digital silence between them: int16 [samples]."""
    pieces = []
    for word, pause in zip(words, [*pauses_ms, 0], strict=True):
        word = word.astype(np.int32)
        n = min(80, len(word) // 2)
        ramp = np.arange(n, dtype=np.int32)
        word[:n] = word[:n] * ramp // n if n else 0
        word[len(word) - n :] = word[len(word) - n :] * ramp[::-1] // n if n else 0
        pieces += [word.astype(np.int16), np.zeros(pause * SAMPLE_RATE // 1000, np.int16)]
    return np.concatenate(pieces)


class DecodedClips:
    """Clips decoded once into one memory-mapped file of a cache folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._samples = np.load(folder / f"{name}.npy", mmap_mode="r")
        self._index = json.loads((folder / f"{name}.json").read_text(encoding="utf8"))

    def __getitem__(self, clip_id: str) -> np.ndarray:
        """int16 [samples], a view."""
        start, end = self._index[clip_id]
        return self._samples[start:end]

    def __contains__(self, clip_id: str) -> bool:
        return clip_id in self._index

    def ids(self) -> list[str]:
        """Every clip, in the order of the file."""
        return list(self._index)

    def only(self, clip_ids: Collection[str]) -> DecodedClips:
        """The same without the other clips."""
        part = copy.copy(self)
        part._index = {clip_id: span for clip_id, span in self._index.items() if clip_id in clip_ids}
        return part

    @classmethod
    def write(cls, folder: Path, name: str, clips: dict[str, np.ndarray]) -> DecodedClips:
        """Stores clips and opens them; others see nothing, or the old ones, until all is written."""
        folder.mkdir(parents=True, exist_ok=True)
        index, position = {}, 0
        for clip_id, samples in clips.items():
            index[clip_id] = (position, position + len(samples))
            position += len(samples)
        unfinished = {suffix: folder / f".{name}.{os.getpid()}.{suffix}" for suffix in ("npy", "json")}
        np.save(unfinished["npy"], np.concatenate(list(clips.values())))
        unfinished["json"].write_text(json.dumps(index), encoding="utf8")
        for suffix, path in unfinished.items():  # the index, which says that all is there, comes last
            path.replace(folder / f"{name}.{suffix}")
        return DecodedClips(folder, name)

    @classmethod
    def of(cls, recordings: Recordings, cache: Path, split: str = "train") -> DecodedClips:
        """The clips of a split, decoded on the first call."""
        if not (cache / f"{split}.json").exists():
            ids = [clip.id for clip in recordings.clips.values() if clip.split == split]
            cls.write(cache, split, {clip_id: recordings.read(clip_id) for clip_id in ids})
        return cls(cache, split)
