"""The unlabelled audio that every teacher answers for: rendered once, stored in the cache as ``pool``.

``python -m mt2kd_training.pool --data DIR --cache DIR --hours 8 --seed 1``
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mt2kd_training.augment import to_float, with_noise
from mt2kd_training.recordings import SAMPLE_RATE, Clip, DecodedClips, Recordings, data_folder, join_words
from mt2kd_training.sounds import dev_sounds
from mt2kd_training.speech import WORD_COUNTS

#: Kinds of items and the share of the hours that each makes.
SHARES = {
    "string": 0.50,  # one to eight words of one speaker
    "sentence": 0.12,  # LibriSpeech, wake words, orders
    "sound": 0.15,
    "mixture": 0.15,  # two sounds
    "noisy": 0.08,  # a string or a sentence with a sound under it
}
SENTENCES = ("librispeech", "picovoice-speech-to-intent", "picovoice-wake-word")
SOUNDS = ("esc-50", "fsdkaggle2018-instruments", "speech-commands-background")
SHORTEST, LONGEST = SAMPLE_RATE, 8 * SAMPLE_RATE
LONGEST_SOUND = 5 * SAMPLE_RATE
QUIETEST = 1e-8  # mean power, -80 dB: below it a crop counts as silent
PEAK = 0.98  # a gain never goes further
NAME = "pool"
Maker = Callable[[np.random.Generator], tuple[str, np.ndarray]]


@dataclass(frozen=True)
class Recipe:
    """What decides the pool's audio beside the recordings; ``version`` rises when the rendering changes."""

    hours: float
    seed: int
    version: int = 1


class Pool(DecodedClips):
    """The stored pool: item id → int16 [samples], 1 to 8 s each, in an order that mixes the kinds."""

    def __init__(self, cache: Path, name: str = NAME) -> None:
        super().__init__(cache, name)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of ids, lengths and audio, computed from what is stored."""
        digest = hashlib.sha256(json.dumps(self._index).encode())
        digest.update(self._samples)
        return digest.hexdigest()


def main() -> None:
    """Renders the pool, or finds it rendered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    recordings = Recordings(data_folder(arguments.data))
    pool = stored_pool(recordings, arguments.cache, Recipe(arguments.hours, arguments.seed))
    seconds = sum(len(pool[item]) for item in pool.ids()) / SAMPLE_RATE
    print(f"{len(pool.ids())} items, {seconds / 3600:.2f} h, {pool.digest[:16]}")


def stored_pool(recordings: Recordings, cache: Path, recipe: Recipe) -> Pool:
    """The cache's pool, rendered on the first call; ValueError where it is that of another recipe."""
    note = cache / f"{NAME}.recipe.json"
    if note.exists():
        if (stored := json.loads(note.read_text(encoding="utf8"))) != asdict(recipe):
            raise ValueError(f"recipe: {asdict(recipe)} (expected: {stored}, which {cache} holds)")
        return Pool(cache)
    clips = DecodedClips.of(recordings, cache)
    DecodedClips.write(cache, NAME, Renderer(recordings, clips, recipe.seed).render(recipe.hours))
    note.write_text(json.dumps(asdict(recipe)), encoding="utf8")
    return Pool(cache)


def kind_of(item_id: str) -> str:
    """Which of SHARES made an item."""
    return item_id.split("-", 1)[0]


