"""The probability from which each label counts as heard, on dev recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mt2kd.model import Mt2kd
from mt2kd_training.inference import analyze
from mt2kd_training.recordings import Recordings
from mt2kd_training.sounds import PEOPLE, dev_sounds, labels_of

GRID = np.arange(1, 100) / 100
#: A label with so many clips of its own weighs as much as all labels together.
PRIOR_CLIPS = 16
SPEECH = "speech"


def tag_thresholds(model: Mt2kd, recordings: Recordings, labels: Sequence[str]) -> dict[str, float]:
    """Label → threshold in (0, 1), fitted on the sounds kept from training and on the dev strings."""
    kept = dev_sounds(recordings)
    clips = [clip for clip in recordings.clips.values() if clip.id in kept]
    strings = recordings.table("strings_dev.tsv")
    audio = [recordings.read(clip.id) for clip in clips]
    audio += [recordings.render(row["clip_ids"], row["pauses_ms"]) for row in strings]
    heard = [labels_of(clip) for clip in clips] + [(SPEECH,)] * len(strings)
    outputs = analyze(model, audio, ["tag_logits"])
    return fit_thresholds(np.stack([output["tag_logits"] for output in outputs]), heard, labels)


def fit_thresholds(
    logits: np.ndarray, heard: Sequence[Sequence[str]], labels: Sequence[str]
) -> dict[str, float]:
    """Maximises each label's F1, regularised towards one threshold of all labels.

    1. At every threshold of GRID, count each label's true and false positives; sounds of people say nothing
       of ``speech``, which may be heard in them.
    2. The prior is the mean of these counts over the labels with clips, but ``speech``, of which there is
       more than of all others.
    3. A label's counts are added to the prior's, the latter scaled to PRIOR_CLIPS clips of the label; its
       threshold is where F1 of the sum is largest, the middle one where several are. A label without clips
       has the prior's threshold.

    Args:
        logits: [clips, K].
        heard: the labels of each clip; at least one clip has another than ``speech``.
        labels: K names.
    """
    probability = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
    truth = np.array([[label in names for label in labels] for names in heard])
    known = np.ones_like(truth)
    known[:, [label == SPEECH for label in labels]] = [[not PEOPLE & set(names)] for names in heard]
    above = probability[:, :, None] >= GRID
    hits = (above & (truth & known)[:, :, None]).sum(axis=0).astype(float)  # [K, thresholds]
    alarms = (above & (~truth & known)[:, :, None]).sum(axis=0).astype(float)
    clips = (truth & known).sum(axis=0).astype(float)
    few = [k for k, label in enumerate(labels) if label != SPEECH and clips[k] > 0]
    prior = hits[few].mean(axis=0), alarms[few].mean(axis=0), clips[few].mean()
    result = {}
    for k, label in enumerate(labels):
        share = PRIOR_CLIPS / prior[2]
        own = (hits[k], alarms[k], clips[k]) if clips[k] > 0 else (0.0, 0.0, 0.0)
        f1 = _f1(*(mine + share * common for mine, common in zip(own, prior, strict=True)))
        best = np.flatnonzero(f1 >= f1.max() - 1e-12)
        result[label] = float(GRID[best[len(best) // 2]])
    return result


def _f1(hits: np.ndarray, alarms: np.ndarray, clips: float) -> np.ndarray:
    return 2 * hits / (hits + alarms + clips)
