"""The classes of TensorRT 10's Python API that are used here, on a processor: plans are run by ONNX Runtime.

Names, arguments and what failures return are those of the bindings of 10.16 (python/src in NVIDIA/TensorRT).
What TensorRT would refuse is refused: shapes outside a profile, profiles that do not fit the network,
precision on layers that compute integers, buffers without an address.
"""

from __future__ import annotations

import ctypes
import math
import pickle
from collections.abc import Callable
from enum import Enum
from types import ModuleType, SimpleNamespace

import numpy as np
import onnx
import onnxruntime

FLOAT, INT32 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT32
NUMPY = {FLOAT: np.float32, INT32: np.int32}


class ILogger:
    Severity = Enum("Severity", "INTERNAL_ERROR ERROR WARNING INFO VERBOSE")

    def __init__(self) -> None:
        pass


BuilderFlag = Enum("BuilderFlag", "FP16 TF32 OBEY_PRECISION_CONSTRAINTS")
MemoryPoolType = Enum("MemoryPoolType", "WORKSPACE")
HardwareCompatibilityLevel = Enum("HardwareCompatibilityLevel", "NONE AMPERE_PLUS")
LayerType = Enum("LayerType", "CONSTANT SHAPE CAST OTHER")
TensorIOMode = Enum("TensorIOMode", "NONE INPUT OUTPUT")
ExecutionContextAllocationStrategy = Enum("Strategy", "STATIC ON_PROFILE_CHANGE USER_MANAGED")


class Layer:
    def __init__(self, node, types) -> None:
        self.name = node.name
        self.type = LayerType.__members__.get(node.op_type.upper(), LayerType.OTHER)
        self._outputs = [SimpleNamespace(dtype=types[name], is_shape_tensor=False) for name in node.output]
        self.num_outputs = len(self._outputs)
        self._precision = None
        self.output_types = {}

    def get_output(self, index):
        return self._outputs[index]

    @property
    def precision(self):
        return self._precision

    @precision.setter
    def precision(self, value) -> None:
        assert all(output.dtype == FLOAT for output in self._outputs), f"{self.name} computes no floats"
        self._precision = value

    def set_output_type(self, index, dtype):
        self.output_types[index] = dtype


class Network:
    def __init__(self) -> None:
        self.graph, self.layers, self.shapes = b"", [], {}

    @property
    def num_layers(self):
        return len(self.layers)

    def get_layer(self, index):
        return self.layers[index]


class OnnxParser:
    def __init__(self, network, logger) -> None:
        self._network, self._errors = network, []

    def parse(self, graph):
        model = onnx.shape_inference.infer_shapes(onnx.load_from_string(graph))
        values = [*model.graph.input, *model.graph.output, *model.graph.value_info]
        types = {value.name: value.type.tensor_type.elem_type for value in values}
        for index, node in enumerate(model.graph.node):
            if node.op_type in self.refused:
                self._errors.append(
                    SimpleNamespace(
                        node=lambda index=index: index,
                        node_name=lambda node=node: node.name,
                        node_operator=lambda node=node: node.op_type,
                        desc=lambda node=node: f"{node.op_type} is not supported",
                    )
                )
        self._network.graph = graph
        self._network.layers = [Layer(node, types) for node in model.graph.node]
        self._network.shapes = {
            value.name: tuple(dim.dim_value or -1 for dim in value.type.tensor_type.shape.dim)
            for value in model.graph.input
        }
        return not self._errors

    @property
    def num_errors(self):
        return len(self._errors)

    def get_error(self, index):
        return self._errors[index]


class OptimizationProfile:
    def __init__(self) -> None:
        self.shapes = {}

    def set_shape(self, name, low, best, high):
        if not all(0 <= a <= b <= c for a, b, c in zip(low, best, high, strict=True)):
            raise RuntimeError("Shape provided for opt is inconsistent with other shapes.")
        self.shapes[name] = (tuple(low), tuple(best), tuple(high))


class BuilderConfig:
    def __init__(self, network_shapes) -> None:
        self._shapes = network_shapes
        self.flags, self.pools, self.profiles, self.timings = {BuilderFlag.TF32}, {}, [], None
        self.builder_optimization_level = 3
        self.hardware_compatibility_level = HardwareCompatibilityLevel.NONE

    def set_flag(self, flag):
        self.flags.add(flag)

    def clear_flag(self, flag):
        self.flags.discard(flag)

    def set_memory_pool_limit(self, pool, size):
        self.pools[pool] = size

    def add_optimization_profile(self, profile):
        self.profiles.append(profile.shapes)
        return len(self.profiles) - 1

    def create_timing_cache(self, data):
        return SimpleNamespace(data=data, serialize=lambda: memoryview(data + b"timed "))

    def set_timing_cache(self, cache, ignore_mismatch):
        assert not ignore_mismatch
        self.timings = cache
        return True

    def get_timing_cache(self):
        return self.timings


class Builder:
    def __init__(self, logger) -> None:
        self._logger = logger
        self.builders.append(self)

    def create_network(self, flags=0):
        self.network = Network()
        return self.network

    def create_builder_config(self):
        return BuilderConfig(self.network.shapes)

    def create_optimization_profile(self):
        return OptimizationProfile()

    def build_serialized_network(self, network, config):
        for shapes in config.profiles:
            for name, declared in network.shapes.items():
                if name not in shapes or any(
                    len(shape) != len(declared)
                    or any(a not in (-1, b) for a, b in zip(declared, shape, strict=False))
                    for shape in shapes[name]
                ):
                    self._logger.log(ILogger.Severity.ERROR, f"{name}: no or no fitting shape in a profile")
                    return None
        self.builds.append(SimpleNamespace(network=network, config=config))
        return memoryview(pickle.dumps((self.gpu, self.transform(network.graph), config.profiles)))


