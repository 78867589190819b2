"""A part of the labels, for training that knows fewer of them than there are recordings."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict

from mt2kd_training.recordings import Recordings
from mt2kd_training.sounds import SOURCES, labels_of, recording_of, training_sounds


def labelled_clips(recordings: Recordings, share: float) -> set[str]:
    """The training clips whose labels are known, if those of a share of them are.

    Of every class of sounds a share of the recordings, of every other corpus a share of the speakers (of the
    recordings, where nobody speaks), each rounded up and with all their clips. Who is in is decided by a
    digest of the name, so that a smaller share is part of a larger one and no seed has a say.

    Args:
        recordings: of all splits; of the sounds only those that training may learn from count.
        share: above 0, at most 1.

    Raises:
        ValueError: the share is out of range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"label_share: {share} (expected: above 0, at most 1)")
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for clip in training_sounds(recordings):
        groups[f"{clip.source} {labels_of(clip)[-1]}"][recording_of(clip)].append(clip.id)
    for clip in recordings.clips.values():
        if clip.split == "train" and clip.source not in SOURCES:
            groups[clip.source][clip.speaker or clip.id].append(clip.id)
    known = set()
    for members in groups.values():
        for member in sorted(members, key=_digest)[: math.ceil(share * len(members))]:
            known.update(members[member])
    return known


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
