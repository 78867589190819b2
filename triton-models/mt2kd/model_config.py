"""Writes config.pbtxt, Triton's model configuration, in the subset of it that our model_config.proto has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mt2kd.contract import (
    DYNAMIC_AXES,
    ENSEMBLE,
    ENSEMBLE_INPUTS,
    ENSEMBLE_OUTPUTS,
    MAXIMUM_BATCH_SIZE,
    MEMBERS,
    ModelSpec,
    TensorSpec,
)

#: Requests that wait together run together. The heads are left out: they are too cheap to gain by it.
BATCHED = frozenset({"frontend", "encoder"})


def member_config(
    model: ModelSpec,
    sizes: Mapping[str, int],
    backend: Sequence[str],
    instances: Sequence[str],
    parameters: Mapping[str, str] | None = None,
) -> str:
    """config.pbtxt of a member.

    Args:
        model: its tensors.
        sizes: the value of each axis that the exported model fixes.
        backend: the lines that say what runs the model.
        instances: the fields of its instance group.
        parameters: what the backend is told besides.
    """
    lines = [f"name: {quoted(model.name)}", *backend, f"max_batch_size: {MAXIMUM_BATCH_SIZE}"]
    lines += tensors("input", model.inputs, sizes) + tensors("output", model.outputs, sizes)
    lines += ["instance_group [", "  {", *(f"    {field}" for field in instances), "  }", "]"]
    if model.name in BATCHED:
        # No default_queue_policy, which stalls batches for up to half a second, and no queue delay, which is
        # paid at every step of the ensemble: what calls Triton has already waited.
        lines += ["dynamic_batching {", "}"]
    for key, value in (parameters or {}).items():
        lines += parameter(key, value)
    return "\n".join(lines) + "\n"


def ensemble_config(sizes: Mapping[str, int], manifest: Mapping[str, object]) -> str:
    """config.pbtxt of the ensemble; its parameter "manifest" is the model manifest as JSON."""
    specs = {spec.name: spec for model in MEMBERS for spec in model.inputs + model.outputs}
    lines = [f"name: {quoted(ENSEMBLE)}", 'platform: "ensemble"', f"max_batch_size: {MAXIMUM_BATCH_SIZE}"]
    lines += tensors("input", [specs[name] for name in ENSEMBLE_INPUTS], sizes)
    lines += tensors("output", [specs[name] for name in ENSEMBLE_OUTPUTS], sizes)
    lines += ["ensemble_scheduling {"]
    for model in MEMBERS:
        lines += ["  step {", f"    model_name: {quoted(model.name)}", "    model_version: -1"]
        for field, tensors_of in (("input_map", model.inputs), ("output_map", model.outputs)):
            for spec in tensors_of:
                lines += [f"    {field} {{ key: {quoted(spec.name)} value: {quoted(spec.name)} }}"]
        lines += ["  }"]
    lines += ["}", *parameter("manifest", json.dumps(manifest, separators=(",", ":")))]
    return "\n".join(lines) + "\n"


def tensors(field: str, specs: Sequence[TensorSpec], sizes: Mapping[str, int]) -> list[str]:
    """The inputs or outputs; the batch axis is not among their dims."""
    lines = [f"{field} ["]
    for position, spec in enumerate(specs):
        dims = ", ".join(
            str(-1 if axis in DYNAMIC_AXES else axis if isinstance(axis, int) else sizes[axis])
            for axis in spec.axes[1:]
        )
        end = "," if position + 1 < len(specs) else ""
        lines += ["  {", f"    name: {quoted(spec.name)}", f"    data_type: TYPE_{spec.type}"]
        lines += [f"    dims: [ {dims} ]", f"  }}{end}"]
    return [*lines, "]"]


def parameter(key: str, value: str) -> list[str]:
    """One entry of the configuration's parameters."""
    return ["parameters {", f"  key: {quoted(key)}", f"  value {{ string_value: {quoted(value)} }}", "}"]


def quoted(text: str) -> str:
    """A string of the text format; ASCII only, as JSON without its other escapes is."""
    if not (text.isascii() and text.isprintable()):
        raise ValueError(f"text: {text!r} (expected: printable ASCII)")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
