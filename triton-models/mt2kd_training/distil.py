"""Stage 1: several teachers on the same unlabelled recordings, without augmentation.

``python -m mt2kd_training.distil --data DIR --cache DIR --output DIR --updates 1000 --teachers moonshine
yamnet yamnet-frames resemblyzer``

Every update takes two batches of the pool. Which loss a teacher has follows from its kind of target:
``mt2kd_training.distillation``. The teachers' targets have been stored by ``mt2kd_training.targets``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mt2kd.checkpoint import load_configuration
from mt2kd.frontend import Frontend
from mt2kd.model import Mt2kd
from mt2kd_training.augment import to_float
from mt2kd_training.batches import bucketed, by_teacher, in_turns, on_device, padded
from mt2kd_training.evaluate import verification
from mt2kd_training.inference import device_of
from mt2kd_training.pool import Pool
from mt2kd_training.recordings import SAMPLE_RATE, Recordings, data_folder
from mt2kd_training.run import add_options, launch
from mt2kd_training.sounds import label_list
from mt2kd_training.stage import Losses, Share, Stage
from mt2kd_training.start import spread
from mt2kd_training.targets import StoredTargets
from mt2kd_training.teacher_losses import WEIGHTS, TeacherLosses, weight
from mt2kd_training.text import training_pieces

LARGEST_GRADIENT = 2.0
HELD_OUT = 0.02  # of the pool: distance to the teachers where nothing was learnt


def main() -> None:
    """Trains, with checkpoints and dev figures on the way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--configuration", required=True, help="a name or a file: sizes of the network")
    parser.add_argument("--teachers", nargs="+", required=True, help="whose stored targets are learnt")
    parser.add_argument("--temperature", type=float, default=1.0, help="of clip probabilities")
    parser.add_argument(
        "--weights", type=weight, nargs="+", default=[], metavar="KIND=WEIGHT",
        help=f"of the losses of a kind of target, in place of {WEIGHTS}",
    )  # fmt: skip
    parser.add_argument("--pool-seconds", type=float, default=48, help="of each of the two batches")
    launch(Distillation, parser.parse_args())


@dataclass(frozen=True)
class PoolItem:
    """One utterance of the pool and what each teacher says of it."""

    samples: np.ndarray  # float32 [samples]
    targets: dict[str, np.ndarray]


@dataclass(frozen=True)
class PoolBatch:
    """N utterances with the teachers' targets."""

    audio: Tensor  # [N, S] float32
    lengths: Tensor  # [N, 1] int32, samples
    targets: dict[str, list[Tensor]]  # by teacher: one of each utterance

    @property
    def seconds(self) -> float:
        """Audio seconds, without padding."""
        return float(self.lengths.sum()) / SAMPLE_RATE

    def to(self, device: torch.device) -> PoolBatch:
        """The batch on another device."""
        return PoolBatch(self.audio.to(device), self.lengths.to(device), on_device(self.targets, device))

    @classmethod
    def of(cls, items: list[PoolItem]) -> PoolBatch:
        """Items filled up to the longest."""
        audio, lengths = padded([item.samples for item in items])
        return cls(audio, lengths, by_teacher([item.targets for item in items]))


class Distillation(Stage):
    """All teachers on all of the pool."""

    def __init__(self, arguments: argparse.Namespace, update: int) -> None:
        recordings = Recordings(data_folder(arguments.data))
        self.recordings = recordings
        self.pool = Pool(arguments.cache)
        self.stored = {
            name: StoredTargets.open(arguments.cache, name, self.pool) for name in arguments.teachers
        }
        ids = np.random.default_rng(0).permutation(self.pool.ids())
        held_out = int(len(ids) * HELD_OUT)
        self.held_out, self.ids = list(ids[:held_out]), list(ids[held_out:])
        self.shares = {
            name: Share(self._batches(arguments, stream, update), LARGEST_GRADIENT)
            for stream, name in enumerate(("pool", "pool 2"))
        }
        self.frontend = Frontend()
        labels = label_list(recordings)
        pieces = training_pieces(recordings, arguments.output / "tokens.txt")
        config = replace(
            load_configuration(arguments.configuration)[1], tokens=len(pieces), labels=len(labels)
        )
        self.model = Mt2kd(config)
        batch = next(self.shares["pool"].batches)
        spread(self.model, *self.frontend(batch.audio, batch.lengths))
        weights = WEIGHTS | dict(arguments.weights)
        teachers = TeacherLosses(self.model, self.stored, self.ids, arguments.temperature, weights)
        self.extra = nn.ModuleDict({"teachers": teachers})

    def _batches(self, arguments: argparse.Namespace, stream: int, update: int) -> Any:
        """Every item of the pool once, in random order, again and again."""
        random = np.random.default_rng([arguments.seed, stream, update])
        ids = in_turns(self.ids, random)
        return bucketed(lambda: self._item(next(ids)), arguments.pool_seconds, random, PoolBatch.of)

    def _item(self, name: str) -> PoolItem:
        return PoolItem(
            to_float(self.pool[name]), {teacher: stored[name] for teacher, stored in self.stored.items()}
        )

    def losses(self, share: str, batch: PoolBatch, progress: float) -> Losses:
        """A loss for each teacher."""
        with torch.no_grad():
            features, lengths = self.frontend(batch.audio, batch.lengths)
        return self.extra["teachers"](self.model, self.encode(features, lengths, progress), batch.targets)

    @torch.inference_mode()
    def figures(self, model: Mt2kd) -> dict[str, float]:
        """Losses on the part of the pool kept from training, and what its voiceprints are worth already."""
        totals: dict[str, float] = {}
        items = [self._item(name) for name in self.held_out]
        items.sort(key=lambda item: len(item.samples))
        groups = [items[i : i + 16] for i in range(0, len(items), 16)]
        for group in groups:
            batch = PoolBatch.of(group).to(device_of(model))
            encoded = model.parts()["encoder"](*self.frontend(batch.audio, batch.lengths))
            for name, (loss, _) in self.extra["teachers"](model, encoded, batch.targets).items():
                totals[name] = totals.get(name, 0.0) + float(loss) / len(groups)
        if any(stored.kind == "utterance" for stored in self.stored.values()):
            totals |= {k: f.value for k, f in verification(model, self.recordings, "dev", limit=500).items()}
        return totals


if __name__ == "__main__":
    main()
