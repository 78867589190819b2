"""A recurrence over frames as one ONNX Scan.

The TorchScript exporter would unroll such a loop to the length of the example. Traced are its two parts
instead, and the second becomes the body of a Scan over the frames that the first gives.
"""

from __future__ import annotations

from collections.abc import Iterator

import onnx
from onnx import GraphProto, ModelProto, helper

#: Operators that hold graphs of their own.
CONTROL_FLOW = frozenset({"If", "Loop", "Scan"})


def scan(start: ModelProto, step: ModelProto, outputs: list[str]) -> ModelProto:
    """Joins two graphs of one opset.

    Args:
        start: its outputs are first the state [N, ...] before the first frame, then sequences [N, T', ...].
        step: takes the state and one frame [N, ...] of each sequence; gives the next state and one frame
            of each output.
        outputs: names of the joined graph's outputs [N, T'], in the order of the step's.
    """
    states = len(step.graph.output) - len(outputs)
    body = onnx.compose.add_prefix(step, "step/").graph
    given = [value.name for value in start.graph.output]
    final = [f"{name}/final" for name in given[:states]]
    node = helper.make_node(
        "Scan",
        given,
        [*final, *outputs],
        name="scan",
        body=body,
        num_scan_inputs=len(given) - states,
        scan_input_axes=[1] * (len(given) - states),
        scan_output_axes=[1] * len(outputs),
    )
    joined = ModelProto()
    joined.CopyFrom(start)
    joined.graph.node.append(node)
    del joined.graph.output[:]
    for name, value in zip(outputs, step.graph.output[states:], strict=True):
        kind = value.type.tensor_type.elem_type
        joined.graph.output.append(helper.make_tensor_value_info(name, kind, ["N", "T'"]))
    return joined


def control_flow(graph: GraphProto) -> Iterator[str]:
    """The operators of a graph, and of the graphs inside it, that hold graphs of their own."""
    for node in graph.node:
        if node.op_type in CONTROL_FLOW:
            yield node.op_type
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from control_flow(attribute.g)
