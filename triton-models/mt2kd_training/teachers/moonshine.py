"""ASR teacher: the encoder of Moonshine tiny (arXiv 2410.15608; MIT; English)."""

from __future__ import annotations

import numpy as np
import onnxruntime

from mt2kd_training.recordings import SAMPLE_RATE
from mt2kd_training.teachers.teacher import Kind, digest_of, package_file

VERSION = 1
STRIDE, FIELD = 64 * 3 * 2, 895  # samples, of three convolutions: 127/64, 7/3, 3/2


class Moonshine:
    """States after the last layer and its layer norm: [T, 288] at 41.67 Hz, T = (A - 3) // 2 + 1 with
    A = ((S - 127) // 64 - 6) // 3 + 1.

    The graph takes samples as they are. Its convolutions normalise over the whole utterance, so that padding
    would change every frame: one utterance at a time.
    """

    name = "moonshine"
    kind: Kind = "frames"
    rate_hertz: float | None = SAMPLE_RATE / STRIDE
    first_centre_seconds: float | None = (FIELD - 1) / 2 / SAMPLE_RATE

    def __init__(self) -> None:
        weights = package_file("moonshine_voice", "assets/tiny-en/encoder_model.ort")
        self.digest = digest_of(VERSION, weights)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])

    def targets(self, samples: np.ndarray) -> np.ndarray:
        """States: float32 [S], S at least 895 → [T, 288]."""
        feeds = {"input_values": samples[None], "attention_mask": np.ones((1, len(samples)), np.int64)}
        return self._session.run(["last_hidden_state"], feeds)[0][0]
