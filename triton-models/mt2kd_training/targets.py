"""What a teacher answers to a pool: computed once, kept in the cache, read by training.

``python -m mt2kd_training.targets --data DIR --cache DIR --teacher moonshine`` in the environment `teachers`;
``--teacher own --reference DIR --task asr`` for a checkpoint of our own. The pool is rendered before.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mt2kd_training.augment import to_float
from mt2kd_training.pool import NAME, Pool
from mt2kd_training.recordings import SAMPLE_RATE, data_folder
from mt2kd_training.teachers import NAMES, Teacher, load_teacher

ITEMS_PER_PART = 100  # what an interruption can lose
INDEX, ROWS = "index.json", "targets.npy"


class StoredTargets:
    """One teacher's answers to the pool: item id → float16 view, [T, D] for frames, else [D].

    ``kind``, ``rate_hertz`` and ``first_centre_seconds`` are the teacher's (see `Teacher`). ``mean`` and
    ``deviation`` are float32 [D], over all frames of all items, or over all items; a column that never
    changes (ReLU leaves some) has deviation 0.
    """

    def __init__(self, folder: Path, pool: Pool) -> None:
        """Opens a folder; ValueError where it was computed from other audio or is not what its name says."""
        index = json.loads((folder / INDEX).read_text(encoding="utf8"))
        if index["pool"] != pool.digest:
            raise ValueError(
                f"pool: digest {pool.digest[:16]} (expected: {index['pool'][:16]}, that of {folder.name})"
            )
        expected = folder_name(index["teacher"], index["teacher_digest"], index["pool"])
        self._rows = np.load(folder / ROWS, mmap_mode="r")
        self._offsets = np.array(index["offsets"])
        shape = (int(self._offsets[-1]), len(index["mean"]))
        if folder.name != expected or self._rows.shape != shape or self._rows.dtype != np.float16:
            raise ValueError(
                f"targets: {folder.name} with {self._rows.dtype} {self._rows.shape} "
                f"(expected: {expected} with float16 {shape}); delete the folder and compute it anew"
            )
        self._place = {item: place for place, item in enumerate(pool.ids())}
        self.name, self.kind = index["teacher"], index["kind"]
        self.rate_hertz, self.first_centre_seconds = index["rate_hertz"], index["first_centre_seconds"]
        self.mean = np.array(index["mean"], np.float32)
        self.deviation = np.array(index["deviation"], np.float32)

    @classmethod
    def open(cls, cache: Path, teacher: str, pool: Pool) -> StoredTargets:
        """Finds a teacher's targets for a pool.

        Args:
            cache: the folder that holds ``targets``.
            teacher: its name; or NAME-DIGEST, the folder, where several of a name are there.
            pool: the audio.
        """
        folders = [index.parent for index in sorted((cache / "targets").glob(f"*/{INDEX}"))]
        named = [f for f in folders if teacher in (f.name, f.name.rpartition("-")[0])]
        fitting = [f for f in named if json.loads((f / INDEX).read_text())["pool"] == pool.digest] or named
        if len(fitting) != 1:
            found = ", ".join(f.name for f in fitting or folders) or "none"
            raise FileNotFoundError(f"teacher: {teacher!r} (expected: one finished folder; found: {found})")
        return cls(fitting[0], pool)

    def __getitem__(self, item_id: str) -> np.ndarray:
        """float16 [T, D] or [D], a view."""
        place = self._place[item_id]
        rows = self._rows[self._offsets[place] : self._offsets[place + 1]]
        return rows if self.kind == "frames" else rows[0]

    def __len__(self) -> int:
        return len(self._place)


def main() -> None:
    """Computes the targets of one teacher, or finds them computed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--teacher", choices=NAMES, required=True)
    parser.add_argument("--pool", default=NAME, help="the name of the stored audio")
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--task", choices=("asr", "at", "sv"))
    given = parser.parse_args()
    teacher = load_teacher(given.teacher, data_folder(given.data), given.reference, given.task)
    started = time.monotonic()
    targets = stored_targets(teacher, Pool(given.cache, given.pool), given.cache)
    print(f"{teacher.name}: {targets.kind} of {len(targets)} items after {time.monotonic() - started:.0f} s")


