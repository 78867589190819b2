"""Writes the model repository of the engine's tests: ../resources/repository.

The ensemble `tiny` has the shape of the product's ensemble: five members, distinct tensor names, an
encoder whose outputs feed three heads. Its arithmetic is small enough to be written down in the tests:

    features[n, t]      = (audio[n, t], 2 * audio[n, t])
    encoder_out         = features + 1
    speaker_frames      = 3 * features
    tokens[n, t]        = int(sum of encoder_out[n, t]) + length[n]
    token_scores[n, t]  = -(sum of encoder_out[n, t])
    tag_logits[n]       = mean over t of encoder_out[n] @ [[1, 0, 1], [0, 1, 1]] + length[n]
    voiceprint[n]       = v / |v| with v = mean over t of speaker_frames[n] + length[n]

Run with any Python that has `onnx` and `numpy`; the result is committed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

OPSET = 17
REPOSITORY = Path(__file__).parent.parent / "resources" / "repository"

# ONNX element type, name in config.pbtxt, name in the protocol.
TYPES = {
    "BOOL": T.BOOL,
    "UINT8": T.UINT8,
    "INT8": T.INT8,
    "INT16": T.INT16,
    "INT32": T.INT32,
    "INT64": T.INT64,
    "FP16": T.FLOAT16,
    "FP32": T.FLOAT,
    "FP64": T.DOUBLE,
}

Tensor = tuple[str, str, list[int | str]]  # name, type, dims with the batch axis


def constant(name: str, value: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(value, name)


def save(
    model: str,
    inputs: list[Tensor],
    outputs: list[Tensor],
    nodes: list[onnx.NodeProto],
    constants: list[onnx.TensorProto] | None = None,
    version: int = 1,
) -> None:
    def value(tensor: Tensor) -> onnx.ValueInfoProto:
        return h.make_tensor_value_info(tensor[0], TYPES[tensor[1]], tensor[2])

    graph = h.make_graph(
        nodes, model, [value(i) for i in inputs], [value(o) for o in outputs], constants or []
    )
    proto = h.make_model(
        graph, opset_imports=[h.make_opsetid("", OPSET)], ir_version=8, producer_name="mt2kd-test"
    )
    onnx.checker.check_model(proto, full_check=True)
    folder = REPOSITORY / model / str(version)
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(proto.SerializeToString())


def declare(
    model: str,
    inputs: list[Tensor],
    outputs: list[Tensor],
    batch: int,
    head: str = 'backend: "onnxruntime"',
    tail: str = "",
) -> None:
    """Writes config.pbtxt; the dims of a model that batches lose their first axis."""

    def block(kind: str, tensor: Tensor) -> str:
        name, data_type, dims = tensor
        numbers = [d if isinstance(d, int) else -1 for d in (dims[1:] if batch else dims)]
        return f'{kind} [ {{ name: "{name}" data_type: TYPE_{data_type} dims: {numbers} }} ]\n'

    text = f'name: "{model}"\n{head}\nmax_batch_size: {batch}\n'
    text += "".join(block("input", t) for t in inputs) + "".join(block("output", t) for t in outputs)
    (REPOSITORY / model).mkdir(parents=True, exist_ok=True)
    (REPOSITORY / model / "config.pbtxt").write_text(text + tail)


def ensemble(
    model: str, inputs: list[Tensor], outputs: list[Tensor], batch: int, steps: str, tail: str = ""
) -> None:
    declare(
        model, inputs, outputs, batch, 'platform: "ensemble"', f"ensemble_scheduling {{\n{steps}}}\n{tail}"
    )
    folder = REPOSITORY / model / "1"
    folder.mkdir()
    (folder / ".gitkeep").touch()  # Triton wants a version folder, git does not keep an empty one


def step(model: str, inputs: dict[str, str], outputs: dict[str, str]) -> str:
    maps = "".join(f'    input_map {{ key: "{k}" value: "{v}" }}\n' for k, v in inputs.items())
    maps += "".join(f'    output_map {{ key: "{k}" value: "{v}" }}\n' for k, v in outputs.items())
    return f'  step {{\n    model_name: "{model}"\n    model_version: -1\n{maps}  }}\n'


def same(names: list[str]) -> dict[str, str]:
    return {name: name for name in names}


def tiny() -> None:
    audio, audio_lengths = ("audio", "INT16", ["N", "S"]), ("audio_lengths", "INT32", ["N", 1])
    features, feature_lengths = ("features", "FP32", ["N", "T", 2]), ("feature_lengths", "INT32", ["N", 1])
    encoder_out, encoder_lengths = (
        ("encoder_out", "FP32", ["N", "T", 2]),
        ("encoder_lengths", "INT32", ["N", 1]),
    )
    frames, speaker_lengths = (
        ("speaker_frames", "FP32", ["N", "T", 2]),
        ("speaker_lengths", "INT32", ["N", 1]),
    )
    tokens, scores = ("tokens", "INT32", ["N", "T"]), ("token_scores", "FP32", ["N", "T"])
    tags, voiceprint = ("tag_logits", "FP32", ["N", 3]), ("voiceprint", "FP32", ["N", 2])
    last, one = constant("last", np.array([-1])), constant("one", np.array(1, np.float32))

    members: list[tuple[str, list[Tensor], list[Tensor], list[onnx.NodeProto], list[onnx.TensorProto]]] = [
        (
            "frontend",
            [audio, audio_lengths],
            [features, feature_lengths],
            [
                h.make_node("Cast", ["audio"], ["x"], to=T.FLOAT),
                h.make_node("Unsqueeze", ["x", "last"], ["column"]),
                h.make_node("Mul", ["column", "scale"], ["features"]),
                h.make_node("Identity", ["audio_lengths"], ["feature_lengths"]),
            ],
            [last, constant("scale", np.array([1, 2], np.float32))],
        ),
        (
            "encoder",
            [features, feature_lengths],
            [encoder_out, encoder_lengths, frames, speaker_lengths],
            [
                h.make_node("Add", ["features", "one"], ["encoder_out"]),
                h.make_node("Identity", ["feature_lengths"], ["encoder_lengths"]),
                h.make_node("Mul", ["features", "three"], ["speaker_frames"]),
                h.make_node("Identity", ["feature_lengths"], ["speaker_lengths"]),
            ],
            [one, constant("three", np.array(3, np.float32))],
        ),
        (
            "asr_head",
            [encoder_out, encoder_lengths],
            [tokens, scores],
            [
                h.make_node("ReduceSum", ["encoder_out", "last"], ["sum"], keepdims=0),
                h.make_node("Cast", ["sum"], ["whole"], to=T.INT32),
                h.make_node("Add", ["whole", "encoder_lengths"], ["tokens"]),
                h.make_node("Neg", ["sum"], ["token_scores"]),
            ],
            [last],
        ),
        (
            "at_head",
            [encoder_out, encoder_lengths],
            [tags],
            [
                h.make_node("ReduceMean", ["encoder_out"], ["mean"], axes=[1], keepdims=0),
                h.make_node("MatMul", ["mean", "weights"], ["raw"]),
                h.make_node("Cast", ["encoder_lengths"], ["length"], to=T.FLOAT),
                h.make_node("Add", ["raw", "length"], ["tag_logits"]),
            ],
            [constant("weights", np.array([[1, 0, 1], [0, 1, 1]], np.float32))],
        ),
        (
            "sv_head",
            [frames, speaker_lengths],
            [voiceprint],
            [
                h.make_node("ReduceMean", ["speaker_frames"], ["mean"], axes=[1], keepdims=0),
                h.make_node("Cast", ["speaker_lengths"], ["length"], to=T.FLOAT),
                h.make_node("Add", ["mean", "length"], ["v"]),
                h.make_node("LpNormalization", ["v"], ["voiceprint"], axis=-1, p=2),
            ],
            [],
        ),
    ]
    for name, inputs, outputs, nodes, constants in members:
        save(name, inputs, outputs, nodes, constants)
        # Both spellings of the backend occur in the wild.
        head = 'platform: "onnxruntime_onnx"' if name == "encoder" else 'backend: "onnxruntime"'
        declare(name, inputs, outputs, 8, head)
    steps = "".join(
        step(name, same([i[0] for i in inputs]), same([o[0] for o in outputs]))
        for name, inputs, outputs, _, _ in reversed(members)  # the file's order must not matter
    )
    manifest = 'parameters { key: "manifest" value { string_value: "{\\"schema\\": 1}" } }\n'
    ensemble("tiny", [audio, audio_lengths], [tokens, scores, tags, voiceprint], 8, steps, manifest)


def odd_ones() -> None:
    """Models for one behaviour each."""
    x, y = ("x", "FP32", ["L"]), ("y", "FP32", ["L"])

    # Every datatype, unchanged; no batch axis; inputs and outputs left to the graph.
    inputs: list[Tensor] = [(f"in_{t.lower()}", t, ["L"]) for t in TYPES]
    outputs: list[Tensor] = [(f"out_{t.lower()}", t, ["L"]) for t in TYPES]
    save(
        "datatypes",
        inputs,
        outputs,
        [h.make_node("Identity", [i[0]], [o[0]]) for i, o in zip(inputs, outputs, strict=True)],
    )
    declare("datatypes", [], [], 0)

    # Fails while it runs, unless seven values come.
    save(
        "fails",
        [x],
        [("y", "FP32", [7])],
        [h.make_node("Reshape", ["x", "seven"], ["y"])],
        [constant("seven", np.array([7]))],
    )
    declare("fails", [x], [y], 0)
    ensemble("fails_inside", [x], [y], 0, step("fails", {"x": "x"}, {"y": "y"}))

    # One step runs well beside one that fails.
    second = ("z", "FP32", ["L"])
    ensemble(
        "fails_beside",
        [x],
        [y, second],
        0,
        step("fails", {"x": "x"}, {"y": "y"}) + step("copies", {"x": "x"}, {"y": "z"}),
    )
    save("copies", [x], [y], [h.make_node("Identity", ["x"], ["y"])])
    declare("copies", [x], [y], 0)

    # A member that declares four values, in an ensemble that passes any number on.
    four = ("x", "FP32", [4])
    save("four", [four], [("y", "FP32", [4])], [h.make_node("Identity", ["x"], ["y"])])
    declare("four", [four], [("y", "FP32", [4])], 0)
    chain = step("copies", {"x": "x"}, {"y": "t"}) + step("four", {"x": "t"}, {"y": "y"})
    ensemble("narrow_inside", [x], [y], 0, chain)

    # Adds its version; two of three versions are served.
    for version in (1, 2, 3):
        addend = constant("addend", np.array(version, np.float32))
        save("versioned", [x], [y], [h.make_node("Add", ["x", "addend"], ["y"])], [addend], version)
    policy = "version_policy { specific { versions: [ 1, 3 ] } }\n"
    declare("versioned", [x], [y], 0, tail=policy)


if __name__ == "__main__":
    shutil.rmtree(REPOSITORY, ignore_errors=True)
    tiny()
    odd_ones()
