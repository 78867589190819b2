"""What a run goes on from: the output folder of an earlier run, or a published reference folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mt2kd.model import load_reference

CHECKPOINT, WEIGHTS, RECORD = "checkpoint.pt", "weights.safetensors", "training.json"


@dataclass(frozen=True)
class Earlier:
    """Averaged weights of the network; weights of what only training needs, none of a published one; and
    whether they have learnt from labels."""

    network: dict[str, Tensor]
    extra: dict[str, Tensor]
    labelled: bool

    @classmethod
    def read(cls, folder: Path) -> Earlier:
        """Reads either kind of folder.

        Raises:
            FileNotFoundError: it is neither.
        """
        if (folder / CHECKPOINT).exists():
            state = checkpoint(folder)
            labelled = any(name.startswith("word_frames") for name in state["extra"])
            return cls(state["average"], state["extra"], labelled)
        if (folder / WEIGHTS).exists():
            return cls(load_reference(folder).state_dict(), {}, True)
        raise FileNotFoundError(f"initial: {folder} (expected: a folder with {CHECKPOINT} or {WEIGHTS})")


def checkpoint(run: Path) -> dict[str, Any]:
    """All that a run keeps in its output folder."""
    return torch.load(run / CHECKPOINT, map_location="cpu", weights_only=True)


def stages(folder: Path) -> list[dict[str, Any]]:
    """What each stage that led to a folder was told, took and reached, the first stage first."""
    if not (folder / CHECKPOINT).exists():
        record = json.loads((folder / RECORD).read_text(encoding="utf8"))
        *before, last = record["stages"]
        return [*before, {**last, "published_share": record["share_of_the_last"]}]
    state = checkpoint(folder)
    options = state["options"]
    earlier = stages(Path(options["initial"])) if options.get("initial") else []
    places = ("data", "cache", "output", "initial", "configuration")  # of the machine it ran on
    return [
        *earlier,
        {
            "stage": "mt2kd_training." + ("distil" if "teachers" in options else "finetune"),
            "options": {name: value for name, value in options.items() if name not in places},
            "configuration": Path(options["configuration"]).stem,
            "updates": state["update"],
            "minutes": round(state["seconds"] / 60, 1),
            "audio_seconds": {share: round(seconds) for share, seconds in state["audio_seconds"].items()},
            "dev_curve": state["curve"],
        },
    ]
