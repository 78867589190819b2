"""Audio tagging teacher that speaks our labels: softmax regression on YAMNet's inner embedding."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from mt2kd_training.augment import to_float
from mt2kd_training.recordings import Recordings
from mt2kd_training.sounds import label_list, labels_of, training_sounds
from mt2kd_training.teachers.teacher import Kind
from mt2kd_training.teachers.yamnet import YamnetFrames

VERSION = 1
#: scikit-learn's C, the inverse of the penalty: its answers to the clips it learnt from stay soft, 0.82 for
#: the right class on average, and a larger one makes no fewer errors on the dev sounds.
INVERSE_PENALTY = 0.12
#: Of the gradient, where fitting ends; ten times less takes five times as long and answers the same.
TOLERANCE = 1e-3
STEPS = 500


class YamnetTags:
    """The probability of each label of `sounds.label_list`: [K].

    The classes, one of which a clip is, are the last label of each; a label that comes with others (music
    with its instruments) has the sum of theirs, and a label that no clip has (speech) has zero. Fitted once,
    when it is made, on the training clips that are no dev sounds.
    """

    name = "yamnet-tags"
    kind: Kind = "clip"
    rate_hertz: float | None = None
    first_centre_seconds: float | None = None

    def __init__(self, data: Path, weights: Path) -> None:
        """Fits; about 20 s. Args: data, the folder of recordings; weights, YAMNet's file."""
        self._frames = YamnetFrames(weights)
        recordings = Recordings(data)
        self.labels = label_list(recordings)
        clips = training_sounds(recordings)
        classes = sorted({labels_of(clip)[-1] for clip in clips})
        chosen = [classes.index(labels_of(clip)[-1]) for clip in clips]
        # Row c says which labels a clip of class c has.
        self._labels_of_class = np.zeros((len(classes), len(self.labels)), np.float32)
        for clip, row in zip(clips, chosen, strict=True):
            self._labels_of_class[row, [self.labels.index(label) for label in labels_of(clip)]] = 1.0
        embeddings = np.stack([self._embedding(to_float(recordings.read(clip.id))) for clip in clips])
        self._mean, self._deviation = embeddings.mean(axis=0), embeddings.std(axis=0) + 0.1
        self._regression = LogisticRegression(C=INVERSE_PENALTY, tol=TOLERANCE, max_iter=STEPS)
        self._regression.fit((embeddings - self._mean) / self._deviation, chosen)
        fitted_on = json.dumps([self.labels, [clip.id for clip in clips]])
        self.digest = hashlib.sha256(f"{VERSION} {self._frames.digest} {fitted_on}".encode()).hexdigest()

    def targets(self, samples: np.ndarray) -> np.ndarray:
        """Probabilities: float32 [S] → [K]."""
        standard = (self._embedding(samples) - self._mean) / self._deviation
        by_class = self._regression.predict_proba(standard[None])[0]
        return by_class.astype(np.float32) @ self._labels_of_class

    def _embedding(self, samples: np.ndarray) -> np.ndarray:
        return self._frames.targets(samples).mean(axis=0)
