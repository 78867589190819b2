"""Sound events for training: ESC-50 folds 1 to 3 and instruments, evenly over classes, some of them mixed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from mt2kd_training.augment import at_speed, equalised, to_float, with_gain
from mt2kd_training.recordings import SAMPLE_RATE, Clip, DecodedClips, Recordings

#: ESC-50 sounds of people, in which speech may or may not be heard.
PEOPLE = frozenset({"laughing", "crying_baby", "coughing", "sneezing", "clapping", "breathing", "snoring"})
CROP_SECONDS = (1.2, 4.0)
PLACES = 3  # of which a crop is the loudest
SOURCES = ("esc-50", "fsdkaggle2018-instruments")
DEV_PER_CLASS = 2
MIXED = 0.25  # of the crops
SCENE_CROPS = 4  # at most
SCENE_SECONDS = (2.0, 4.0)
SCENE_RANGE_DB = 15.0  # below the loudest crop of a scene
BACKWARDS = 0.3  # of the crops of scenes
EQUALISER_DB = 10.0


def labels_of(clip: Clip) -> tuple[str, ...]:
    """The clip's tags; the list marks the ESC-10 subset, which is no tag."""
    return tuple(label for label in clip.labels if label != "esc10")


def recording_of(clip: Clip) -> str:
    """What a clip was cut from: ESC-50 names it, FOLD-RECORDING-TAKE-CLASS; any other is its own."""
    return clip.id.split("-")[1] if clip.source == "esc-50" else clip.id


def label_list(recordings: Recordings) -> list[str]:
    """All tags: the 50 ESC-50 classes by name, then music and its instruments, then speech."""
    classes = {source: set() for source in SOURCES}
    for clip in recordings.clips.values():
        if clip.source in classes:
            classes[clip.source].update(labels_of(clip))
    return [*sorted(classes["esc-50"]), *sorted(classes["fsdkaggle2018-instruments"]), "speech"]


def dev_sounds(recordings: Recordings) -> set[str]:
    """Clips of fold 3 kept from training: two recordings of each class, with every cut of the same source."""
    by_class = defaultdict(lambda: defaultdict(list))
    for clip in recordings.clips.values():
        if clip.source == "esc-50" and clip.fold == "3":
            by_class[labels_of(clip)[0]][recording_of(clip)].append(clip.id)
    chosen = set()
    for sources in by_class.values():
        kept: list[str] = []
        for _, ids in sorted(sources.items(), key=lambda item: (len(item[1]), item[0])):
            if len(kept) < DEV_PER_CLASS:
                kept += ids
        chosen.update(kept)
    return chosen


def training_sounds(recordings: Recordings) -> list[Clip]:
    """The labelled sounds that may be learnt from."""
    held_out = dev_sounds(recordings)
    return [
        clip
        for clip in recordings.clips.values()
        if clip.split == "train" and clip.source in SOURCES and clip.id not in held_out
    ]


@dataclass(frozen=True)
class SoundItem:
    """A crop: samples float32; weight of each of its labels; what teachers answered to it, by name.

    ``soft`` is what is learnt of all labels where a teacher has a say in it, else None.
    """

    samples: np.ndarray
    targets: dict[str, float]
    answers: dict[str, np.ndarray] = field(default_factory=dict)
    soft: dict[str, float] | None = None


@dataclass(frozen=True)
class Variety:
    """How far what is drawn may be from the clips.

    ``speeds`` are those between which half of the crops are played, evenly in pitch, the others at 1;
    ``mixed`` is the part that is mixtures of two, ``scenes`` the part that is scenes before.
    """

    speeds: tuple[float, float] = (1.0, 1.0)
    mixed: float = MIXED
    scenes: float = 0.0


