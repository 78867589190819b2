"""Chooses and renders the speakers of the cohort for score normalisation."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from mt2kd.model import Mt2kd
from mt2kd_training.inference import analyze
from mt2kd_training.recordings import CORE_WORDS, Recordings

#: 200 voiceprints of 192 signed bytes are 51 kB of base64 in the manifest.
SPEAKERS = 200
STRINGS = 4
WORDS = 3
PAUSES_MS = (50, 250)


def cohort_strings(recordings: Recordings, seed: int = 1) -> dict[str, list[tuple[str, str]]]:
    """Training speaker → strings, each its clip ids and pauses as in the lists.

    Speakers are drawn from those with enough recordings of core words for STRINGS strings of WORDS, as the
    dev and test speakers have; no recording is in two strings. The same recordings give the same strings.
    """
    by_speaker: dict[str, list[str]] = defaultdict(list)
    for clip in recordings.clips.values():
        if clip.source == "speech-commands" and clip.split == "train" and clip.text in CORE_WORDS:
            by_speaker[clip.speaker].append(clip.id)
    enough = sorted(name for name, ids in by_speaker.items() if len(ids) >= STRINGS * WORDS)
    random = np.random.default_rng(seed)
    chosen = sorted(random.permutation(enough)[:SPEAKERS].tolist())
    strings = {}
    for name in chosen:
        ids = random.permutation(sorted(by_speaker[name]))[: STRINGS * WORDS].reshape(STRINGS, WORDS)
        pauses = random.integers(PAUSES_MS[0], PAUSES_MS[1] + 1, size=(STRINGS, WORDS - 1))
        strings[name] = [
            (" ".join(words), " ".join(map(str, gaps))) for words, gaps in zip(ids, pauses, strict=True)
        ]
    return strings


def cohort_voiceprints(model: Mt2kd, recordings: Recordings) -> np.ndarray:
    """One voice a speaker, the mean of its strings' voiceprints: float [speakers, E]."""
    strings = cohort_strings(recordings)
    audio = [recordings.render(*string) for own in strings.values() for string in own]
    outputs = analyze(model, audio, ["voiceprint"])
    prints = np.stack([output["voiceprint"] for output in outputs]).astype(np.float64)
    return prints.reshape(len(strings), STRINGS, -1).mean(axis=1)
