"""Builds the Triton model repository from exported models: ``python -m mt2kd.repository --help``.

Three flavours hold the same models under the same names:

* ``onnxruntime``: for the embedded engine, and for Triton's own container;
* ``python``: a generic runner of the same files, for the server that installs without container or GPU;
* ``tensorrt``: for GPUs. ``mt2kd.engines`` builds the engines, on the GPU that runs them, and has them put in
  here; without engines it is configurations only. The frontend stays on ONNX Runtime, since TensorRT has no
  16-bit integers, and so does a member that has no engine among those given.

The same input gives the same bytes. Needs ONNX Runtime, not PyTorch.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import onnxruntime

from mt2kd.contract import DYNAMIC_AXES, ENSEMBLE, MEMBERS, ONNX_TYPES, ContractError, ModelSpec, TensorSpec
from mt2kd.folders import NotOurs, replace_folder
from mt2kd.manifest import build_manifest
from mt2kd.model_config import ensemble_config, member_config

FLAVOURS = ("onnxruntime", "python", "tensorrt")
MANIFEST = "model.json"
ENGINES = "engines.json"
MODULE = Path(__file__).resolve().parent.parent
RUNNER = Path(__file__).with_name("runner.py")


@dataclass(frozen=True)
class CpuInstances:
    """How the python flavour uses the processor."""

    intra_op_threads: int = 1
    #: Instances of a member; those not named have one.
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Engines:
    """What the tensorrt flavour serves."""

    plans: Mapping[str, bytes]  # by member; the others run on ONNX Runtime
    facts: Mapping[str, object]  # what they were made of, for engines.json


def build_repository(
    reference: Path,
    models: Path,
    flavour: str,
    output: Path,
    instances: CpuInstances | None = None,
    engines: Engines | None = None,
) -> dict[str, object]:
    """Writes a repository and returns its manifest.

    Args:
        reference: the folder with tokens, labels, calibration and serving settings.
        models: a folder with MEMBER/1/model.onnx, which a repository of another flavour is too.
        flavour: one of FLAVOURS.
        output: replaced as a whole once everything has been written; must be absent, empty or a repository.
        instances: for the python flavour.
        engines: for the tensorrt flavour, each with a profile for each bucket of the manifest.

    Raises:
        ContractError: something is missing, or disagrees with the tensor contract.
        NotOurs: ``output`` is something else.
    """
    paths = {member.name: models / member.name / "1" / "model.onnx" for member in MEMBERS}
    sizes: dict[str, int] = {}
    for member in MEMBERS:
        check_model(member, paths[member.name], sizes)
    manifest = build_manifest(reference, paths, sizes["E"])
    if len(manifest["labels"]) != sizes["K"]:
        raise ContractError(f"labels: {len(manifest['labels'])} (expected: {sizes['K']}, as at_head gives)")

    def write(folder: Path) -> None:
        for member in MEMBERS:
            version = folder / member.name / "1"
            version.mkdir(parents=True)
            on_tensorrt = flavour == "tensorrt" and planned(member)
            on_tensorrt = on_tensorrt and (engines is None or member.name in engines.plans)
            if on_tensorrt:
                config = planned_config(member, sizes, len(manifest["bucket_seconds"]))
            else:
                config = flavoured(member, flavour, sizes, instances or CpuInstances())
            (folder / member.name / "config.pbtxt").write_text(config, encoding="ascii")
            if on_tensorrt and engines is not None:
                (version / "model.plan").write_bytes(engines.plans[member.name])
            if not on_tensorrt:
                shutil.copyfile(paths[member.name], version / "model.onnx")
            if flavour == "python":
                shutil.copyfile(RUNNER, version / "model.py")
        version = folder / ENSEMBLE / "1"
        version.mkdir(parents=True)
        (version / ".keep").touch()  # Triton wants the folder, and Git does not keep empty ones
        (folder / ENSEMBLE / "config.pbtxt").write_text(ensemble_config(sizes, manifest), encoding="ascii")
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf8")
        if engines is not None:
            (folder / ENGINES).write_text(json.dumps(engines.facts, indent=1) + "\n", encoding="utf8")

    replace_folder(output, MANIFEST, write)
    return manifest


def planned_config(member: ModelSpec, sizes: Mapping[str, int], profiles: int) -> str:
    """config.pbtxt of a member that is an engine with so many optimisation profiles.

    Triton makes a context for each profile that is listed, and runs a batch in the one that takes its shape.
    By default each context has the memory that the largest profile needs; a Triton older than April 2025 does
    not know the parameter that changes this.
    """
    backend = ['platform: "tensorrt_plan"', 'default_model_filename: "model.plan"']
    listed = ", ".join(f'"{index}"' for index in range(profiles))
    instances = ["count: 1", "kind: KIND_GPU", f"profile: [ {listed} ]"]
    memory = {"execution_context_allocation_strategy": "ON_PROFILE_CHANGE"}
    return member_config(member, sizes, backend, instances, memory)


def flavoured(member: ModelSpec, flavour: str, sizes: Mapping[str, int], instances: CpuInstances) -> str:
    """config.pbtxt of a member that is an ONNX graph."""
    if flavour == "python":
        count = instances.counts.get(member.name, 1)
        threads = {"intra_op_threads": str(instances.intra_op_threads)}
        return member_config(
            member, sizes, ['backend: "python"'], [f"count: {count}", "kind: KIND_CPU"], threads
        )
    backend = ['backend: "onnxruntime"', 'default_model_filename: "model.onnx"']
    kind = (
        "KIND_GPU" if flavour == "tensorrt" else "KIND_AUTO"
    )  # beside engines, never quietly on the processor
    return member_config(member, sizes, backend, ["count: 1", f"kind: {kind}"])


def plans_of(repository: Path) -> dict[str, bytes]:
    """The engines of a repository by member, in the order of the ensemble; none of another flavour."""
    files = {member.name: repository / member.name / "1" / "model.plan" for member in MEMBERS}
    return {name: path.read_bytes() for name, path in files.items() if path.is_file()}


def planned(member: ModelSpec) -> bool:
    """Whether TensorRT can run a member: it has no INT16."""
    return all(spec.type != "INT16" for spec in member.inputs + member.outputs)


def check_model(member: ModelSpec, path: Path, sizes: dict[str, int]) -> None:
    """Holds a model against the contract, and adds the sizes that it fixes to those of the others."""
    if not path.is_file():
        raise ContractError(f"{path}: no such file (make it with python -m mt2kd.export)")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ContractError(f"{path}: {error} (expected: an ONNX model)") from error
    for kind, specs, actual in (
        ("inputs", member.inputs, session.get_inputs()),
        ("outputs", member.outputs, session.get_outputs()),
    ):
        if [spec.name for spec in specs] != [value.name for value in actual]:
            found, expected = [value.name for value in actual], [spec.name for spec in specs]
            raise ContractError(f"{path}: {kind}: {found} (expected: {expected})")
        for spec, value in zip(specs, actual, strict=True):
            check_tensor(path, spec, value, sizes)


def check_tensor(path: Path, spec: TensorSpec, value: onnxruntime.NodeArg, sizes: dict[str, int]) -> None:
    """Holds type and shape of one tensor against the contract."""
    fits = value.type == ONNX_TYPES[spec.type] and len(value.shape) == len(spec.axes)
    for axis, size in zip(spec.axes, value.shape if fits else [], strict=fits):
        if axis in DYNAMIC_AXES:
            fits = fits and not isinstance(size, int)
        else:
            expected = axis if isinstance(axis, int) else sizes.setdefault(axis, size)
            fits = fits and isinstance(size, int) and size == expected
    if not fits:
        wanted = f"{ONNX_TYPES[spec.type]} {[sizes.get(axis, axis) for axis in spec.axes]}"
        raise ContractError(f"{path}: {spec.name}: {value.type} {value.shape} (expected: {wanted})")


def instance_count(text: str) -> tuple[str, int]:
    """Parses MEMBER=COUNT."""
    name, _, count = text.partition("=")
    names = [member.name for member in MEMBERS]
    if name not in names or not count.isdecimal() or int(count) < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} (expected: MEMBER=COUNT, MEMBER one of {', '.join(names)})"
        )
    return name, int(count)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        prog="mt2kd.repository", description="Builds the Triton model repository."
    )
    parser.add_argument(
        "--reference", type=Path, default=MODULE / "reference", help="tokens, labels, calibration"
    )
    parser.add_argument(
        "--models",
        type=Path,
        default=MODULE / "repository",
        help="where MEMBER/1/model.onnx lie (default: ours)",
    )
    parser.add_argument("--flavour", choices=FLAVOURS, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder to make or to replace")
    parser.add_argument("--threads", type=int, default=1, help="python flavour: threads of an instance")
    parser.add_argument(
        "--instances", type=instance_count, action="append", default=[], metavar="MEMBER=COUNT",
        help="python flavour: instances of a member (default: 1)",
    )  # fmt: skip
    options = parser.parse_args()
    if options.threads < 1:
        parser.error(f"--threads: {options.threads} (expected: 1 or more)")
    try:
        instances = CpuInstances(options.threads, dict(options.instances))
        manifest = build_repository(
            options.reference, options.models, options.flavour, options.output, instances
        )
    except (ContractError, NotOurs) as error:
        print(f"mt2kd.repository: {error}", file=sys.stderr)
        return 1
    print(options.output, options.flavour, manifest["name"], manifest["version"], manifest["fingerprint"])
    if options.flavour == "tensorrt":
        print("It holds no engines: python -m mt2kd.engines builds them, on the GPU that serves them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