class Engine:
    def __init__(self, graph, profiles) -> None:
        self._session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        model = onnx.load_from_string(graph).graph
        self._io = {value.name: TensorIOMode.INPUT for value in model.input}
        self._io |= {value.name: TensorIOMode.OUTPUT for value in model.output}
        self._types = {v.name: v.type.tensor_type.elem_type for v in [*model.input, *model.output]}
        self._profiles = profiles
        self.num_io_tensors, self.num_optimization_profiles = len(self._io), len(profiles)

    def get_tensor_name(self, index):
        return list(self._io)[index]

    def get_tensor_mode(self, name):
        return self._io[name]

    def get_tensor_dtype(self, name):
        return self._types[name]

    def get_tensor_profile_shape(self, name, profile):
        return list(self._profiles[profile][name])

    def create_execution_context(self, strategy=ExecutionContextAllocationStrategy.STATIC):
        return ExecutionContext(self, strategy)


class ExecutionContext:
    """Runs on host memory: what its addresses point to."""

    used: list

    def __init__(self, engine, strategy) -> None:
        self._engine, self.strategy = engine, strategy
        self.active_optimization_profile = 0
        self._shapes, self._addresses, self._inferred = {}, {}, {}

    def set_optimization_profile_async(self, index, stream_handle):
        if not 0 <= index < self._engine.num_optimization_profiles:
            raise RuntimeError("Error in set optimization profile async.")
        self.active_optimization_profile = index
        self._shapes = {}
        return True

    def set_input_shape(self, name, shape):
        low, _, high = self._engine.get_tensor_profile_shape(name, self.active_optimization_profile)
        if not all(a <= size <= b for a, size, b in zip(low, shape, high, strict=True)):
            return False
        self._shapes[name] = tuple(shape)
        return True

    def set_tensor_address(self, name, memory):
        self._addresses[name] = memory
        return True

    def get_tensor_shape(self, name):
        """By running ones, once for each shape: what TensorRT infers."""
        shapes = tuple(self._shapes.items())
        if shapes not in self._inferred:
            answer = self._run({n: np.ones(s, self._numpy(n)) for n, s in shapes})
            self._inferred[shapes] = {n: value.shape for n, value in answer.items()}
        return self._inferred[shapes][name]

    def execute_async_v3(self, stream_handle):
        if set(self._addresses) != set(self._engine._io):
            return False
        self.used.append((self.active_optimization_profile, dict(self._shapes), stream_handle))
        feed = {name: self._buffer(name, shape).copy() for name, shape in self._shapes.items()}
        for name, value in self._run(feed).items():
            self._buffer(name, value.shape)[...] = value
        return True

    def _numpy(self, name) -> type:
        return NUMPY[self._engine.get_tensor_dtype(name)]

    def _buffer(self, name, shape) -> np.ndarray:
        size = math.prod(shape) * 4
        memory = (ctypes.c_char * size).from_address(self._addresses[name])
        return np.frombuffer(memory, self._numpy(name)).reshape(shape)

    def _run(self, feed) -> dict[str, np.ndarray]:
        names = [name for name, mode in self._engine._io.items() if mode == TensorIOMode.OUTPUT]
        return dict(zip(names, self._engine._session.run(names, feed), strict=True))


class Runtime:
    def __init__(self, logger) -> None:
        self._logger = logger

    def deserialize_cuda_engine(self, plan):
        gpu, graph, profiles = pickle.loads(plan)
        if gpu != self.gpu:
            self._logger.log(ILogger.Severity.ERROR, "plan was built on another GPU")
            return None
        return Engine(graph, profiles)


def fake_tensorrt(
    version: str = "10.9.0.34",
    gpu: str = "one",
    refused: tuple[str, ...] = (),
    transform: Callable[[bytes], bytes] = bytes,
) -> ModuleType:
    """A package ``tensorrt``.

    ``refused`` are the ONNX operators that its parser does not know, ``transform`` changes a graph as a bad
    build would. ``builds`` and ``executions`` of the package record what it was told.
    """
    module = ModuleType("tensorrt")
    builders, builds, executions = [], [], []
    members = {
        "__version__": version,
        "builders": builders,
        "builds": builds,
        "executions": executions,
        "ILogger": ILogger,
        "BuilderFlag": BuilderFlag,
        "MemoryPoolType": MemoryPoolType,
        "HardwareCompatibilityLevel": HardwareCompatibilityLevel,
        "LayerType": LayerType,
        "TensorIOMode": TensorIOMode,
        "ExecutionContextAllocationStrategy": ExecutionContextAllocationStrategy,
        "float32": FLOAT,
        "int32": INT32,
        "OnnxParser": type("OnnxParser", (OnnxParser,), {"refused": refused}),
        "Builder": type(
            "Builder",
            (Builder,),
            {"gpu": gpu, "builders": builders, "builds": builds, "transform": staticmethod(transform)},
        ),
        "Runtime": type("Runtime", (Runtime,), {"gpu": gpu}),
    }
    ExecutionContext.used = executions
    vars(module).update(members)
    return module


class Stream:
    """A torch.cuda.Stream that counts how often it was waited for."""

    cuda_stream = 4711

    def __init__(self) -> None:
        self.waits = 0

    def synchronize(self):
        self.waits += 1
