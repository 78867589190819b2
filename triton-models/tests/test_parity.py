"""PyTorch, ONNX Runtime and a real Triton on real clips: the same answer alone, padded and in any batch."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import onnxruntime
import pytest
import tritonclient.grpc as triton
from conftest import record_figure, require_triton
from triton_server import TritonServer

from mt2kd.clips import padded
from mt2kd.contract import ENSEMBLE_OUTPUTS, MEMBERS
from mt2kd.export import TOLERANCE, load_parts
from mt2kd.golden import batches, bucket_edges, expected
from mt2kd.manifest import read_json
from mt2kd.repository import build_repository

CLIPS = 24
#: The same runtime with other neighbours in the batch: sums in another order, and nothing else.
SAME_RUNTIME = 2e-5
HEADS = {
    "asr": ("tokens", "token_scores"),
    "tags": ("tag_logits",),
    "speaker": ("voiceprint",),
}
HEAD_MODELS = {"asr": "asr_head", "tags": "at_head", "speaker": "sv_head"}
ALWAYS = {"mt2kd", "frontend", "encoder"}
SUBSETS = [names for size in (1, 2, 3) for names in itertools.combinations(HEADS, size)]


class Runtime(Protocol):
    """Something that answers batches."""

    name: str

    def infer(
        self, audio: np.ndarray, lengths: np.ndarray, outputs: tuple[str, ...]
    ) -> dict[str, np.ndarray]: ...


class OnnxRuntime:
    """The models of a repository one after the other."""

    name = "ONNX Runtime"

    def __init__(self, repository: Path) -> None:
        self.sessions = {
            member.name: onnxruntime.InferenceSession(repository / member.name / "1" / "model.onnx")
            for member in MEMBERS
        }

    def infer(self, audio, lengths, outputs):
        tensors = {"audio": audio, "audio_lengths": lengths}
        for member in MEMBERS:
            feed = {spec.name: tensors[spec.name] for spec in member.inputs}
            names = [spec.name for spec in member.outputs]
            tensors |= dict(zip(names, self.sessions[member.name].run(names, feed), strict=True))
        return {name: tensors[name] for name in outputs}


class Triton:
    """The ensemble of a running server."""

    name = "Triton"

    def __init__(self, server: TritonServer) -> None:
        self.server = server
        self.client = server.client()

    def infer(self, audio, lengths, outputs):
        inputs = [
            triton.InferInput("audio", list(audio.shape), "INT16").set_data_from_numpy(audio),
            triton.InferInput("audio_lengths", list(lengths.shape), "INT32").set_data_from_numpy(lengths),
        ]
        wanted = [triton.InferRequestedOutput(name) for name in outputs]
        result = self.client.infer("mt2kd", inputs, outputs=wanted)
        heads = {HEAD_MODELS[head] for head, names in HEADS.items() if set(names) & set(outputs)}
        with self.server.counting:
            self.server.expected_rows.update(dict.fromkeys(ALWAYS | heads, len(audio)))
        assert {output.name for output in result.get_response().outputs} == set(outputs)
        return {name: result.as_numpy(name) for name in outputs}


@pytest.fixture(scope="module")
def clips(real_clips) -> list[np.ndarray]:
    return list(real_clips(CLIPS).values())


@pytest.fixture(scope="module")
def answers(clips, reference) -> list[dict[str, np.ndarray]]:
    parts = load_parts(reference)
    return [expected(parts, clip) for clip in clips]


@pytest.fixture(scope="module")
def server(reference, repository, tmp_path_factory) -> Iterator[TritonServer]:
    require_triton()
    folder = tmp_path_factory.mktemp("triton")
    build_repository(reference, repository, "python", folder / "repository")
    with TritonServer(folder / "repository", folder / "server.log") as server:
        server.expected_rows, server.counting = Counter(), Lock()
        yield server


@pytest.fixture(scope="module", params=["onnxruntime", pytest.param("triton", marks=pytest.mark.triton)])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    if request.param == "triton":
        return Triton(request.getfixturevalue("server"))
    return OnnxRuntime(request.getfixturevalue("repository"))


def difference(actual: dict[str, np.ndarray], row: int, answer: dict[str, np.ndarray]) -> float:
    """Largest difference of a row from a clip's answer; its tokens must be equal and its padding silent."""
    frames = len(answer["tokens"])
    np.testing.assert_array_equal(actual["tokens"][row, :frames], answer["tokens"])
    assert not actual["tokens"][row, frames:].any()
    assert not actual["token_scores"][row, frames:].any()
    pairs = [(actual["token_scores"][row, :frames], answer["token_scores"])]
    pairs += [(actual[name][row], answer[name]) for name in ("tag_logits", "voiceprint")]
    return max(float(np.abs(one - other).max()) for one, other in pairs)


