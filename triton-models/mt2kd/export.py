"""Exports the five models as ONNX graphs and renews the committed repository: ``python -m mt2kd.export``.

Each part is traced by the TorchScript exporter (opset 17) with batch and time dynamic and is run beside
PyTorch before anything is written: a difference above 1e-4, or one other token, refuses the export. No graph
holds If, Loop or Scan (TensorRT takes them with limits), but for a transducer's head, which is one Scan.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from mt2kd.contract import DYNAMIC_AXES, MEMBERS, ContractError, ModelSpec
from mt2kd.folders import NotOurs
from mt2kd.frontend import Frontend
from mt2kd.manifest import read_json
from mt2kd.model import load_reference
from mt2kd.repository import MODULE, build_repository
from mt2kd.scan import control_flow, scan
from mt2kd.transducer import TransducerHead

OPSET = 17
TOLERANCE = 1e-4

#: Names of dynamic axes by place, of each tensor by name.
Axes = dict[str, dict[int, str]]


def load_parts(reference: Path) -> dict[str, nn.Module]:
    """The five modules of a reference folder, by the names of the served models, in evaluation mode."""
    return {"frontend": Frontend().eval(), **load_reference(reference).parts()}


def export(reference: Path, output: Path) -> float:
    """Writes MEMBER/1/model.onnx under ``output``; returns the largest difference from PyTorch.

    Raises:
        ContractError: a graph branches, disagrees with the contract or differs from PyTorch.
    """
    parts = load_parts(reference)
    version = read_json(reference / "serving.json")["version"]
    example = calls(parts, *example_audio([16_000, 11_234]))
    sessions = {}
    for member in MEMBERS:
        inputs, outputs = example[member.name]
        exported = export_part(member, parts[member.name], inputs, outputs, version)
        path = output / member.name / "1" / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(exported)
        sessions[member.name] = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    return max(compare(parts, sessions, lengths) for lengths in check_lengths())


def export_part(
    member: ModelSpec, module: nn.Module, inputs: list[Tensor], outputs: list[Tensor], version: str
) -> bytes:
    """One graph with the contract's names and axes; sizes that the module fixes are numbers in it."""
    takes, gives = (
        {spec.name: {i: axis for i, axis in enumerate(spec.axes) if axis in DYNAMIC_AXES} for spec in specs}
        for specs in (member.inputs, member.outputs)
    )
    is_search = isinstance(module, TransducerHead)
    model = (_search if is_search else _traced)(module, inputs, takes, gives)
    found, allowed = sorted(control_flow(model.graph)), ["Scan"] if is_search else []
    if found != allowed:
        raise ContractError(f"{member.name}: {found} (expected: {allowed} of If, Loop and Scan)")
    for value, tensor in zip(model.graph.output, outputs, strict=True):
        for i, dim in enumerate(value.type.tensor_type.shape.dim):
            if i not in gives[value.name]:
                dim.dim_value = tensor.shape[i]
    onnx.helper.set_model_props(model, {"model": f"mt2kd {member.name}", "version": version})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def _traced(module: nn.Module, inputs: list[Tensor], takes: Axes, gives: Axes) -> onnx.ModelProto:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of Python branches on channel counts; ``compare`` runs other shapes
        torch.onnx.export(
            module,
            tuple(inputs),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(takes),
            output_names=list(gives),
            dynamic_axes=takes | gives,
        )
    return onnx.load_from_string(buffer.getvalue())


def _search(head: TransducerHead, inputs: list[Tensor], takes: Axes, gives: Axes) -> onnx.ModelProto:
    """A head's two parts, joined by a Scan over the frames."""
    start, step = head.start(), head.step()
    with torch.no_grad():
        context, frames, valid = start(*inputs)
    every, each = {0: "N", 1: "T'"}, {0: "N"}
    return scan(
        _traced(start, inputs, takes, {"context": each, "frames": every, "valid": every}),
        _traced(
            step,
            [context, frames[:, 0], valid[:, 0]],
            dict.fromkeys(["context", "frame", "inside"], each),
            dict.fromkeys(["next_context", *gives], each),
        ),
        list(gives),
    )


def example_audio(lengths: list[int], seed: int = 0) -> tuple[Tensor, Tensor]:
    """Noise that swells and fades, [N, S] INT16 with S the longest, and its lengths [N, 1] INT32."""
    random = np.random.default_rng(seed)
    samples = max(lengths)
    loudness = 3_000 * np.abs(np.sin(np.arange(samples) / 3_000 + random.uniform(0, 3, (len(lengths), 1))))
    audio = (random.normal(0, 1, (len(lengths), samples)) * loudness).clip(-32_768, 32_767)
    return torch.from_numpy(audio.astype(np.int16)), torch.tensor(lengths, dtype=torch.int32).unsqueeze(1)


@torch.no_grad()
def calls(
    parts: dict[str, nn.Module], audio: Tensor, audio_lengths: Tensor
) -> dict[str, tuple[list[Tensor], list[Tensor]]]:
    """What goes into and comes out of each part on the way of a batch through PyTorch."""
    tensors = {"audio": audio, "audio_lengths": audio_lengths}
    result = {}
    for member in MEMBERS:
        inputs = [tensors[spec.name] for spec in member.inputs]
        outputs = parts[member.name](*inputs)
        outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        tensors |= {spec.name: value for spec, value in zip(member.outputs, outputs, strict=True)}
        result[member.name] = inputs, outputs
    return result


def check_lengths() -> Iterator[list[int]]:
    """Batches unlike the traced one: single, full and padded; a tenth of a second up to thirty."""
    yield from ([1_600], [480_000], [17_123, 1_600, 33_333], [1_600 + 4_177 * i for i in range(8)])


def compare(
    parts: dict[str, nn.Module], sessions: dict[str, onnxruntime.InferenceSession], lengths: list[int]
) -> float:
    """Largest difference of ONNX Runtime from PyTorch over all tensors, each part given PyTorch's input."""
    largest = 0.0
    traced = calls(parts, *example_audio(lengths, seed=len(lengths)))
    for member in MEMBERS:
        inputs, outputs = traced[member.name]
        feed = {spec.name: value.numpy() for spec, value in zip(member.inputs, inputs, strict=True)}
        results = sessions[member.name].run([spec.name for spec in member.outputs], feed)
        for spec, expected, actual in zip(member.outputs, outputs, results, strict=True):
            if actual.shape != tuple(expected.shape):
                raise ContractError(f"{spec.name}: {actual.shape} (expected: {tuple(expected.shape)})")
            difference = float(np.abs(actual.astype(np.float64) - expected.numpy()).max())
            if difference > (TOLERANCE if spec.type == "FP32" else 0):
                raise ContractError(
                    f"{member.name}: {spec.name}: {difference:.2g} from PyTorch at {lengths} samples "
                    f"(expected: at most {TOLERANCE}, and equal integers)"
                )
            largest = max(largest, difference)
    return largest


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        prog="mt2kd.export", description="Exports the models and their repository."
    )
    parser.add_argument(
        "--reference", type=Path, default=MODULE / "reference", help="weights and their files"
    )
    parser.add_argument("--output", type=Path, default=MODULE / "repository", help="onnxruntime flavour")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            largest = export(options.reference, Path(folder))
            manifest = build_repository(options.reference, Path(folder), "onnxruntime", options.output)
        except (ContractError, NotOurs) as error:
            print(f"mt2kd.export: {error}", file=sys.stderr)
            return 1
    print(f"{options.output}: {manifest['fingerprint']}, differs from PyTorch by at most {largest:.2g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
