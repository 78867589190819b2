"""The runner of plans, on a stand-in for TensorRT that reads and writes the buffers it is given."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from fake_tensorrt import Stream, fake_tensorrt

from mt2kd.config import Config
from mt2kd.contract import MEMBERS, ContractError
from mt2kd.engine_runner import EngineRunner
from mt2kd.gpu import EngineError
from mt2kd.plans import EngineSettings, PlanBuilder
from mt2kd.profiles import bucket_axes, member_profiles

MANIFEST = {"sample_rate_hertz": 16_000, "minimum_samples": 1_600, "bucket_seconds": [1, 2, 4]}
AT_HEAD = MEMBERS[3]


@pytest.fixture
def graph(random_models) -> bytes:
    return (random_models / "at_head" / "1" / "model.onnx").read_bytes()


def runner(tensorrt, graph, stream=None) -> EngineRunner:
    profiles = member_profiles(AT_HEAD, bucket_axes(MANIFEST, Config()), {"D": 48})
    plan = PlanBuilder(tensorrt).build("at_head", graph, profiles, EngineSettings())
    return EngineRunner(tensorrt, plan.data, "cpu", stream or Stream())


def inputs(batch: int, frames: int) -> dict[str, torch.Tensor]:
    generator = torch.manual_seed(frames)
    return {
        "encoder_out": torch.randn(batch, frames, 48, generator=generator),
        "encoder_lengths": torch.full((batch, 1), frames, dtype=torch.int32),
    }


def test_each_batch_runs_in_its_bucket_s_profile_and_gives_the_graph_s_answer(graph):
    tensorrt, stream = fake_tensorrt(), Stream()
    engine = runner(tensorrt, graph, stream)
    session = onnxruntime.InferenceSession(graph)
    for batch, frames in ((1, 23), (8, 48), (3, 98), (2, 1)):
        given = inputs(batch, frames)
        answer = engine.run(given)["tag_logits"]
        (expected,) = session.run(None, {name: value.numpy() for name, value in given.items()})
        np.testing.assert_array_equal(answer.numpy(), expected)
    assert [profile for profile, _, _ in tensorrt.executions] == [0, 1, 2, 0]
    assert {handle for _, _, handle in tensorrt.executions} == {Stream.cuda_stream}
    assert stream.waits == 4


def test_a_slice_of_a_batch_is_read_as_it_is(graph):
    given = inputs(4, 20)
    turned = given["encoder_out"].transpose(1, 2).contiguous().transpose(1, 2)
    engine = runner(fake_tensorrt(), graph)
    plain = engine.run(given)["tag_logits"]
    assert not turned.is_contiguous()
    torch.testing.assert_close(engine.run({**given, "encoder_out": turned})["tag_logits"], plain)


def test_refuses_shapes_of_no_profile_missing_inputs_and_other_types(graph):
    engine = runner(fake_tensorrt(), graph)
    with pytest.raises(ContractError, match=r"shapes: .*\(9, 23, 48\)"):
        engine.run(inputs(9, 23))
    with pytest.raises(ContractError, match=r"shapes: .*\(1, 99, 48\)"):
        engine.run(inputs(1, 99))
    given = inputs(1, 23)
    with pytest.raises(EngineError, match=r"encoder_lengths: torch\.int64 \(expected: torch\.int32\)"):
        engine.run({**given, "encoder_lengths": given["encoder_lengths"].long()})
    with pytest.raises(EngineError, match=r"encoder_lengths: None \(expected: torch\.int32\)"):
        engine.run({"encoder_out": given["encoder_out"]})


def test_a_plan_of_another_gpu_is_refused_with_tensorrt_s_reason(graph):
    profiles = member_profiles(AT_HEAD, bucket_axes(MANIFEST, Config()), {"D": 48})
    plan = PlanBuilder(fake_tensorrt(gpu="one")).build("at_head", graph, profiles, EngineSettings())
    with pytest.raises(EngineError, match="plan: not for this GPU and TensorRT: plan was built on another"):
        EngineRunner(fake_tensorrt(gpu="two"), plan.data, "cpu", Stream())


def test_a_run_that_fails_is_an_error(graph, monkeypatch):
    engine = runner(fake_tensorrt(), graph)
    engine.profiles = [engine.profiles[1]] * 4 + [engine.profiles[0]]  # of which the plan has three
    with pytest.raises(EngineError, match="profile 4: TensorRT gave no reason"):
        engine.run(inputs(1, 23))
    engine.profiles = engine.profiles[-1:]
    monkeypatch.setattr(engine._context, "execute_async_v3", lambda handle: False)
    with pytest.raises(EngineError, match="execution: TensorRT gave no reason"):
        engine.run(inputs(1, 23))
