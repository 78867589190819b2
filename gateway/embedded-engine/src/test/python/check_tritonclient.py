"""Talks to a running engine with NVIDIA's own client, unmodified; exits non-zero at the first surprise.

    python check_tritonclient.py HOST:PORT

The engine serves the test repository (`ServeTestRepository` in src/test/java prints its port). Needs
`tritonclient[grpc]` and `numpy`.
"""

from __future__ import annotations

import sys

import grpc
import numpy as np
import tritonclient.grpc as client
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

AUDIO = np.array([[1, 2, 3], [-1, 0, 5]], np.int16)
LENGTHS = np.array([[3], [3]], np.int32)


def inputs() -> list[client.InferInput]:
    audio = client.InferInput("audio", AUDIO.shape, "INT16")
    audio.set_data_from_numpy(AUDIO)
    lengths = client.InferInput("audio_lengths", LENGTHS.shape, "INT32")
    lengths.set_data_from_numpy(LENGTHS)
    return [audio, lengths]


def check_descriptions(triton: client.InferenceServerClient) -> None:
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.is_model_ready("tiny")
    assert triton.is_model_ready("versioned", "1")
    assert not triton.is_model_ready("nope")
    assert triton.get_server_metadata().name == "mt2kd-embedded-engine"
    metadata = triton.get_model_metadata("tiny", as_json=True)
    assert metadata["inputs"][0] == {"name": "audio", "datatype": "INT16", "shape": ["-1", "-1"]}, metadata
    config = triton.get_model_config("tiny").config
    assert config.parameters["manifest"].string_value == '{"schema": 1}'
    assert len(config.ensemble_scheduling.step) == 5
    index = {(m.name, m.version, m.state) for m in triton.get_model_repository_index().models}
    assert ("tiny", "1", "READY") in index, index


def check_inference(triton: client.InferenceServerClient) -> None:
    result = triton.infer("tiny", inputs(), request_id="7")
    tokens = result.as_numpy("tokens")
    assert tokens.dtype == np.int32 and tokens.tolist() == [[8, 11, 14], [2, 5, 20]], tokens
    assert result.get_response().id == "7"
    norm = np.linalg.norm(result.as_numpy("voiceprint"), axis=-1)
    assert np.allclose(norm, 1), norm

    some = triton.infer("tiny", inputs(), outputs=[client.InferRequestedOutput("tag_logits")])
    assert [o.name for o in some.get_response().outputs] == ["tag_logits"]
    assert np.array_equal(some.as_numpy("tag_logits"), result.as_numpy("tag_logits"))


def check_typed_contents(target: str) -> None:
    """The generated stub, for the field that the client's own classes never fill."""
    stub = service_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(target))
    request = service_pb2.ModelInferRequest(model_name="copies")
    tensor = request.inputs.add(name="x", datatype="FP32", shape=[2])
    tensor.contents.fp32_contents.extend([1.5, -2])
    assert np.frombuffer(stub.ModelInfer(request).raw_output_contents[0], np.float32).tolist() == [1.5, -2]


def check_statistics(triton: client.InferenceServerClient) -> None:
    before = triton.get_inference_statistics("sv_head").model_stats[0]
    triton.infer("tiny", inputs(), outputs=[client.InferRequestedOutput("tokens")])
    triton.infer("tiny", inputs(), outputs=[client.InferRequestedOutput("voiceprint")])
    after = triton.get_inference_statistics("sv_head").model_stats[0]
    assert after.inference_count - before.inference_count == 2
    assert after.execution_count - before.execution_count == 1
    assert any(batch.batch_size == 2 for batch in after.batch_stats)


def check_errors(triton: client.InferenceServerClient) -> None:
    for call, code in [
        (lambda: triton.infer("nope", inputs()), "NOT_FOUND"),
        (lambda: triton.infer("tiny", inputs()[:1]), "INVALID_ARGUMENT"),
        (lambda: triton.infer("tiny", inputs(), parameters={"triton_x": 1}), "triton_"),
        (lambda: triton.get_cuda_shared_memory_status(), "UNIMPLEMENTED"),
        (lambda: triton.load_model("tiny"), "UNIMPLEMENTED"),
        (lambda: triton.get_trace_settings(), "UNIMPLEMENTED"),
    ]:
        try:
            call()
        except InferenceServerException as e:
            assert code in str(e), e
        else:
            raise AssertionError(f"no error, expected {code}")


def main(target: str) -> None:
    with client.InferenceServerClient(target) as triton:
        check_descriptions(triton)
        check_inference(triton)
        check_statistics(triton)
        check_errors(triton)
    check_typed_contents(target)
    print("tritonclient agrees")


if __name__ == "__main__":
    main(sys.argv[1])
