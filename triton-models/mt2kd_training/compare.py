"""What one network is ahead of another by on the same lists, with 95 % intervals of the difference.

``python -m mt2kd_training.compare --data DIR --reference A --against B --split test``

With ``--teacher yamnet-tags`` A is that teacher, of which there are tags only.

A figure of A minus that of B, in per cent: below 0 A makes fewer errors, and is ahead beyond the interval
where the whole interval is below 0; with top-1 and mAP, above. Both networks are measured on the same drawn
speakers and recordings (`Measured.minus`). Voices are compared by plain cosines.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mt2kd.manifest import read_lines
from mt2kd.model import load_reference
from mt2kd_training.augment import to_float
from mt2kd_training.evaluate import (
    TASKS,
    listed_sounds,
    recognition_of_each_decoding,
    tag_figures,
    tagging,
    verification,
)
from mt2kd_training.figures import Measured, tell
from mt2kd_training.recordings import Recordings, data_folder
from mt2kd_training.teachers.catalogue import load_teacher
from mt2kd_training.teachers.teacher import Teacher
from mt2kd_training.text import Tokenizer


def main() -> None:
    """Prints the differences as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data")
    parser.add_argument("--reference", type=Path, default=Path("reference"))
    parser.add_argument("--teacher", choices=["yamnet-tags"], help="in place of the reference")
    parser.add_argument("--against", type=Path, required=True, help="another reference folder")
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--output", type=Path, help="file for the differences as numbers")
    arguments = parser.parse_args()
    recordings = Recordings(data_folder(arguments.data))
    split, tasks = arguments.split, arguments.tasks
    if arguments.teacher:
        tasks = ["sounds"]
        labels = read_lines(arguments.against / "labels.txt")
        ours = teacher_tagging(load_teacher(arguments.teacher, recordings.folder), recordings, labels, split)
    else:
        ours = measured(arguments.reference, recordings, split, tasks)
    theirs = measured(arguments.against, recordings, split, tasks)
    tell({name: ours[name].minus(theirs[name]) for name in ours if name in theirs}, arguments.output)


def measured(folder: Path, recordings: Recordings, split: str, tasks: list[str]) -> dict[str, Measured]:
    """The figures of a reference folder's network by name."""
    model = load_reference(folder)
    found: dict[str, Measured] = {}
    if "words" in tasks:
        tokenizer = Tokenizer.load(folder / "tokens.txt")
        found |= recognition_of_each_decoding(model, recordings, tokenizer, split)
    if "voices" in tasks:
        found |= verification(model, recordings, split)
    if "sounds" in tasks:
        found |= tagging(model, recordings, read_lines(folder / "labels.txt"), split)
    return found


def teacher_tagging(
    teacher: Teacher, recordings: Recordings, labels: list[str], split: str
) -> dict[str, Measured]:
    """The figures of a teacher that gives probabilities of our labels."""
    clips = listed_sounds(recordings, split)
    said = np.stack([teacher.targets(to_float(recordings.read(clip.id))) for clip in clips])
    # Ranked like logits: both figures ask for the order only.
    return tag_figures(clips, said, labels)


if __name__ == "__main__":
    main()
