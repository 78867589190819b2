"""Writes the reference folder from a checkpoint of training.

``python -m mt2kd_training.publish --data DIR --run DIR --reference reference``
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from mt2kd.config import Config
from mt2kd.model import load_reference
from mt2kd_training.calibrate import calibration
from mt2kd_training.recordings import Recordings, data_folder
from mt2kd_training.thresholds import tag_thresholds

#: Of these the half precision in which the other weights are stored would lose too much.
SINGLE_PRECISION = ("running_mean", "running_var", "log_scale")


def main() -> None:
    """Writes configuration, weights, tokens, labels, calibration and the record of the training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--run", type=Path, required=True, help="output folder of training")
    parser.add_argument("--reference", type=Path, default=Path("reference"))
    parser.add_argument("--no-cohort", action="store_true", help="speaker scores stay plain cosines")
    arguments = parser.parse_args()
    recordings = Recordings(data_folder(arguments.data))
    state = torch.load(arguments.run / "checkpoint.pt", weights_only=False)
    reference = arguments.reference
    reference.mkdir(parents=True, exist_ok=True)
    config = {k: tuple(v) if isinstance(v, list) else v for k, v in state["config"].items()}
    Config(**config).save(reference / "config.json")
    save_weights(state["average"], reference / "weights.safetensors")
    (reference / "tokens.txt").write_text((arguments.run / "tokens.txt").read_text("utf8"), encoding="utf8")
    (reference / "labels.txt").write_text("\n".join(state["labels"]) + "\n", encoding="utf8")
    model = load_reference(reference)  # what is calibrated is what is stored
    fitted = calibration(model, recordings, normalised=not arguments.no_cohort)
    fitted["tag_thresholds"] = tag_thresholds(model, recordings, state["labels"])
    _write_json(reference / "calibration.json", fitted)
    settings = state["arguments"]
    record = {
        "seed": int(settings["seed"]),
        "minutes": round(state["seconds_trained"] / 60, 1),
        "steps": state["step"],
        "audio_seconds": {kind: round(seconds) for kind, seconds in state["audio_seconds"].items()},
        "learning_rate": float(settings["learning_rate"]),
        "matrix_learning_rate": float(settings["matrix_learning_rate"]),
        "batch_seconds": {k: float(settings[f"{k}_seconds"]) for k in ("speech", "sound")},
        "dev_curve": state["curve"],
        "commands": [
            "python -m mt2kd_training.synthesis --cache CACHE",
            "python -m mt2kd_training.teachers --data DATA --cache CACHE --resemblyzer FOLDER",
            f"python -m mt2kd_training.train --data DATA --cache CACHE --output RUN {_options(settings)}",
            "python -m mt2kd_training.publish --data DATA --run RUN --reference reference",
            "python -m mt2kd_training.evaluate --data DATA --reference reference --split test",
        ],
    }
    _write_json(reference / "training.json", record)


def _options(settings: dict[str, str]) -> str:
    """The options of training on which the weights depend; a checkpoint is named, not its path."""
    names = [
        "minutes", "steps", "seed", "threads", "processes", "speech_seconds", "sound_seconds",
        "learning_rate", "matrix_learning_rate",
    ]  # fmt: skip
    given = [f"--{name.replace('_', '-')} {settings[name]}" for name in names if settings[name] != "None"]
    if settings["initial"] != "None":
        given.append("--initial CHECKPOINT")
    if settings["no_teachers"] == "True":
        given.append("--no-teachers")
    return " ".join(given)


def save_weights(weights: dict[str, torch.Tensor], path: Path) -> None:
    """Stores half precision but for statistics and log scales; variances at least zero."""
    result = {}
    for key, value in weights.items():
        if key.endswith("num_batches_tracked"):
            continue
        if key.endswith("running_var"):
            value = value.clamp(min=0.0)
        keep = key.endswith(SINGLE_PRECISION)
        result[key] = value.contiguous() if keep else value.half().contiguous()
    save_file(result, path)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
