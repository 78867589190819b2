"""The three figures on the listed strings, trials and clips, with 95 % intervals.

``python -m mt2kd_training.evaluate --data DIR --reference reference --split test``
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from mt2kd.model import Mt2kd, load_reference
from mt2kd_training.inference import analyze
from mt2kd_training.metrics import (
    bootstrap_interval,
    edit_distance,
    equal_error_rate,
    mean_average_precision,
    minimum_detection_cost,
    word_error_rate,
)
from mt2kd_training.recordings import Recordings, data_folder
from mt2kd_training.sounds import dev_sounds, labels_of
from mt2kd_training.text import Tokenizer

ESC_CLASSES = 50
TASKS = ("words", "sounds", "voices")


@dataclass(frozen=True)
class Figure:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.2f} % ({100 * self.low:.2f}-{100 * self.high:.2f})"


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--reference", type=Path, default=Path("reference"))
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--output", type=Path, help="file for the figures as numbers")
    arguments = parser.parse_args()
    recordings = Recordings(data_folder(arguments.data))
    model = load_reference(arguments.reference)
    tokenizer = Tokenizer.load(arguments.reference / "tokens.txt")
    labels = (arguments.reference / "labels.txt").read_text(encoding="utf8").splitlines()
    figures = {}
    if "words" in arguments.tasks:
        figures |= recognition(model, recordings, tokenizer, arguments.split)
    if "voices" in arguments.tasks:
        figures |= verification(model, recordings, arguments.split)
    if "sounds" in arguments.tasks:
        figures |= tagging(model, recordings, labels, arguments.split)
    print(json.dumps({name: str(figure) for name, figure in figures.items()}, indent=1))
    if arguments.output:
        numbers = {name: asdict(figure) for name, figure in figures.items()}
        arguments.output.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf8")


def recognition(
    model: Mt2kd, recordings: Recordings, tokenizer: Tokenizer, split: str, limit: int | None = None
) -> dict[str, Figure]:
    """Word error rate of each decoding on the connected strings; intervals over speakers."""
    rows = recordings.table(f"strings_{split}.tsv")[:limit]
    audio = [recordings.render(row["clip_ids"], row["pauses_ms"]) for row in rows]
    words = np.array([len(row["text"].split()) for row in rows])
    speakers = [row["speaker"] for row in rows]
    figures = {}
    for decoding in decodings(model):
        outputs = analyze(decoding, audio, ["tokens"])
        texts = [tokenizer.decode(output["tokens"].tolist()) for output in outputs]
        errors = np.array(
            [edit_distance(r["text"].split(), t.split()) for r, t in zip(rows, texts, strict=True)]
        )

        def statistic(drawn: np.ndarray, e: np.ndarray = errors) -> float:
            return word_error_rate(e[drawn], words[drawn])

        value = word_error_rate(errors, words)
        figures[f"wer_{decoding.config.decoding}"] = Figure(value, *bootstrap_interval(speakers, statistic))
    return figures


def decodings(model: Mt2kd) -> Iterator[Mt2kd]:
    """The network with each decoding that it has weights for; what it serves is restored at the end."""
    served = model.config
    found = {"transducer": served.decoder_dim > 0, "ctc": served.ctc}
    try:
        for decoding in (name for name, there in found.items() if there):
            model.config = replace(served, decoding=decoding)
            yield model
    finally:
        model.config = served


def voiceprints(model: Mt2kd, recordings: Recordings, split: str, wanted: set[str]) -> dict[str, np.ndarray]:
    """String id → voiceprint, of the listed strings that are wanted."""
    strings = [row for row in recordings.table(f"sv_strings_{split}.tsv") if row["string_id"] in wanted]
    audio = [recordings.render(row["clip_ids"], row["pauses_ms"]) for row in strings]
    outputs = analyze(model, audio, ["voiceprint"])
    return {row["string_id"]: out["voiceprint"] for row, out in zip(strings, outputs, strict=True)}


def scores_of(
    prints: dict[str, np.ndarray], trials: list[dict[str, str]], strings_a_side: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Cosines, targets and first speakers of trials from voiceprints by string."""

    def side(names: str) -> np.ndarray:
        mean = np.mean([prints[name] for name in names.split()[:strings_a_side]], axis=0)
        return mean / np.linalg.norm(mean)

    scores = np.array([side(trial["side_a"]) @ side(trial["side_b"]) for trial in trials])
    target = np.array([trial["label"] == "1" for trial in trials])
    return scores, target, [trial["speaker_a"] for trial in trials]


def verification(
    model: Mt2kd, recordings: Recordings, split: str, limit: int | None = None
) -> dict[str, Figure]:
    """Equal error rate and detection cost on the listed trials; interval over the first side's speakers."""
    trials = recordings.table(f"sv_trials_{split}.tsv")[:limit]
    wanted = {name for trial in trials for side in ("side_a", "side_b") for name in trial[side].split()}
    prints = voiceprints(model, recordings, split, wanted)
    figures = {}
    for strings_a_side, name in ((2, "two_strings"), (1, "one_string")):
        scores, target, speakers = scores_of(prints, trials, strings_a_side)
        for measure, function in (("eer", equal_error_rate), ("min_dcf", minimum_detection_cost)):

            def statistic(drawn: np.ndarray, f=function, s=scores, t=target) -> float:  # noqa: ANN001
                return f(s[drawn], t[drawn])

            interval = bootstrap_interval(speakers, statistic, draws=300)
            figures[f"{measure}_{name}"] = Figure(function(scores, target), *interval)
    return figures


def tagging(model: Mt2kd, recordings: Recordings, labels: list[str], split: str) -> dict[str, Figure]:
    """Top-1 and mAP over the 50 ESC-50 classes: fold 4, or the clips of fold 3 kept from training."""
    kept = dev_sounds(recordings)
    clips = [
        clip
        for clip in recordings.clips.values()
        if clip.source == "esc-50" and (clip.id in kept if split == "dev" else clip.split == "test")
    ]
    outputs = analyze(model, [recordings.read(clip.id) for clip in clips], ["tag_logits"])
    scores = np.stack([output["tag_logits"][:ESC_CLASSES] for output in outputs])
    truth = np.array([labels.index(labels_of(clip)[0]) for clip in clips])
    targets = np.eye(ESC_CLASSES)[truth]
    right = (scores.argmax(axis=1) == truth).astype(float)
    sources = [clip.id.split("-")[1] for clip in clips]

    def top1(drawn: np.ndarray) -> float:
        return float(right[drawn].mean())

    def precision(drawn: np.ndarray) -> float:
        return mean_average_precision(scores[drawn], targets[drawn])

    everything = np.arange(len(clips))
    return {
        "top1": Figure(top1(everything), *bootstrap_interval(sources, top1)),
        "map": Figure(precision(everything), *bootstrap_interval(sources, precision, draws=200)),
    }


if __name__ == "__main__":
    main()
