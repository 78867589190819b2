"""NVIDIA's own client, unmodified, against a server with the model under test: ``check_engine.py HOST:PORT``.

Ends with status 0 and prints ``tritonclient agrees`` when every answer is what Triton's would be.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import tritonclient.grpc as client
from tritonclient.utils import InferenceServerException

ENSEMBLE = "mt2kd"
OUTPUTS = {"tokens", "token_scores", "tag_logits", "voiceprint"}
LENGTHS = np.array([[16_000], [9_000]], np.int32)


def inputs() -> list[client.InferInput]:
    """Two utterances of noise, INT16 [2, 16000], the second padded with zeros."""
    audio = np.random.default_rng(0).normal(0, 2_000, (2, LENGTHS.max())).astype(np.int16)
    audio[1, LENGTHS[1, 0] :] = 0
    tensors = []
    for name, values in (("audio", audio), ("audio_lengths", LENGTHS)):
        kind = {"int16": "INT16", "int32": "INT32"}[values.dtype.name]
        tensor = client.InferInput(name, values.shape, kind)
        tensor.set_data_from_numpy(values)
        tensors.append(tensor)
    return tensors


def check_descriptions(server: client.InferenceServerClient) -> None:
    """Live, ready, metadata, configuration, index."""
    assert server.is_server_live()
    assert server.is_server_ready()
    assert server.is_model_ready(ENSEMBLE)
    assert not server.is_model_ready("nope")
    assert server.get_server_metadata().version
    metadata = server.get_model_metadata(ENSEMBLE)
    assert [tensor.name for tensor in metadata.inputs] == ["audio", "audio_lengths"], metadata
    assert {tensor.name for tensor in metadata.outputs} == OUTPUTS, metadata
    config = server.get_model_config(ENSEMBLE).config
    manifest = json.loads(config.parameters["manifest"].string_value)
    assert manifest["max_batch_size"] == config.max_batch_size == 8
    index = {(model.name, model.state) for model in server.get_model_repository_index().models}
    assert (ENSEMBLE, "READY") in index, index


def check_inference(server: client.InferenceServerClient) -> None:
    """Everything; then one head, with the same numbers."""
    everything = server.infer(ENSEMBLE, inputs(), request_id="7")
    assert everything.get_response().id == "7"
    tokens = everything.as_numpy("tokens")
    assert tokens.dtype == np.int32 and tokens.shape[0] == 2, tokens
    assert not tokens[1, -1], "padding is no token"
    norms = np.linalg.norm(everything.as_numpy("voiceprint"), axis=1)
    assert np.allclose(norms, 1, atol=1e-4), norms
    wanted = [client.InferRequestedOutput("tag_logits")]
    some = server.infer(ENSEMBLE, inputs(), outputs=wanted)
    assert [output.name for output in some.get_response().outputs] == ["tag_logits"]
    assert np.allclose(some.as_numpy("tag_logits"), everything.as_numpy("tag_logits"), atol=1e-5)


def check_statistics(server: client.InferenceServerClient) -> None:
    """One more request of two utterances, at least: what other tests have left behind may end in between."""
    before = server.get_inference_statistics(ENSEMBLE).model_stats[0]
    server.infer(ENSEMBLE, inputs())
    deadline = time.monotonic() + 10
    while True:  # Triton counts a call after it has answered it.
        after = server.get_inference_statistics(ENSEMBLE).model_stats[0]
        utterances = after.inference_count - before.inference_count
        calls = after.inference_stats.success.count - before.inference_stats.success.count
        if utterances >= 2 and calls >= 1:
            return
        assert time.monotonic() < deadline, (before, after)


def check_errors(server: client.InferenceServerClient) -> None:
    """The client reads the statuses as Triton's."""
    for call, code in (
        (lambda: server.infer("nope", inputs()), "StatusCode.NOT_FOUND"),
        (lambda: server.infer(ENSEMBLE, inputs()[:1]), "StatusCode.INVALID_ARGUMENT"),
    ):
        try:
            call()
        except InferenceServerException as error:
            assert error.status() == code, error
        else:
            raise AssertionError(f"no error (expected: {code})")


def main() -> None:
    """Runs the checks against the server that the command line names."""
    with client.InferenceServerClient(sys.argv[1]) as server:
        check_descriptions(server)
        check_inference(server)
        check_statistics(server)
        check_errors(server)
    print("tritonclient agrees")


if __name__ == "__main__":
    main()