def folder_name(teacher: str, teacher_digest: str, pool_digest: str) -> str:
    """NAME-DIGEST, of a teacher's answers to a pool."""
    return f"{teacher}-{hashlib.sha256(f'{teacher_digest} {pool_digest}'.encode()).hexdigest()[:16]}"


def stored_targets(teacher: Teacher, pool: Pool, cache: Path) -> StoredTargets:
    """The teacher's answers to the pool, computed on the first call.

    What a part of ITEMS_PER_PART items answered is kept as a file of its own until all is there, so that
    an interrupted call goes on where it stopped. A second process waits for the first.
    """
    folder = cache / "targets" / folder_name(teacher.name, teacher.digest, pool.digest)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / INDEX).exists():
            _compute(teacher, pool, folder)
            _join(teacher, pool, folder)
    return StoredTargets(folder, pool)


def _compute(teacher: Teacher, pool: Pool, folder: Path) -> None:
    ids = pool.ids()
    seconds = sum(len(pool[item]) for item in ids) / SAMPLE_RATE
    with tqdm(total=round(seconds), desc=teacher.name, unit="s", unit_scale=True, mininterval=5) as bar:
        for part, start in zip(_parts(pool, folder), range(0, len(ids), ITEMS_PER_PART), strict=True):
            group = ids[start : start + ITEMS_PER_PART]
            if part.exists():
                bar.total -= round(sum(len(pool[item]) for item in group) / SAMPLE_RATE)
                continue
            answers = []
            for item in group:
                answers.append(_checked(teacher, item, teacher.targets(to_float(pool[item]))))
                bar.update(len(pool[item]) / SAMPLE_RATE)
            unfinished = folder / "unfinished.npz"
            np.savez(unfinished, rows=np.concatenate(answers), counts=[len(rows) for rows in answers])
            unfinished.replace(part)


def _parts(pool: Pool, folder: Path) -> Iterator[Path]:
    count = -(-len(pool.ids()) // ITEMS_PER_PART)
    return (folder / f"part-{number:05d}.npz" for number in range(count))


def _checked(teacher: Teacher, item: str, answer: np.ndarray) -> np.ndarray:
    """An answer as float16 rows [T, D], one row where it is no frames."""
    dimensions = 2 if teacher.kind == "frames" else 1
    if answer.ndim != dimensions or not answer.size:
        raise ValueError(
            f"{teacher.name}: {item}: shape {answer.shape} (expected: {dimensions} axes, none empty)"
        )
    rows = np.atleast_2d(answer).astype(np.float16)
    if not np.isfinite(rows).all():
        raise ValueError(f"{teacher.name}: {item}: not finite as float16 (expected: -65504..65504)")
    return rows


def _join(teacher: Teacher, pool: Pool, folder: Path) -> None:
    """Parts to one file, then its index, which says that all is there."""
    counts, total, squares = [0], 0.0, 0.0
    for part in _parts(pool, folder):
        with np.load(part) as stored:
            rows = stored["rows"].astype(np.float64)
            counts += stored["counts"].tolist()
        total, squares = total + rows.sum(axis=0), squares + (rows**2).sum(axis=0)
    offsets, position = np.cumsum(counts), 0
    joined = np.lib.format.open_memmap(folder / ROWS, "w+", np.float16, (int(offsets[-1]), len(total)))
    for part in _parts(pool, folder):
        with np.load(part) as stored:
            rows = stored["rows"]
        joined[position : position + len(rows)] = rows
        position += len(rows)
    joined.flush()
    mean = total / offsets[-1]
    index = {
        "teacher": teacher.name,
        "teacher_digest": teacher.digest,
        "pool": pool.digest,
        "kind": teacher.kind,
        "rate_hertz": teacher.rate_hertz,
        "first_centre_seconds": teacher.first_centre_seconds,
        "offsets": offsets.tolist(),
        "mean": mean.tolist(),
        "deviation": np.sqrt(np.maximum(0.0, squares / offsets[-1] - mean**2)).tolist(),
    }
    unfinished = folder / "unfinished.json"
    unfinished.write_text(json.dumps(index), encoding="utf8")
    unfinished.replace(folder / INDEX)
    for part in _parts(pool, folder):
        part.unlink()


if __name__ == "__main__":
    main()
