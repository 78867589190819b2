"""The gate of ``mt2kd.parity`` with the figures on the listed recordings: WER, mAP and EER.

``python -m mt2kd_training.parity_gate --data DIR --candidate REPOSITORY --publish REPOSITORY``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mt2kd.comparison import Measure
from mt2kd.config import Config
from mt2kd.contract import ENSEMBLE_OUTPUTS, MAXIMUM_BATCH_SIZE, MEMBERS
from mt2kd.frontend import SILENCE
from mt2kd.manifest import read_json, read_lines
from mt2kd.parity import main
from mt2kd.profiles import bucket_axes
from mt2kd.repository import MANIFEST
from mt2kd.runtimes import Runtime
from mt2kd_training.evaluate import recognition, tagging, verification
from mt2kd_training.recordings import Recordings, data_folder
from mt2kd_training.text import Tokenizer

FIGURES = ("wer", "top1", "map", "eer_two_strings", "eer_one_string")


class ServedModel:
    """A runtime in the place of the network: called with features, as ``evaluate`` calls it.

    Features are padded up to a bucket and cut into batches that the members take; the frontend is not
    among them, and is held against PyTorch by its tensors alone.
    """

    def __init__(self, runtime: Runtime, edges: Sequence[int]) -> None:
        """Args: the runtime; the last frame of each bucket, 100 a second."""
        self._runtime = runtime
        self._edges = edges

    def __call__(self, features: Tensor, feature_lengths: Tensor) -> dict[str, Tensor]:
        """Outputs by name: features [N, T, 80], feature_lengths [N, 1] → as of ``Mt2kd``."""
        batches = []
        frames = next((edge for edge in self._edges if edge >= features.shape[1]), None)
        if frames is None:
            raise ValueError(
                f"features: {features.shape[1]} frames (expected: at most {self._edges[-1]}, the last bucket)"
            )
        padding = (0, 0, 0, frames - features.shape[1])
        features = torch.nn.functional.pad(features, padding, value=SILENCE)
        for start in range(0, len(features), MAXIMUM_BATCH_SIZE):
            rows = slice(start, start + MAXIMUM_BATCH_SIZE)
            tensors = {"features": features[rows].numpy(), "feature_lengths": feature_lengths[rows].numpy()}
            for member in MEMBERS[1:]:
                tensors |= self._runtime.run(member.name, tensors)
            batches.append(tensors)
        return {
            name: torch.from_numpy(np.concatenate([batch[name] for batch in batches]))
            for name in ENSEMBLE_OUTPUTS
        }


def measures(options: argparse.Namespace) -> Measure:
    """The figures of a runtime, as ``mt2kd_training.evaluate`` states them."""
    recordings = Recordings(data_folder(options.data))
    tokenizer = Tokenizer.load(options.reference / "tokens.txt")
    labels = read_lines(options.reference / "labels.txt")
    config = Config.load(options.reference / "config.json")
    buckets = bucket_axes(read_json(options.repository / MANIFEST), config)

    def measure(runtime: Runtime) -> dict[str, float]:
        model = ServedModel(runtime, [bucket["T"][1] for bucket in buckets])
        figures = recognition(model, recordings, tokenizer, options.split, options.limit)
        figures |= verification(model, recordings, options.split, options.limit)
        figures |= tagging(model, recordings, labels, options.split)
        return {name: figures[name].value for name in FIGURES}

    return measure


if __name__ == "__main__":
    sys.exit(main(measures))
