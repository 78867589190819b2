"""Writes a reference folder from a checkpoint of stage 2.

``python -m mt2kd_training.publish --data DIR --run DIR --reference reference``
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from mt2kd.config import Config
from mt2kd.model import load_reference
from mt2kd_training.calibrate import calibration
from mt2kd_training.earlier import Earlier, checkpoint, stages
from mt2kd_training.recordings import Recordings, data_folder
from mt2kd_training.thresholds import tag_thresholds

#: Of these the half precision in which the other weights are stored would lose too much.
SINGLE_PRECISION = ("running_mean", "running_var", "log_scale")


def main() -> None:
    """Writes configuration, weights, tokens, labels, calibration and the record of the training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--run", type=Path, required=True, help="output folder of stage 2")
    parser.add_argument("--reference", type=Path, default=Path("reference"))
    parser.add_argument("--decoding", choices=["transducer", "ctc"], default="transducer", help="served")
    parser.add_argument("--share", type=float, default=1.0, help="of the run; the rest is of the run before")
    parser.add_argument("--network-only", action="store_true", help="no calibration and no record")
    parser.add_argument("--no-cohort", action="store_true", help="speaker scores stay plain cosines")
    arguments = parser.parse_args()
    reference = arguments.reference
    state = checkpoint(arguments.run)
    if arguments.share != 1.0:
        before = Earlier.read(Path(state["options"]["initial"]))
        state["average"] = between(before.network, state["average"], arguments.share)
    save_network(state, arguments.decoding, reference)
    if arguments.network_only:
        return
    model = load_reference(reference)  # what is calibrated is what is stored
    recordings = Recordings(data_folder(arguments.data))
    fitted = calibration(model, recordings, normalised=not arguments.no_cohort)
    fitted["tag_thresholds"] = tag_thresholds(model, recordings, state["labels"])
    write_json(reference / "calibration.json", fitted)
    write_json(
        reference / "training.json", {"stages": stages(arguments.run), "share_of_the_last": arguments.share}
    )


def between(before: dict[str, Tensor], after: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights on the line from those a run began with to its own (WiSE-FT, arXiv 2109.01903).

    A run that went on with other shares of the tasks keeps more of what it began with than either end has.

    Args:
        before: state dict of the run before.
        after: of the run; the same names and shapes.
        share: 0 gives ``before``, 1 ``after``.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share: {share} (expected: 0 to 1)")
    if {k: v.shape for k, v in before.items()} != {k: v.shape for k, v in after.items()}:
        raise ValueError("share: the run before is of another network (expected: the same names and shapes)")
    return {
        name: before[name].lerp(value, share) if value.is_floating_point() else value
        for name, value in after.items()
    }


def save_network(state: dict[str, Any], decoding: str, reference: Path) -> None:
    """Configuration, averaged weights, tokens and labels of a checkpoint."""
    reference.mkdir(parents=True, exist_ok=True)
    replace(Config.of(state["config"]), decoding=decoding).save(reference / "config.json")
    save_weights(state["average"], reference / "weights.safetensors")
    (reference / "tokens.txt").write_text("\n".join(state["tokens"]) + "\n", encoding="utf8")
    (reference / "labels.txt").write_text("\n".join(state["labels"]) + "\n", encoding="utf8")


def save_weights(weights: dict[str, Tensor], path: Path) -> None:
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


def write_json(path: Path, value: object) -> None:
    """Writes a value for people to read too."""
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
