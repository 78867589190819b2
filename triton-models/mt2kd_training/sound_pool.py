"""Labelled sounds rendered once, stored in the cache as ``sounds``, so that teachers can answer for them.

``python -m mt2kd_training.sound_pool --data DIR --cache DIR --hours 8 --seed 1 [--speeds 0.75 1.33]``

A mixture has an answer of its own only if it is the same mixture every time. Stage 2 draws from these where
teachers of sounds stay with it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mt2kd_training.augment import to_float
from mt2kd_training.batches import in_turns
from mt2kd_training.pool import Pool
from mt2kd_training.recordings import SAMPLE_RATE, DecodedClips, Recordings, data_folder
from mt2kd_training.sounds import MIXED, SoundItem, SoundSource, Variety
from mt2kd_training.targets import StoredTargets

NAME = "sounds"
DOUBT = 1e-3  # nobody is surer than this, of several teachers


def main() -> None:
    """Renders the sounds, or finds them rendered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speeds", type=float, nargs=2, default=(1.0, 1.0), help="of half of the crops")
    parser.add_argument("--mixed", type=float, default=MIXED, help="part that is mixtures of two")
    parser.add_argument("--scenes", type=float, default=0.0, help="part that is scenes of altered sounds")
    arguments = parser.parse_args()
    low, high = arguments.speeds
    recipe = Recipe(arguments.hours, arguments.seed, (low, high), arguments.mixed, arguments.scenes)
    pool = rendered(Recordings(data_folder(arguments.data)), arguments.cache, recipe)
    seconds = sum(len(pool[item]) for item in pool.ids()) / SAMPLE_RATE
    print(f"{len(pool.ids())} sounds, {seconds / 3600:.2f} h, {pool.digest[:16]}")


@dataclass(frozen=True)
class Recipe:
    """What decides the sounds beside the recordings; ``version`` rises when the rendering changes."""

    hours: float
    seed: int
    speeds: tuple[float, float] = (1.0, 1.0)
    mixed: float = MIXED
    scenes: float = 0.0
    version: int = 2

    @property
    def variety(self) -> Variety:
        """Of what is drawn."""
        return Variety(self.speeds, self.mixed, self.scenes)


def rendered(recordings: Recordings, cache: Path, recipe: Recipe) -> Pool:
    """The cache's sounds, drawn as `SoundSource` draws them on the first call.

    Raises:
        ValueError: the cache holds those of another recipe.
    """
    note = cache / f"{NAME}.tags.json"
    if note.exists():
        stored = json.loads(note.read_text(encoding="utf8"))["recipe"]
        if {"scenes": 0.0} | stored != json.loads(json.dumps(asdict(recipe))):
            raise ValueError(f"recipe: {asdict(recipe)} (expected: {stored}, which {cache} holds)")
        return Pool(cache, NAME)
    clips = DecodedClips.of(recordings, cache)
    random = np.random.default_rng([recipe.seed, 0])
    source = SoundSource(recordings, clips, random, recipe.variety)
    sounds, tags, missing = {}, {}, recipe.hours * 3600 * SAMPLE_RATE
    with tqdm(total=round(recipe.hours * 3600), desc=NAME, unit="s", disable=None) as bar:
        while missing > 0:
            item, name = source.draw(), f"sound-{len(sounds):06d}"
            sounds[name] = np.clip(np.rint(item.samples * 32_768), -32_768, 32_767).astype(np.int16)
            tags[name] = {label: round(weight, 4) for label, weight in item.targets.items()}
            missing -= len(item.samples)
            bar.update(len(item.samples) // SAMPLE_RATE)
    DecodedClips.write(cache, NAME, sounds)
    note.write_text(json.dumps({"recipe": asdict(recipe), "tags": tags}), encoding="utf8")
    return Pool(cache, NAME)


@dataclass(frozen=True)
class SoftLabels:
    """Targets that are partly what teachers say (arXiv 1503.02531, at temperature 1).

    A crop may hold little of what its clip is called, and sounds like other classes too: a label alone says
    neither. Several teachers speak with one voice, the mean of their log odds: whoever is sure counts more.
    """

    teachers: list[str]  # each answers with the probability of each label
    share: float  # of their answer in the target, 0 to 1
    labels: list[str]

    def mixed(self, targets: Mapping[str, float], answers: Sequence[np.ndarray]) -> dict[str, float]:
        """Target weights by label, and an answer [K] of each teacher, as one."""
        answer = answers[0] if len(answers) == 1 else _pooled(answers)
        return {
            label: self.share * float(said) + (1 - self.share) * targets.get(label, 0.0)
            for label, said in zip(self.labels, answer, strict=True)
        }


def _pooled(answers: Sequence[np.ndarray]) -> np.ndarray:
    probabilities = np.clip(np.stack(answers).astype(np.float64), DOUBT, 1 - DOUBT)
    log_odds = np.log(probabilities / (1 - probabilities)).mean(axis=0)
    return 1 / (1 + np.exp(-log_odds))


class AnsweredSounds:
    """Draws stored sounds with what teachers answered to them; each once, then all again."""

    def __init__(
        self,
        cache: Path,
        teachers: list[str],
        random: np.random.Generator,
        soft_labels: SoftLabels | None = None,
    ) -> None:
        """Opens the sounds and the answers.

        Args:
            cache: holds both.
            teachers: whose answers come with each sound.
            random: decides the order.
            soft_labels: what becomes of the labels; as they are where None.
        """
        self.pool = Pool(cache, NAME)
        self._soft_labels = soft_labels
        self._soft = [
            StoredTargets.open(cache, teacher, self.pool)
            for teacher in (soft_labels.teachers if soft_labels else [])
        ]
        for stored in self._soft:
            if soft_labels and len(stored.mean) != len(soft_labels.labels):
                raise ValueError(
                    f"soft labels: {stored.name} has {len(stored.mean)} (expected: {len(soft_labels.labels)})"
                )
        self.stored = {name: StoredTargets.open(cache, name, self.pool) for name in teachers}
        note = json.loads((cache / f"{NAME}.tags.json").read_text(encoding="utf8"))
        self._tags: dict[str, dict[str, float]] = note["tags"]
        self._ids = in_turns(self.pool.ids(), random)

    def draw(self) -> SoundItem:
        """The next sound."""
        name = next(self._ids)
        answers = {teacher: stored[name] for teacher, stored in self.stored.items()}
        targets = self._tags[name]
        soft = None
        if self._soft_labels:
            soft = self._soft_labels.mixed(targets, [stored[name] for stored in self._soft])
        return SoundItem(to_float(self.pool[name]), targets, answers, soft)


if __name__ == "__main__":
    main()
