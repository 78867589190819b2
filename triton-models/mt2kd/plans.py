"""One ONNX graph to one TensorRT plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any

from mt2kd.gpu import EngineError, collecting_logger
from mt2kd.profiles import Profile

PRECISIONS = ("fp16", "fp32")
#: Layers that stay in single precision, as MEMBER:LAYER. Sums over a row lose too much in half precision;
#: TensorRT's softplus, log(1 + exp(x)), is infinite in it from 11.1 on, which the reference model reaches;
#: and the floors of the speaker head's variances and lengths (1e-6, 1e-12) are zero in it.
FP32_LAYERS = ("*:*Softmax*", "*:*Softplus*", "*:*norm*/*", "asr_head:*ReduceMax*", "sv_head:*")


@dataclass(frozen=True)
class EngineSettings:
    """What an engine depends on besides its graph, its profiles, the GPU and TensorRT."""

    precision: str = "fp16"
    fp32_layers: tuple[str, ...] = FP32_LAYERS  # patterns of a shell
    workspace_mib: int = 4096  # of one layer; unlimited, a wide profile asks for tens of gigabytes
    optimization_level: int = 3  # 0..5, TensorRT's own scale of building time

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision: {self.precision!r} (expected: one of {', '.join(PRECISIONS)})")
        if self.workspace_mib < 1:
            raise ValueError(f"workspace_mib: {self.workspace_mib} (expected: 1 or more)")
        if not 0 <= self.optimization_level <= 5:
            raise ValueError(f"optimization_level: {self.optimization_level} (expected: 0 to 5)")


class ParserRefusal(EngineError):
    """TensorRT cannot take the graph; the message lists every reason that its parser gives."""


@dataclass(frozen=True)
class Plan:
    """A serialized engine."""

    data: bytes
    fp32_layers: tuple[str, ...]  # the layers that were held in single precision
    timing_cache: bytes


class PlanBuilder:
    """Builds one engine after the other on the current GPU; not for several threads.

    TensorRT's builder is made at the first build and kept: it loads every kernel that the GPU has, which
    takes half a minute.
    """

    def __init__(self, tensorrt: ModuleType) -> None:
        self._tensorrt = tensorrt
        self._logger = collecting_logger(tensorrt)
        self._builder: Any | None = None

    def build(
        self,
        member: str,
        graph: bytes,
        profiles: Sequence[Profile],
        settings: EngineSettings,
        timing_cache: bytes = b"",
    ) -> Plan:
        """Builds an engine with one optimisation profile after the other; takes minutes.

        In "fp16" TensorRT chooses half or single precision for each layer by speed, but must obey where
        ``settings.fp32_layers`` hold a layer in single precision. Either way TF32, whose 10-bit mantissa is
        no better than half precision, is off; and the engine runs on this GPU model only.

        Raises:
            ParserRefusal: an operator of the graph has no counterpart.
            EngineError: the build failed.
        """
        self._logger.errors.clear()
        tensorrt, builder = self._tensorrt, self._started(member)
        network = builder.create_network(0)
        parse(tensorrt, member, graph, network, self._logger)
        config = builder.create_builder_config()
        config.set_memory_pool_limit(tensorrt.MemoryPoolType.WORKSPACE, settings.workspace_mib << 20)
        config.builder_optimization_level = settings.optimization_level
        config.hardware_compatibility_level = tensorrt.HardwareCompatibilityLevel.NONE
        config.clear_flag(tensorrt.BuilderFlag.TF32)
        held: tuple[str, ...] = ()
        if settings.precision == "fp16":
            config.set_flag(tensorrt.BuilderFlag.FP16)
            config.set_flag(tensorrt.BuilderFlag.OBEY_PRECISION_CONSTRAINTS)
            held = hold_in_fp32(tensorrt, network, member, settings.fp32_layers)
        timings = config.create_timing_cache(timing_cache)
        config.set_timing_cache(timings, ignore_mismatch=False)
        for index, shapes in enumerate(profiles):
            self._add_profile(config, member, index, shapes)
        data = builder.build_serialized_network(network, config)
        if data is None:
            raise EngineError(f"{member}: no engine: {reasons(self._logger)}")
        return Plan(bytes(data), held, bytes(config.get_timing_cache().serialize()))

    def _started(self, member: str) -> Any:
        if self._builder is None:
            try:
                self._builder = self._tensorrt.Builder(self._logger)
            except TypeError as error:  # how the bindings say that CUDA could not start
                raise EngineError(f"{member}: no builder: {reasons(self._logger)}") from error
        return self._builder

    def _add_profile(self, config: Any, member: str, index: int, shapes: Profile) -> None:
        profile = self._started(member).create_optimization_profile()
        for name, shape in shapes.items():
            try:
                profile.set_shape(name, shape.minimum, shape.optimum, shape.maximum)
            except RuntimeError as error:
                raise EngineError(f"{member}: profile {index}: {name}: {shape}: {error}") from error
        if config.add_optimization_profile(profile) != index:
            raise EngineError(f"{member}: profile {index}: {dict(shapes)}: {reasons(self._logger)}")


def parse(tensorrt: ModuleType, member: str, graph: bytes, network: Any, logger: Any) -> None:
    """Reads a graph into a network, or raises ParserRefusal with every error."""
    parser = tensorrt.OnnxParser(network, logger)
    if parser.parse(graph):
        return
    errors = [parser.get_error(index) for index in range(parser.num_errors)]
    lines = [f"  node {e.node()} {e.node_name()!r} ({e.node_operator()}): {e.desc()}" for e in errors]
    raise ParserRefusal("\n".join([f"{member}: TensorRT's parser refuses the graph:", *lines]))


def hold_in_fp32(tensorrt: ModuleType, network: Any, member: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Holds the layers that a pattern names and that compute floating point in FP32; returns their names."""
    outside = {tensorrt.LayerType.CONSTANT, tensorrt.LayerType.SHAPE, tensorrt.LayerType.CAST}
    held = []
    for index in range(network.num_layers):
        layer = network.get_layer(index)
        outputs = [layer.get_output(i) for i in range(layer.num_outputs)]
        if (
            layer.type in outside
            or any(output.dtype != tensorrt.float32 or output.is_shape_tensor for output in outputs)
            or not any(fnmatchcase(f"{member}:{layer.name}", pattern) for pattern in patterns)
        ):
            continue
        layer.precision = tensorrt.float32
        for output in range(layer.num_outputs):
            layer.set_output_type(output, tensorrt.float32)
        held.append(layer.name)
    return tuple(held)


def reasons(logger: Any) -> str:
    """TensorRT's error messages in one line."""
    return "; ".join(logger.errors) or "TensorRT gave no reason"
