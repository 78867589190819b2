"""Builds TensorRT engines and the repository that serves them: ``python -m mt2kd.engines --help``.

Runs on the GPU that will serve, with the TensorRT of the Triton that will serve: an engine fits no other.
Encoder and heads become engines with one optimisation profile for each bucket of the manifest; the frontend
stays on ONNX Runtime, and so does a transducer whose loop TensorRT's parser refuses. The engines are then
held against PyTorch, and only within the bounds of their precision is the repository written.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from mt2kd.comparison import Comparison, table
from mt2kd.config import Config
from mt2kd.contract import MEMBERS, ContractError
from mt2kd.export import load_parts
from mt2kd.folders import NotOurs
from mt2kd.golden import bucket_edges
from mt2kd.gpu import EngineError, find_gpu, load_tensorrt
from mt2kd.manifest import read_json
from mt2kd.parity import CLIPS, compare, gate_clips, passed, write_report
from mt2kd.plan_cache import PlanCache, default_folder
from mt2kd.plans import FP32_LAYERS, PRECISIONS, EngineSettings, ParserRefusal, Plan, PlanBuilder
from mt2kd.profiles import Profile, bucket_axes, member_profiles
from mt2kd.repository import MANIFEST, MODULE, Engines, build_repository, check_model, planned
from mt2kd.runtimes import PyTorch, TensorRt

PLANNED = tuple(member.name for member in MEMBERS if planned(member))
#: May stay on ONNX Runtime without being asked: greedy search of a transducer is a loop in the graph.
MAY_BE_REFUSED = frozenset({"asr_head"})


@dataclass(frozen=True)
class Built:
    """A member's engine, or why it has none."""

    plan: Plan | None
    key: str = ""
    note: str = ""


def build_engines(
    tensorrt: ModuleType,
    cache: PlanCache,
    reference: Path,
    models: Path,
    settings: EngineSettings,
    on_onnxruntime: Sequence[str] = (),
    say: Callable[[str], None] = print,
) -> dict[str, Built]:
    """The engines of a repository's graphs, from the cache where it has them.

    Args:
        tensorrt: the package.
        cache: of this GPU and TensorRT.
        reference: the folder with the network's numbers, on which the lengths depend, and serving.json.
        models: a repository with MEMBER/1/model.onnx and the manifest.
        settings: of every engine.
        on_onnxruntime: members that shall have none.
        say: gets a line when a build begins, which takes minutes, and one for each member.

    Raises:
        EngineError: TensorRT cannot build one, or a pattern of ``settings.fp32_layers`` names no layer.
        ContractError: the graphs do not agree with the contract, or the manifest not with serving.json.
    """
    sizes: dict[str, int] = {}
    for member in MEMBERS:
        check_model(member, models / member.name / "1" / "model.onnx", sizes)
    manifest = read_json(models / MANIFEST)
    expect_lengths(manifest, read_json(reference / "serving.json"))
    buckets = bucket_axes(manifest, Config.load(reference / "config.json"))
    builder = PlanBuilder(tensorrt)
    result = {}
    for member in MEMBERS:
        name = member.name
        if name not in PLANNED:
            continue
        if name in on_onnxruntime:
            result[name] = Built(None, note="on ONNX Runtime, as asked")
        else:
            graph = (models / name / "1" / "model.onnx").read_bytes()
            profiles = member_profiles(member, buckets, sizes)
            result[name] = build_engine(builder, cache, name, graph, profiles, settings, say)
        plan = result[name].plan
        say(f"{name}: {result[name].note}" + (f", {len(plan.data) / 2**20:.1f} MiB" if plan else ""))
    if settings.precision == "fp16":
        expect_every_pattern(settings.fp32_layers, {name: each.plan for name, each in result.items()})
    return result


def expect_lengths(manifest: Mapping[str, Any], serving: Mapping[str, Any]) -> None:
    """Engines are built for the lengths of the one, and the repository that holds them states the other's."""
    for name in ("minimum_samples", "bucket_seconds"):
        if manifest[name] != serving[name]:
            raise ContractError(f"{name}: {manifest[name]} (expected: {serving[name]}, as serving.json says)")


def build_engine(
    builder: PlanBuilder,
    cache: PlanCache,
    name: str,
    graph: bytes,
    profiles: Sequence[Profile],
    settings: EngineSettings,
    say: Callable[[str], None],
) -> Built:
    """A member's engine, from the cache if it is there."""
    key = cache.key(name, graph, profiles, settings)
    if (plan := cache.get(key)) is not None:
        return Built(plan, key, "from the cache")
    say(f"{name}: building, {len(profiles)} profiles")
    start = time.monotonic()
    try:
        plan = builder.build(name, graph, profiles, settings, cache.timings())
    except ParserRefusal as refusal:
        if name not in MAY_BE_REFUSED:
            raise
        return Built(None, note=f"on ONNX Runtime: {refusal}")
    cache.put(name, graph, profiles, settings, plan)
    return Built(plan, key, f"built in {time.monotonic() - start:.0f} s")


