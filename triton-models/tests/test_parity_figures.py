"""A served runtime in the place of the network when figures are measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mt2kd.contract import MAXIMUM_BATCH_SIZE
from mt2kd.export import load_parts
from mt2kd.model import load_reference
from mt2kd.runtimes import PyTorch
from mt2kd_training.inference import analyze
from mt2kd_training.parity_gate import ServedModel

NAMES = ("tokens", "token_scores", "tag_logits", "voiceprint")


class Watched(PyTorch):
    """Remembers the shapes that the encoder was given."""

    def __init__(self, parts) -> None:
        super().__init__(parts)
        self.shapes = []

    def run(self, member, inputs) -> dict[str, np.ndarray]:
        if member == "encoder":
            self.shapes.append(inputs["features"].shape)
        return super().run(member, inputs)


def test_answers_as_the_network_in_batches_that_the_members_take(random_reference):
    random = np.random.default_rng(3)
    audio = [random.integers(-9_000, 9_000, 8_000 + 640 * i).astype(np.int16) for i in range(11)]
    runtime = Watched(load_parts(random_reference))
    served = analyze(ServedModel(runtime, [100, 150, 200]), audio, NAMES)
    alone = analyze(load_reference(random_reference), audio, NAMES)
    for one, other in zip(served, alone, strict=True):
        frames = len(other["tokens"])
        assert not one["tokens"][frames:].any()
        np.testing.assert_array_equal(one["tokens"][:frames], other["tokens"])
        for name in ("tag_logits", "voiceprint"):
            np.testing.assert_allclose(one[name], other[name], rtol=0, atol=2e-5)
    assert runtime.shapes == [(MAXIMUM_BATCH_SIZE, 100, 80), (11 - MAXIMUM_BATCH_SIZE, 100, 80)]


def test_features_of_no_bucket_are_an_error(random_reference):
    model = ServedModel(PyTorch(load_parts(random_reference)), [100])
    with pytest.raises(ValueError, match=r"features: 101 frames \(expected: at most 100"):
        model(torch.zeros(1, 101, 80), torch.tensor([[101]], dtype=torch.int32))
