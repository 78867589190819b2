"""The generic runner against a hand-written stand-in for the server's Python interface."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from mt2kd.repository import RUNNER


class FakeTensor:
    def __init__(self, name: str, values: np.ndarray) -> None:
        self.name, self.values = name, values

    def as_numpy(self) -> np.ndarray:
        return self.values


class FakeRequest:
    def __init__(self, inputs: dict[str, np.ndarray], outputs: list[str]) -> None:
        self.inputs, self.outputs = inputs, outputs

    def requested_output_names(self) -> list[str]:
        return self.outputs


class FakeError:
    INTERNAL = 1

    def __init__(self, message: str, code: int) -> None:
        self.message, self.code = message, code


class FakeResponse:
    def __init__(self, tensors: list[FakeTensor] | None = None, error: FakeError | None = None) -> None:
        self.tensors = {tensor.name: tensor.values for tensor in tensors or []}
        self.error = error


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    module, log = ModuleType("triton_python_backend_utils"), []
    module.Tensor, module.InferenceResponse, module.TritonError = FakeTensor, FakeResponse, FakeError
    module.get_input_tensor_by_name = lambda request, name: FakeTensor(name, request.inputs[name])
    module.Logger = SimpleNamespace(log_error=log.append)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    spec = importlib.util.spec_from_file_location("runner_under_test", RUNNER)
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    return SimpleNamespace(runner=runner, log=log)


@pytest.fixture
def asr_head(backend, random_models, tmp_path):
    """The runner with the speech head, whose batches are counted."""
    shutil.copytree(random_models / "asr_head", tmp_path / "asr_head")
    model = backend.runner.TritonPythonModel()
    config = {
        "name": "asr_head",
        "input": [{"name": "encoder_out"}, {"name": "encoder_lengths"}],
        "output": [{"name": "tokens"}, {"name": "token_scores"}],
        "parameters": {"intra_op_threads": {"string_value": "1"}},
    }
    model.initialize(
        {
            "model_config": json.dumps(config),
            "model_repository": str(tmp_path / "asr_head"),
            "model_version": "1",
        }
    )
    session, runs = model.session, []

    def run(names: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        runs.append((sorted(names), len(feed["encoder_out"])))
        return session.run(names, feed)

    model.session = SimpleNamespace(run=run)
    return SimpleNamespace(model=model, runs=runs, log=backend.log)


def request(rows: int, frames: int, outputs: tuple[str, ...] = ("tokens", "token_scores"), width: int = 48):
    random = np.random.default_rng(rows * 1_000 + frames)
    return FakeRequest(
        {
            "encoder_out": random.normal(size=(rows, frames, width)).astype(np.float32),
            "encoder_lengths": np.full((rows, 1), frames, np.int32),
        },
        list(outputs),
    )


def test_joins_requests_of_equal_shape_and_answers_each_in_its_place(asr_head):
    requests = [request(1, 20), request(1, 30), request(3, 20), request(2, 30)]
    together = asr_head.model.execute(requests)
    assert [rows for _, rows in asr_head.runs] == [4, 3]
    for one, response in zip(requests, together, strict=True):
        (alone,) = asr_head.model.execute([one])
        np.testing.assert_array_equal(response.tensors["tokens"], alone.tensors["tokens"])
        np.testing.assert_allclose(
            response.tensors["token_scores"], alone.tensors["token_scores"], rtol=0, atol=1e-6
        )


def test_computes_and_returns_only_what_was_asked_for(asr_head):
    first, second = asr_head.model.execute([request(1, 20, ("tokens",)), request(2, 20, ("tokens",))])
    assert asr_head.runs == [(["tokens"], 3)]
    assert set(first.tensors) == set(second.tensors) == {"tokens"}


def test_only_the_culprit_fails_and_its_message_names_no_file(asr_head):
    bad = request(1, 20)
    bad.inputs["encoder_lengths"] = np.full((1, 1), 20, np.int64)
    good = request(2, 20)
    failed, answered = asr_head.model.execute([bad, good])
    assert (
        failed.error.message == "model 'asr_head' failed on encoder_out [1, 20, 48], encoder_lengths [1, 1]"
    )
    assert failed.error.code == FakeError.INTERNAL
    assert answered.error is None
    assert answered.tensors["tokens"].shape == (2, 20)
    assert len(asr_head.log) == 1  # the original error stays in the server's log


def test_a_wrong_width_fails_in_a_batch_of_its_own(asr_head):
    failed, answered = asr_head.model.execute([request(1, 20, width=47), request(1, 20)])
    assert failed.error is not None
    assert answered.error is None