class SoundSource:
    """Draws crops, mixtures of two, and scenes.

    A scene is one to four crops, some backwards, each through an equaliser and at a level of its own, laid at
    random places of a few seconds. What it should be called hardly anybody knows: it is made for a teacher to
    answer to ("a good teacher is patient and consistent", arXiv 2106.05237; "extrapolating from a single
    image", arXiv 2112.00725).
    """

    def __init__(
        self,
        recordings: Recordings,
        clips: DecodedClips,
        random: np.random.Generator,
        variety: Variety = Variety(),
    ) -> None:
        """Prepares the clips.

        Args:
            recordings: of which training may hear the sounds.
            clips: decoded.
            random: decides every draw.
            variety: of what is drawn.
        """
        self._clips, self._random, self._variety = clips, random, variety
        self._by_class = defaultdict(list)
        for clip in training_sounds(recordings):
            if clip.id in clips:
                self._by_class[labels_of(clip)[-1]].append(clip)
        self._classes = sorted(self._by_class)

    def draw(self) -> SoundItem:
        """A new crop; or a mixture or a scene, with labels in proportion."""
        if self._variety.scenes and self._random.random() < self._variety.scenes:
            return self._scene()
        clip, samples = self._crop()
        if self._random.random() >= self._variety.mixed:
            targets = dict.fromkeys(labels_of(clip), 1.0)
            return SoundItem(with_gain(self._random, samples, -9, 6), targets)
        other, second = self._crop()
        share = float(self._random.uniform(0.5, 1.0))
        size = max(len(samples), len(second))
        mixture = share * np.resize(_levelled(samples), size) + (1 - share) * np.resize(
            _levelled(second), size
        )
        targets = _in_proportion([(clip, share), (other, 1 - share)])
        return SoundItem(with_gain(self._random, mixture.astype(np.float32), -12, 9), targets)

    def _scene(self) -> SoundItem:
        """Crops laid over and after one another; the weight of each is its amplitude times its length."""
        size = int(self._random.uniform(*SCENE_SECONDS) * SAMPLE_RATE)
        scene, parts = np.zeros(size, np.float32), []
        for number in range(int(self._random.integers(1, SCENE_CROPS + 1))):
            clip, samples = self._crop()
            if self._random.random() < BACKWARDS:
                samples = samples[::-1]
            samples = _levelled(equalised(self._random, samples[:size], EQUALISER_DB))
            level = 10 ** (self._random.uniform(-SCENE_RANGE_DB, 0) / 20) if number else 1.0
            start = int(self._random.integers(size - len(samples) + 1))
            scene[start : start + len(samples)] += np.float32(level) * samples
            parts.append((clip, level * len(samples)))
        return SoundItem(with_gain(self._random, scene, -12, 9), _in_proportion(parts))

    def _crop(self) -> tuple[Clip, np.ndarray]:
        """A clip of a class drawn evenly, cut at the loudest of a few places: many are mostly silent."""
        choices = self._by_class[self._classes[int(self._random.integers(len(self._classes)))]]
        clip = choices[int(self._random.integers(len(choices)))]
        samples = to_float(self._clips[clip.id])
        speeds = self._variety.speeds
        if speeds != (1.0, 1.0) and self._random.random() < 0.5:
            samples = at_speed(samples, float(np.exp(self._random.uniform(*np.log(speeds)))))
        length = int(self._random.uniform(*CROP_SECONDS) * SAMPLE_RATE)
        starts = self._random.integers(0, max(0, len(samples) - length) + 1, size=PLACES)
        crops = [samples[start : start + length] for start in starts]
        return clip, max(crops, key=lambda crop: float(np.mean(crop**2)))


def _in_proportion(parts: list[tuple[Clip, float]]) -> dict[str, float]:
    """The weight of each label, from clips and how much there is of each."""
    whole = sum(weight for _, weight in parts)
    targets: dict[str, float] = defaultdict(float)
    for clip, weight in parts:
        for label in labels_of(clip):
            targets[label] += weight / whole
    return dict(targets)


def _levelled(samples: np.ndarray) -> np.ndarray:
    """Scaled to a common root mean square of -26 dB; silence stays silence."""
    return samples * np.float32(0.05 / max(1e-4, float(np.sqrt(np.mean(samples**2)))))
