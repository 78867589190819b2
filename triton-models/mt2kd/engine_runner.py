"""Runs a TensorRT plan on torch tensors."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from mt2kd.gpu import EngineError, collecting_logger
from mt2kd.plans import reasons
from mt2kd.profiles import ShapeRange, profile_of


class EngineRunner:
    """One plan with one execution context; not for several threads.

    A call makes the profile that holds its shapes current, tells the context the input shapes and the
    addresses of all buffers, enqueues the engine on a CUDA stream and waits for it. The context's memory is
    that of the current profile, not of the largest.
    """

    def __init__(
        self, tensorrt: ModuleType, plan: bytes, device: str = "cuda", stream: Any | None = None
    ) -> None:
        """Args: the plan; where buffers are; a torch.cuda.Stream (default: one of its own).

        Raises:
            EngineError: the plan is of another GPU or TensorRT, or broken.
        """
        self._logger = collecting_logger(tensorrt)
        self._runtime = tensorrt.Runtime(self._logger)
        self._engine = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            raise EngineError(f"plan: not for this GPU and TensorRT: {reasons(self._logger)}")
        strategy = tensorrt.ExecutionContextAllocationStrategy.ON_PROFILE_CHANGE
        self._context = self._engine.create_execution_context(strategy)
        if self._context is None:
            raise EngineError(f"plan: no memory for its context: {reasons(self._logger)}")
        self._device = torch.device(device)
        self._stream = stream or torch.cuda.Stream(self._device)
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        types = {tensorrt.float32: torch.float32, tensorrt.int32: torch.int32}
        self._types = {name: types[self._engine.get_tensor_dtype(name)] for name in names}
        modes = {name: self._engine.get_tensor_mode(name) for name in names}
        self.inputs = [name for name in names if modes[name] == tensorrt.TensorIOMode.INPUT]
        self.outputs = [name for name in names if modes[name] == tensorrt.TensorIOMode.OUTPUT]
        self.profiles = [
            {name: self._range(name, index) for name in self.inputs}
            for index in range(self._engine.num_optimization_profiles)
        ]

    def _range(self, name: str, profile: int) -> ShapeRange:
        return ShapeRange(*(tuple(shape) for shape in self._engine.get_tensor_profile_shape(name, profile)))

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Outputs by name, on the device, for inputs by name from any device.

        Raises:
            ContractError: no profile holds the shapes.
            EngineError: an input is missing, has another type, or TensorRT failed.
        """
        for name in self.inputs:
            found = inputs[name].dtype if name in inputs else None
            if found != self._types[name]:
                raise EngineError(f"{name}: {found} (expected: {self._types[name]})")
        index = profile_of(self.profiles, {name: tuple(inputs[name].shape) for name in self.inputs})
        handle = self._stream.cuda_stream
        if index != self._context.active_optimization_profile:
            try:
                self._context.set_optimization_profile_async(index, handle)
            except RuntimeError as error:  # where the other calls return False
                raise EngineError(f"profile {index}: {reasons(self._logger)}") from error
        buffers = {name: inputs[name].to(self._device).contiguous() for name in self.inputs}
        for name in self.inputs:
            shape = tuple(buffers[name].shape)
            self._expect(self._context.set_input_shape(name, shape), f"{name}: {shape}")
        for name in self.outputs:
            shape = tuple(self._context.get_tensor_shape(name))
            buffers[name] = torch.empty(shape, dtype=self._types[name], device=self._device)
        for name, buffer in buffers.items():
            self._expect(self._context.set_tensor_address(name, buffer.data_ptr()), f"{name}: its address")
        if self._device.type == "cuda":
            # The copies above run on torch's current stream, the engine on another.
            torch.cuda.current_stream(self._device).synchronize()
        self._expect(self._context.execute_async_v3(handle), "execution")
        self._stream.synchronize()
        return {name: buffers[name] for name in self.outputs}

    def _expect(self, done: bool, what: str) -> None:
        if not done:
            raise EngineError(f"{what}: {reasons(self._logger)}")
