"""PyTorch, ONNX Runtime and TensorRT behind one interface, to be held against each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import onnxruntime
import torch
from torch import nn

from mt2kd.contract import MEMBERS, ContractError
from mt2kd.engine_runner import EngineRunner

_SPECS = {member.name: member for member in MEMBERS}

Arrays = Mapping[str, np.ndarray]


class Runtime(Protocol):
    """Something that runs the members of the ensemble."""

    name: str

    def run(self, member: str, inputs: Arrays) -> dict[str, np.ndarray]:
        """Outputs of a member by name, shapes and types as in the contract."""


class PyTorch:
    """The modules that were exported: what every other runtime is held against."""

    name = "PyTorch"

    def __init__(self, parts: Mapping[str, nn.Module]) -> None:
        self._parts = parts

    @torch.inference_mode()
    def run(self, member: str, inputs: Arrays) -> dict[str, np.ndarray]:  # noqa: D102
        spec = _SPECS[member]
        outputs = self._parts[member](*(torch.from_numpy(inputs[value.name]) for value in spec.inputs))
        outputs = [outputs] if isinstance(outputs, torch.Tensor) else outputs
        return {value.name: output.numpy() for value, output in zip(spec.outputs, outputs, strict=True)}


class OnnxRuntime:
    """MEMBER/1/model.onnx of a folder, on the processor."""

    name = "ONNX Runtime"

    def __init__(self, models: Path, members: tuple[str, ...] = tuple(_SPECS)) -> None:
        self._sessions = {
            member: onnxruntime.InferenceSession(
                str(models / member / "1" / "model.onnx"), providers=["CPUExecutionProvider"]
            )
            for member in members
        }

    def run(self, member: str, inputs: Arrays) -> dict[str, np.ndarray]:  # noqa: D102
        spec = _SPECS[member]
        names = [value.name for value in spec.outputs]
        feed = {value.name: inputs[value.name] for value in spec.inputs}
        return dict(zip(names, self._sessions[member].run(names, feed), strict=True))


class TensorRt:
    """Plans on the GPU, and ONNX Runtime on the processor for the members that have none."""

    name = "TensorRT"

    def __init__(
        self,
        tensorrt: ModuleType,
        models: Path,
        plans: Mapping[str, bytes],
        device: str = "cuda",
        stream: Any | None = None,
    ) -> None:
        self._runners = {name: EngineRunner(tensorrt, plan, device, stream) for name, plan in plans.items()}
        self._others = OnnxRuntime(models, tuple(name for name in _SPECS if name not in plans))

    def run(self, member: str, inputs: Arrays) -> dict[str, np.ndarray]:  # noqa: D102
        if member not in self._runners:
            return self._others.run(member, inputs)
        runner = self._runners[member]
        outputs = runner.run({name: torch.from_numpy(inputs[name]) for name in runner.inputs})
        return {name: value.cpu().numpy() for name, value in outputs.items()}


def infer(runtime: Runtime, audio: np.ndarray, audio_lengths: np.ndarray) -> dict[str, np.ndarray]:
    """Every tensor of the ensemble by name.

    Args:
        runtime: what runs each member on the outputs of those before it.
        audio: INT16 [N, S].
        audio_lengths: INT32 [N, 1].

    Raises:
        ContractError: an output has another type or rank than in the contract.
    """
    tensors = {"audio": audio, "audio_lengths": audio_lengths}
    types = {"INT32": np.int32, "FP32": np.float32}
    for member in MEMBERS:
        outputs = runtime.run(member.name, tensors)
        for spec in member.outputs:
            value = outputs[spec.name]
            if value.dtype != types[spec.type] or value.ndim != len(spec.axes):
                raise ContractError(
                    f"{runtime.name}: {spec.name}: {value.dtype} {value.shape} "
                    f"(expected: {spec.type} {list(spec.axes)})"
                )
            tensors[spec.name] = value
    return tensors
