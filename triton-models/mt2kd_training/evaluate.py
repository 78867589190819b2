"""The three figures on the listed strings, trials and clips, with 95 % intervals.

Verification is measured on cosines and on scores normalised with the reference's cohort; where it has none,
with one that is fitted for it, so that whoever publishes can choose.

``python -m mt2kd_training.evaluate --data DIR --reference reference --split test``
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from mt2kd.cohort import Cohort
from mt2kd.manifest import read_json
from mt2kd.model import Mt2kd, load_reference
from mt2kd_training.calibrate import calibration
from mt2kd_training.figures import Measured, tell
from mt2kd_training.inference import analyze, voiceprints
from mt2kd_training.metrics import (
    edit_distance,
    equal_error_rate,
    f1_score,
    mean_average_precision,
    minimum_detection_cost,
    word_error_rate,
)
from mt2kd_training.recordings import Clip, Recordings, data_folder
from mt2kd_training.sounds import dev_sounds, labels_of, recording_of
from mt2kd_training.text import Tokenizer

ESC_CLASSES = 50
TASKS = ("words", "sounds", "voices")


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
    path = arguments.reference / "calibration.json"
    fitted = read_json(path) if path.exists() else {}
    measured: dict[str, Measured] = {}
    if "words" in arguments.tasks:
        measured |= recognition_of_each_decoding(model, recordings, tokenizer, arguments.split)
    if "voices" in arguments.tasks:
        trials, prints = listed_trials(model, recordings, arguments.split)
        stored = fitted.get("cohort") or calibration(model, recordings)["cohort"]
        cohort = Cohort.from_json(stored, embedding_size=model.config.embedding_size)
        measured |= detection_errors(trials, prints) | detection_errors(trials, prints, cohort, "_normalised")
        if fitted:
            measured |= false_accepts(trials, prints, fitted, cohort if "cohort" in fitted else None)
    if "sounds" in arguments.tasks:
        measured |= tagging(model, recordings, labels, arguments.split, fitted.get("tag_thresholds"))
    tell(measured, arguments.output)


def recognition(
    model: Mt2kd, recordings: Recordings, tokenizer: Tokenizer, split: str, limit: int | None = None
) -> dict[str, Measured]:
    """Word error rate on the connected strings; interval over speakers."""
    rows = recordings.table(f"strings_{split}.tsv")[:limit]
    audio = [recordings.render(row["clip_ids"], row["pauses_ms"]) for row in rows]
    outputs = analyze(model, audio, ["tokens"])
    texts = [tokenizer.decode(output["tokens"].tolist()) for output in outputs]
    errors = np.array([edit_distance(r["text"].split(), t.split()) for r, t in zip(rows, texts, strict=True)])
    words = np.array([len(row["text"].split()) for row in rows])

    def statistic(drawn: np.ndarray) -> float:
        return word_error_rate(errors[drawn], words[drawn])

    return {"wer": Measured([row["speaker"] for row in rows], statistic)}


def recognition_of_each_decoding(
    model: Mt2kd, recordings: Recordings, tokenizer: Tokenizer, split: str, limit: int | None = None
) -> dict[str, Measured]:
    """``recognition`` under ``wer_transducer`` and ``wer_ctc``, of those that the network has."""
    return {
        f"wer_{each.config.decoding}": recognition(each, recordings, tokenizer, split, limit)["wer"]
        for each in decodings(model)
    }


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


def listed_trials(
    model: Mt2kd, recordings: Recordings, split: str, limit: int | None = None
) -> tuple[list[dict[str, str]], dict[str, np.ndarray]]:
    """Trials of a list and the voiceprints of their strings, by id."""
    trials = recordings.table(f"sv_trials_{split}.tsv")[:limit]
    wanted = {name for trial in trials for side in ("side_a", "side_b") for name in trial[side].split()}
    return trials, voiceprints(model, recordings, split, wanted)


def scores_of(
    prints: dict[str, np.ndarray],
    trials: list[dict[str, str]],
    strings_a_side: int,
    cohort: Cohort | None = None,
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Cosines (with a cohort: normalised), targets and first speakers of trials; voiceprints by string."""

    def side(names: str) -> np.ndarray:
        mean = np.mean([prints[name] for name in names.split()[:strings_a_side]], axis=0)
        return mean / np.linalg.norm(mean)

    a, b = (np.stack([side(trial[name]) for trial in trials]) for name in ("side_a", "side_b"))
    scores = (a * b).sum(axis=1) if cohort is None else cohort.normalised(a, b)
    target = np.array([trial["label"] == "1" for trial in trials])
    return scores, target, [trial["speaker_a"] for trial in trials]


