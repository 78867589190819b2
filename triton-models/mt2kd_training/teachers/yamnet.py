"""Audio tagging teacher: YAMNet (TensorFlow models; Apache-2.0; 521 classes of AudioSet)."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from mt2kd_training.recordings import SAMPLE_RATE
from mt2kd_training.teachers.teacher import Kind, digest_of, windows

VERSION = 1
WINDOW, HOP = 15_600, 7_680  # 0.975 s, 0.48 s
SCORES, EMBEDDING = "Identity", "yamnet_frames/global_average_pooling2d/Mean"


class _Windows:
    """One tensor of the graph for every window, which is all that the graph takes at a time."""

    def __init__(self, weights: Path, tensor: str) -> None:
        with warnings.catch_warnings():  # keeping inner tensors costs memory, of which this has little
            warnings.simplefilter("ignore", UserWarning)
            self._graph = Interpreter(str(weights), num_threads=1, experimental_preserve_all_tensors=True)
        self._graph.allocate_tensors()
        self._input = self._graph.get_input_details()[0]["index"]
        self._output = next(t["index"] for t in self._graph.get_tensor_details() if t["name"] == tensor)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """float32 [S] → [windows, D]."""
        rows = []
        for window in windows(samples, WINDOW, HOP):
            self._graph.set_tensor(self._input, window[None])
            self._graph.invoke()
            rows.append(self._graph.get_tensor(self._output)[0])
        return np.stack(rows)


class Yamnet:
    """The mean, over windows of 0.975 s every 0.48 s, of the probabilities of 521 tags: [521]."""

    name = "yamnet"
    kind: Kind = "clip"
    rate_hertz: float | None = None
    first_centre_seconds: float | None = None

    def __init__(self, weights: Path) -> None:
        self.digest = digest_of(VERSION, weights)
        self._scores = _Windows(weights, SCORES)

    def targets(self, samples: np.ndarray) -> np.ndarray:
        """Probabilities: float32 [S] → [521]."""
        return self._scores(samples).mean(axis=0)


class YamnetFrames:
    """The inner embedding of every window of 0.975 s, every 0.48 s: [windows, 1024]."""

    name = "yamnet-frames"
    kind: Kind = "frames"
    rate_hertz: float | None = SAMPLE_RATE / HOP
    first_centre_seconds: float | None = WINDOW / 2 / SAMPLE_RATE

    def __init__(self, weights: Path) -> None:
        self.digest = digest_of(VERSION, weights)
        self._embeddings = _Windows(weights, EMBEDDING)

    def targets(self, samples: np.ndarray) -> np.ndarray:
        """Embeddings, not negative: float32 [S] → [windows, 1024]."""
        return self._embeddings(samples)