class Renderer:
    """Renders items of each kind until its share of the hours is reached.

    Only clips of the split ``train`` are used, without the sounds that measure training (`dev_sounds`), and
    nothing is drawn by text or tag: the first word of a string evenly over recordings, the others evenly over
    those of its speaker (at most twice as many words as there are); sentences evenly over corpora, then over
    recordings; sounds evenly over recordings. A crop is of full length (8 s, sounds 5 s) half the time, else
    of any length from 1 s. A mixture has its second sound 0 to 15 dB below the first; noise lies 0 to 20 dB
    below speech. Every item gets a gain of -10 to 6 dB, less where it would clip, and silence around it up to
    1 s; silent crops are left out.

    An id is ``KIND-NUMBER:CLIP@START+CLIP@START``, START in samples. Each item has a random generator of its
    own, seeded with (seed, kind, number), so that an item does not depend on those before it.
    """

    def __init__(self, recordings: Recordings, clips: DecodedClips, seed: int) -> None:
        self._clips, self._seed = clips, seed
        held_out = dev_sounds(recordings)
        used = [c for c in recordings.clips.values() if c.split == "train" and c.id not in held_out]
        self._words = [clip for clip in used if clip.source == "speech-commands"]
        self._sounds = [clip for clip in used if clip.source in SOUNDS]
        corpora = [[clip for clip in used if clip.source == source] for source in SENTENCES]
        self._corpora = [corpus for corpus in corpora if corpus]
        self._of_speaker = defaultdict(list)
        for clip in self._words:
            self._of_speaker[clip.speaker].append(clip)

    def render(self, hours: float) -> dict[str, np.ndarray]:
        """Item id → int16 [samples]."""
        items: dict[str, np.ndarray] = {}
        for kind, share in SHARES.items():
            wanted, number = share * hours * 3600 * SAMPLE_RATE, 0
            with tqdm(total=round(wanted / SAMPLE_RATE), desc=kind, unit="s", disable=None) as bar:
                while wanted > 0:
                    provenance, samples = self.item(kind, number)
                    if np.mean(samples**2) > QUIETEST:
                        item_id = f"{kind}-{number:05d}:{provenance}"
                        items[item_id] = np.rint(samples * 32_768).astype(np.int16)
                        wanted -= len(samples)
                        bar.update(len(samples) // SAMPLE_RATE)
                    number += 1
        order = np.random.default_rng(self._seed).permutation(len(items))
        ids = list(items)
        return {ids[place]: items[ids[place]] for place in order}

    def item(self, kind: str, number: int) -> tuple[str, np.ndarray]:
        """One item's provenance and samples, float32 in [-1, 1]."""
        random = np.random.default_rng([self._seed, list(SHARES).index(kind), number])
        makers: dict[str, Maker] = {
            "string": self._string,
            "sentence": self._sentence,
            "sound": self._sound,
            "mixture": lambda random: self._mixed(random, self._sound, 15.0),
            "noisy": lambda random: self._mixed(random, self._spoken, 20.0),
        }
        provenance, samples = makers[kind](random)
        gain = 10 ** (random.uniform(-10, 6) / 20)
        samples = samples * np.float32(min(gain, PEAK / max(1e-6, float(np.abs(samples).max()))))
        missing = max(0, SHORTEST - len(samples))
        before = int(random.integers(0, missing + 1))
        return provenance, np.pad(samples, (before, missing - before))

    def _string(self, random: np.random.Generator) -> tuple[str, np.ndarray]:
        anchor = self._words[int(random.integers(len(self._words)))]
        others = self._of_speaker[anchor.speaker]
        count = min(2 * len(others), 1 + int(random.choice(len(WORD_COUNTS), p=WORD_COUNTS)))
        chosen = [anchor, *(others[i] for i in random.integers(len(others), size=count - 1))]
        random.shuffle(chosen)
        pieces = []
        for clip in chosen:
            loose = random.random() < 0.15  # now and then with the recording's own silence
            pieces.append(self._clips[clip.id][slice(None) if loose else slice(*clip.trim)])
        pauses = [int(pause) for pause in random.integers(50, 251, size=count - 1)]
        samples = to_float(join_words(pieces, pauses)[:LONGEST])
        return "+".join(clip.id for clip in chosen), samples

    def _sentence(self, random: np.random.Generator) -> tuple[str, np.ndarray]:
        corpus = self._corpora[int(random.integers(len(self._corpora)))]
        return self._crop(random, corpus, LONGEST)

    def _sound(self, random: np.random.Generator) -> tuple[str, np.ndarray]:
        return self._crop(random, self._sounds, LONGEST_SOUND)

    def _spoken(self, random: np.random.Generator) -> tuple[str, np.ndarray]:
        share = SHARES["string"] / (SHARES["string"] + SHARES["sentence"])
        return self._string(random) if random.random() < share else self._sentence(random)

    def _mixed(self, random: np.random.Generator, first: Maker, most_db: float) -> tuple[str, np.ndarray]:
        provenance, samples = first(random)
        other, sound = self._sound(random)
        return f"{provenance}+{other}", with_noise(random, samples, sound, random.uniform(0, most_db))

    def _crop(self, random: np.random.Generator, clips: list[Clip], longest: int) -> tuple[str, np.ndarray]:
        clip = clips[int(random.integers(len(clips)))]
        samples = self._clips[clip.id]
        length = longest if random.random() < 0.5 else int(random.integers(SHORTEST, longest + 1))
        start = int(random.integers(0, max(1, len(samples) - length + 1)))
        return f"{clip.id}@{start}", to_float(samples[start : start + length])


if __name__ == "__main__":
    main()