def verification(
    model: Mt2kd, recordings: Recordings, split: str, limit: int | None = None
) -> dict[str, Measured]:
    """Equal error rate and detection cost of the cosines on the listed trials."""
    return detection_errors(*listed_trials(model, recordings, split, limit))


def detection_errors(
    trials: list[dict[str, str]],
    prints: dict[str, np.ndarray],
    cohort: Cohort | None = None,
    suffix: str = "",
) -> dict[str, Measured]:
    """Equal error rate and detection cost; interval over the first side's speakers."""
    measured = {}
    for strings_a_side, name in ((2, "two_strings"), (1, "one_string")):
        scores, target, speakers = scores_of(prints, trials, strings_a_side, cohort)
        for measure, function in (("eer", equal_error_rate), ("min_dcf", minimum_detection_cost)):

            def statistic(drawn: np.ndarray, f=function, s=scores, t=target) -> float:  # noqa: ANN001
                return f(s[drawn], t[drawn])

            measured[f"{measure}_{name}{suffix}"] = Measured(speakers, statistic, draws=300)
    return measured


def false_accepts(
    trials: list[dict[str, str]], prints: dict[str, np.ndarray], fitted: dict, cohort: Cohort | None
) -> dict[str, Measured]:
    """Share of other speakers accepted at each rate that a calibration states; it should be that rate."""
    measured = {}
    line = fitted["calibration"]
    for strings_a_side, name in ((2, "two_strings"), (1, "one_string")):
        scores, target, speakers = scores_of(prints, trials, strings_a_side, cohort)
        ratios = line["scale"] * scores[~target] + line["offset"]
        groups = [speaker for speaker, same in zip(speakers, target, strict=True) if not same]
        for row in fitted["false_accept"]:
            accepted = ratios >= row["log_likelihood_ratio"]

            def share(drawn: np.ndarray, accepted: np.ndarray = accepted) -> float:
                return float(accepted[drawn].mean())

            measured[f"false_accept_{row['rate']}_{name}"] = Measured(groups, share, draws=300)
    return measured


def tagging(
    model: Mt2kd,
    recordings: Recordings,
    labels: list[str],
    split: str,
    thresholds: dict[str, float] | None = None,
) -> dict[str, Measured]:
    """``tag_figures`` of what a network says of the listed sounds."""
    clips = listed_sounds(recordings, split)
    outputs = analyze(model, [recordings.read(clip.id) for clip in clips], ["tag_logits"])
    logits = np.stack([output["tag_logits"] for output in outputs])
    return tag_figures(clips, logits, labels, thresholds)


def listed_sounds(recordings: Recordings, split: str) -> list[Clip]:
    """Those of ESC-50 that are measured on: fold 4, or the clips of fold 3 kept from training."""
    kept = dev_sounds(recordings)
    return [
        clip
        for clip in recordings.clips.values()
        if clip.source == "esc-50" and (clip.id in kept if split == "dev" else clip.split == "test")
    ]


def tag_figures(
    clips: list[Clip],
    logits: np.ndarray,
    labels: list[str],
    thresholds: dict[str, float] | None = None,
) -> dict[str, Measured]:
    """Top-1 and mAP over the 50 ESC-50 classes, of logits [N, K].

    With thresholds by label also F1 of what reaches them, and for comparison of what reaches 0.5.
    """
    scores = logits[:, :ESC_CLASSES]
    truth = np.array([labels.index(labels_of(clip)[0]) for clip in clips])
    targets = np.eye(ESC_CLASSES)[truth]
    right = (scores.argmax(axis=1) == truth).astype(float)
    sources = [recording_of(clip) for clip in clips]

    def top1(drawn: np.ndarray) -> float:
        return float(right[drawn].mean())

    def precision(drawn: np.ndarray) -> float:
        return mean_average_precision(scores[drawn], targets[drawn])

    measured = {"top1": Measured(sources, top1), "map": Measured(sources, precision, draws=200)}
    probability = 1.0 / (1.0 + np.exp(-scores.astype(np.float64)))
    own = [thresholds[label] for label in labels[:ESC_CLASSES]] if thresholds else []
    for name, limit in [("f1", np.array(own)), ("f1_at_0.5", 0.5)] if thresholds else []:

        def f1(drawn: np.ndarray, decided: np.ndarray = probability >= limit) -> float:
            return f1_score(decided[drawn], targets[drawn] > 0)

        measured[name] = Measured(sources, f1, draws=200)
    return measured


if __name__ == "__main__":
    main()