def expect_every_pattern(patterns: Sequence[str], plans: Mapping[str, Plan | None]) -> None:
    """A pattern that names no layer is a mistake, unless its member has no engine or it is one of ours."""
    held = [f"{name}:{layer}" for name, plan in plans.items() if plan for layer in plan.fp32_layers]
    for pattern in (each for each in patterns if each not in FP32_LAYERS):
        member = pattern.partition(":")[0]
        absent = member in plans and plans[member] is None
        if not absent and not any(fnmatchcase(layer, pattern) for layer in held):
            raise EngineError(
                f"fp32_layers: {pattern!r} names no layer (expected: MEMBER:LAYER of an engine)"
            )


def judge(
    tensorrt: ModuleType,
    reference: Path,
    models: Path,
    plans: Mapping[str, bytes],
    precision: str,
    count: int,
    **buffers: Any,
) -> tuple[Comparison, str]:
    """Holds engines against PyTorch on so many clips; returns what the clips were too."""
    edges = bucket_edges(read_json(models / MANIFEST))
    source, clips = gate_clips(count, edges[-1])
    engines = TensorRt(tensorrt, models, plans, **buffers)
    return compare(PyTorch(load_parts(reference)), engines, precision, clips, edges), source


def read_patterns(path: Path) -> tuple[str, ...]:
    """One pattern a line; empty lines and those that start with # are skipped."""
    lines = [line.strip() for line in path.read_text(encoding="utf8").splitlines()]
    patterns = tuple(line for line in lines if line and not line.startswith("#"))
    for pattern in patterns:
        if ":" not in pattern:
            raise EngineError(f"{path}: {pattern!r} (expected: MEMBER:LAYER, such as {FP32_LAYERS[0]})")
    return patterns


def facts(cache: PlanCache, settings: EngineSettings, built: Mapping[str, Built]) -> dict[str, object]:
    """What ``engines.json`` says."""
    members = {
        name: {
            "platform": "tensorrt_plan" if each.plan else "onnxruntime",
            "key": each.key,
            "sha256": hashlib.sha256(each.plan.data).hexdigest() if each.plan else "",
        }
        for name, each in built.items()
    }
    return {**cache.device, "settings": asdict(settings), "members": members}


def publish(options: argparse.Namespace, settings: EngineSettings, **buffers: Any) -> int:
    """Builds, judges and writes; returns the exit status."""
    tensorrt, gpu = load_tensorrt(), find_gpu()
    cache = PlanCache(options.cache, gpu, tensorrt.__version__)
    say = partial(print, flush=True)
    say(f"{gpu.name} (compute capability {gpu.compute_capability}), TensorRT {tensorrt.__version__}")
    built = build_engines(
        tensorrt, cache, options.reference, options.repository, settings, options.onnxruntime, say
    )
    plans = {name: each.plan.data for name, each in built.items() if each.plan}
    comparison, source = judge(
        tensorrt, options.reference, options.repository, plans, settings.precision, options.clips, **buffers
    )
    print(table([comparison]))
    if options.report:
        write_report(options.report, [comparison], source)
    if not passed([comparison]):
        print(f"mt2kd.engines: out of bounds: {options.output} was not written", file=sys.stderr)
        return 1
    engines = Engines(plans, facts(cache, settings, built))
    manifest = build_repository(
        options.reference, options.repository, "tensorrt", options.output, engines=engines
    )
    print(options.output, "tensorrt", manifest["name"], manifest["version"], manifest["fingerprint"])
    return 0


def main(arguments: Sequence[str] | None = None, **buffers: Any) -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="mt2kd.engines", description="Builds TensorRT engines.")
    parser.add_argument("--reference", type=Path, default=MODULE / "reference", help="weights")
    parser.add_argument("--repository", type=Path, default=MODULE / "repository", help="ONNX graphs")
    parser.add_argument("--output", type=Path, required=True, help="repository to make or to replace")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="engines built before")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp16")
    parser.add_argument(
        "--fp32-layers", type=Path, metavar="FILE",
        help=f"patterns MEMBER:LAYER, one a line, in place of {' '.join(FP32_LAYERS)}",
    )  # fmt: skip
    parser.add_argument("--workspace-mib", type=int, default=EngineSettings.workspace_mib)
    parser.add_argument("--optimization-level", type=int, default=EngineSettings.optimization_level)
    parser.add_argument(
        "--onnxruntime", choices=PLANNED, action="append", default=[], metavar="MEMBER",
        help="keep a member on ONNX Runtime",
    )  # fmt: skip
    parser.add_argument("--clips", type=int, default=CLIPS, help=f"to judge on (default: {CLIPS})")
    parser.add_argument("--report", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    try:
        layers = read_patterns(options.fp32_layers) if options.fp32_layers else FP32_LAYERS
        settings = EngineSettings(
            options.precision,
            layers if options.precision == "fp16" else (),
            options.workspace_mib,
            options.optimization_level,
        )
        return publish(options, settings, **buffers)
    except (ContractError, EngineError, NotOurs, ValueError) as error:
        print(f"mt2kd.engines: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
