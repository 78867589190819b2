"""The listed tests as files that ``mt2kd evaluate`` sends through a running gateway.

``python -m mt2kd_training.evaluation_manifest --data ../../shared/data OUTPUT`` writes one FLAC for each
string or clip and ``manifest.jsonl``, a line for each item: ``recognition`` (connected strings of core words
by unseen speakers), ``tagging`` (the held-out fold; test split only) and ``trial`` (speaker verification).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from mt2kd_training.recordings import SAMPLE_RATE, Recordings, data_folder

HELD_OUT_FOLD = "4"


def main() -> None:
    """Writes recordings and manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="the folder of recordings")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--sides", type=int, choices=(1, 2), default=2, help="strings a side of a trial")
    parser.add_argument("--limit", type=int, help="at most so many items of each kind")
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    tests = ListedTests(Recordings(data_folder(arguments.data)), arguments.split, arguments.output)
    with open(arguments.output / "manifest.jsonl", "w", encoding="utf8") as manifest:
        for kind in (tests.recognition(), tests.tagging(), tests.trials(arguments.sides)):
            for item in islice(kind, arguments.limit):
                manifest.write(json.dumps(item) + "\n")


class ListedTests:
    """The items of the lists; each recording is written once, beside the manifest that names it."""

    def __init__(self, recordings: Recordings, split: str, output: Path) -> None:
        self.recordings = recordings
        self.split = split
        self.output = output
        output.mkdir(parents=True, exist_ok=True)

    def recognition(self) -> Iterator[dict[str, Any]]:
        """Strings of core words with what was said."""
        for row in self.recordings.table(f"strings_{self.split}.tsv"):
            yield {
                "kind": "recognition",
                "id": row["string_id"],
                "audio": self._string(row),
                "text": row["text"],
                "speaker": row["speaker"],
            }

    def tagging(self) -> Iterator[dict[str, Any]]:
        """Clips of the held-out fold with their class."""
        for clip in self.recordings.clips.values():
            if self.split == "test" and clip.source == "esc-50" and clip.fold == HELD_OUT_FOLD:
                labels = [label for label in clip.labels if label != "esc10"]
                audio = self._write(clip.id, partial(self.recordings.read, clip.id))
                yield {"kind": "tagging", "id": clip.id, "audio": audio, "labels": labels}

    def trials(self, sides: int) -> Iterator[dict[str, Any]]:
        """Verification trials; a side of one string is the first of its two."""
        strings = {row["string_id"]: row for row in self.recordings.table(f"sv_strings_{self.split}.tsv")}
        for row in self.recordings.table(f"sv_trials_{self.split}.tsv"):
            yield {
                "kind": "trial",
                "id": row["trial_id"],
                "target": row["label"] == "1",
                "enrollment": [self._string(strings[name]) for name in row["side_a"].split()[:sides]],
                "probe": [self._string(strings[name]) for name in row["side_b"].split()[:sides]],
            }

    def _string(self, row: dict[str, str]) -> str:
        render = partial(self.recordings.render, row["clip_ids"], row["pauses_ms"])
        return self._write(row["string_id"], render)

    def _write(self, name: str, samples: Callable[[], np.ndarray]) -> str:
        path = self.output / f"{name}.flac"
        if not path.exists():
            soundfile.write(path, samples(), SAMPLE_RATE, subtype="PCM_16")
        return path.name


if __name__ == "__main__":
    main()
