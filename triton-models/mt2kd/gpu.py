"""What engines need of the machine: TensorRT 10 and an NVIDIA GPU."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

MAJOR, MINOR = 10, 2


class EngineError(Exception):
    """An engine cannot be built or run here; the message says why."""


@dataclass(frozen=True)
class Gpu:
    """The GPU that engines are built on, and the only kind that they run on."""

    name: str
    compute_capability: str


def load_tensorrt() -> ModuleType:
    """TensorRT's Python package.

    Raises:
        EngineError: it is missing or of another release. Before 10.2 it cannot slice along dynamic axes; 11
            has networks of one fixed precision only, without the FP16 and constraint flags used here.
    """
    expected = f"{MAJOR}.{MINOR} or a later {MAJOR}.x, that of the Triton which serves the engines"
    try:
        tensorrt = importlib.import_module("tensorrt")
    except ImportError as error:
        raise EngineError(f"engines: no TensorRT, {error} (expected: {expected})") from error
    major, minor = (int(part) for part in tensorrt.__version__.split(".")[:2])
    if major != MAJOR or minor < MINOR:
        raise EngineError(f"engines: TensorRT {tensorrt.__version__} (expected: {expected})")
    return tensorrt


def find_gpu() -> Gpu:
    """The current CUDA device.

    Raises:
        EngineError: there is none.
    """
    if not torch.cuda.is_available():
        raise EngineError("engines: no NVIDIA GPU (expected: the one that will serve; CUDA finds none here)")
    major, minor = torch.cuda.get_device_capability()
    return Gpu(torch.cuda.get_device_name(), f"{major}.{minor}")


def collecting_logger(tensorrt: ModuleType) -> Any:
    """A logger whose ``errors`` are the messages that explain why a call of TensorRT gave nothing."""

    class Logger(tensorrt.ILogger):
        def __init__(self) -> None:
            tensorrt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            if severity in (tensorrt.ILogger.Severity.ERROR, tensorrt.ILogger.Severity.INTERNAL_ERROR):
                self.errors.append(message)

    return Logger()
