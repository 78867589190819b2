"""Times of engines, on a stand-in for TensorRT."""

from __future__ import annotations

import pytest
import torch
from fake_tensorrt import Stream, fake_tensorrt

from mt2kd.config import Config
from mt2kd.contract import MEMBERS
from mt2kd.engine_runner import EngineRunner
from mt2kd.engine_times import line, measure, run_ensemble, table
from mt2kd.engines import build_engines
from mt2kd.export import load_parts
from mt2kd.gpu import Gpu
from mt2kd.manifest import read_json
from mt2kd.plan_cache import PlanCache
from mt2kd.plans import EngineSettings
from mt2kd.profiles import bucket_axes
from mt2kd.runtimes import PyTorch


@pytest.fixture
def runners(short_repository, short_reference, tmp_path):
    tensorrt = fake_tensorrt()
    cache = PlanCache(tmp_path, Gpu("NVIDIA L4", "8.9"), tensorrt.__version__)
    built = build_engines(tensorrt, cache, short_reference, short_repository, EngineSettings())
    return {name: EngineRunner(tensorrt, each.plan.data, "cpu", Stream()) for name, each in built.items()}


def test_the_timed_pass_gives_the_network_s_answers(runners, short_reference):
    features, lengths = torch.randn(2, 180, 80) * 4 - 8, torch.full((2, 1), 180, dtype=torch.int32)
    answers = run_ensemble(runners, features, lengths)
    network = PyTorch(load_parts(short_reference))
    tensors = {"features": features.numpy(), "feature_lengths": lengths.numpy()}
    for member in MEMBERS[1:]:
        tensors |= network.run(member.name, tensors)
    assert answers.keys() == {"tokens", "token_scores", "tag_logits", "voiceprint"}
    for name, value in answers.items():
        torch.testing.assert_close(value, torch.from_numpy(tensors[name]), atol=1e-4, rtol=0)


def test_every_bucket_and_batch_size_is_timed_in_its_own_profile(runners, short_repository, short_reference):
    axes = bucket_axes(
        read_json(short_repository / "model.json"), Config.load(short_reference / "config.json")
    )
    times = measure(runners, [(seconds, axes[i]["T"][1]) for i, seconds in ((0, 1.0), (1, 2.0))])
    expected = [(seconds, size) for seconds in (1.0, 2.0) for size in range(1, 9)]
    assert [(seconds, size) for seconds, size, _ in times] == expected
    assert all(value > 0 for *_, value in times)


def test_the_line_and_the_table_say_what_was_measured():
    times = [(seconds, size, 3.0 + 0.25 * seconds * size) for seconds in (1.0, 4.0) for size in (1, 2, 8)]
    assert line(times) == pytest.approx((3.0, 0.25))
    assert table(times).splitlines() == [
        "| bucket | 1 | 2 | 8 |",
        "|---|---|---|---|",
        "| 1 s | 3.25 | 3.50 | 5.00 |",
        "| 4 s | 4.00 | 5.00 | 11.00 |",
    ]