def test_alone_as_pytorch(runtime, clips, answers, request):
    largest = 0.0
    for clip, answer in zip(clips, answers, strict=True):
        actual = runtime.infer(*padded([clip], len(clip)), ENSEMBLE_OUTPUTS)
        assert actual["tokens"].shape == (1, len(answer["tokens"]))
        largest = max(largest, difference(actual, 0, answer))
    record_figure(request.config, f"{runtime.name}, {len(clips)} clips alone", largest)
    assert largest <= TOLERANCE


def test_in_padded_batches_as_pytorch_alone(runtime, clips, answers, repository, request):
    edges = bucket_edges(read_json(repository / "model.json"))
    largest = 0.0
    for group, samples in batches([len(clip) for clip in clips], edges):
        actual = runtime.infer(*padded([clips[i] for i in group], samples), ENSEMBLE_OUTPUTS)
        largest = max([largest, *(difference(actual, row, answers[i]) for row, i in enumerate(group))])
    record_figure(request.config, f"{runtime.name}, {len(clips)} clips in padded batches", largest)
    assert largest <= TOLERANCE


@pytest.mark.triton
def test_every_subset_of_heads_gives_the_full_answer_while_others_run(server, clips):
    runtime = Triton(server)
    chosen = clips[:: len(clips) // 6]
    full = [runtime.infer(*padded([clip], len(clip)), ENSEMBLE_OUTPUTS) for clip in chosen]

    def check(job: tuple[int, tuple[str, ...]]) -> None:
        index, heads = job
        outputs = tuple(name for head in heads for name in HEADS[head])
        clip = chosen[index]
        actual = runtime.infer(*padded([clip], len(clip)), outputs)
        for name in outputs:
            tolerance = 0 if name == "tokens" else SAME_RUNTIME
            np.testing.assert_allclose(actual[name], full[index][name], rtol=0, atol=tolerance)

    jobs = list(itertools.product(range(len(chosen)), SUBSETS)) * 3
    assert len(SUBSETS) == 7
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(check, jobs))) == len(jobs)


@pytest.mark.triton
def test_only_the_requested_heads_run(server, clips):
    """Over all calls of this file so far and of every subset; each a different number of times."""
    runtime = Triton(server)
    for times, heads in enumerate(SUBSETS, 1):
        for _ in range(times):
            runtime.infer(
                *padded(clips[:1], len(clips[0])), tuple(name for head in heads for name in HEADS[head])
            )
    deadline = time.monotonic() + 30
    while True:  # the server counts a run a moment after it has answered
        statistics = runtime.client.get_inference_statistics().model_stats
        rows = {model.name: model.inference_count for model in statistics}
        if rows == server.expected_rows or time.monotonic() > deadline:
            break
    assert rows == server.expected_rows


@pytest.mark.triton
def test_the_server_serves_the_manifest(server, repository):
    client = server.client()
    assert client.is_server_live()
    assert client.is_server_ready()
    assert all(client.is_model_ready(member.name) for member in MEMBERS)
    config = client.get_model_config("mt2kd", as_json=False).config
    manifest = read_json(repository / "model.json")
    assert json.loads(config.parameters["manifest"].string_value) == manifest
    metadata = client.get_model_metadata("mt2kd")
    assert {value.name: list(value.shape) for value in metadata.outputs}["voiceprint"] == [
        -1,
        manifest["embedding_size"],
    ]


@pytest.mark.triton
def test_a_failure_names_no_path_and_the_next_call_is_served(server, clips, answers):
    runtime = Triton(server)
    audio, lengths = padded(clips[:1], len(clips[0]))
    with pytest.raises(triton.InferenceServerException, match="model 'frontend' failed on audio") as failure:
        runtime.infer(audio, lengths * 1_000, ENSEMBLE_OUTPUTS)
    assert "INTERNAL" in failure.value.status()
    assert "/" not in failure.value.message()
    assert difference(runtime.infer(audio, lengths, ENSEMBLE_OUTPUTS), 0, answers[0]) <= TOLERANCE
