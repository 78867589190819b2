"""The gate before a repository is published: ``python -m mt2kd.parity --help``.

The same padded batches run through PyTorch and through each runtime that is to be served, member after
member, so that differences add up as they will in service. ONNX graphs must answer like PyTorch, engines
within the bounds of their precision; else the candidate is not published and the exit status is 1.
Figures on listed recordings are judged too where ``mt2kd_training.parity_gate`` runs the gate.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from mt2kd.clips import data_folder, padded, real_clips, synthetic_clips
from mt2kd.comparison import BOUNDS, Comparison, Measure, compare_figures, compare_tensors, table
from mt2kd.contract import ContractError
from mt2kd.export import load_parts
from mt2kd.folders import NotOurs, replace_folder
from mt2kd.golden import batches, bucket_edges
from mt2kd.gpu import EngineError, load_tensorrt
from mt2kd.manifest import read_json
from mt2kd.repository import ENGINES, MANIFEST, MODULE, plans_of
from mt2kd.runtimes import OnnxRuntime, PyTorch, Runtime, TensorRt, infer

#: So many hold some hundred tokens, of which half a percent can be told.
CLIPS = 64


def gate_batches(clips: Sequence[np.ndarray], edges: Sequence[int]) -> Iterator[tuple[np.ndarray, ...]]:
    """Audio INT16 [N, S] and lengths INT32 [N, 1]: batches as the gateway forms them, of every bucket.

    The clips are dealt into full batches; besides, each bucket gets one of a single clip, repeated up to its
    edge, so that every profile of an engine runs.
    """
    for group, samples in batches([len(clip) for clip in clips], list(edges)):
        yield padded([clips[i] for i in group], samples)
    for index, edge in enumerate(edges):
        yield padded([np.resize(clips[index % len(clips)], edge)], edge)


def compare(
    reference: Runtime,
    candidate: Runtime,
    precision: str,
    clips: Sequence[np.ndarray],
    edges: Sequence[int],
    measure: Measure | None = None,
) -> Comparison:
    """Runs both and judges the candidate.

    Args:
        reference: what is right.
        candidate: what is judged.
        precision: of the candidate, one of BOUNDS.
        clips: INT16 [samples] each, none longer than the last bucket.
        edges: of the buckets, in samples.
        measure: gives the figures that are judged besides.
    """
    result = Comparison(candidate.name, precision)
    for audio, lengths in gate_batches(clips, edges):
        expected, actual = infer(reference, audio, lengths), infer(candidate, audio, lengths)
        result.batches += 1
        compare_tensors(expected, actual, result)
    if measure is not None:
        compare_figures(measure(reference), measure(candidate), result)
    result.judge()
    return result


def write_report(path: Path, comparisons: Sequence[Comparison], clips: str) -> None:
    """Writes the comparisons as JSON."""
    report = {
        "passed": passed(comparisons),
        "clips": clips,
        "bounds": {name: asdict(bounds) for name, bounds in BOUNDS.items()},
        "comparisons": [
            {**asdict(each), "token_disagreement": each.token_disagreement} for each in comparisons
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf8")


def passed(comparisons: Sequence[Comparison]) -> bool:
    """Whether all are within bounds."""
    return not any(each.violations for each in comparisons)


def gate_clips(count: int, longest: int) -> tuple[str, list[np.ndarray]]:
    """What the clips are, and so many of them, none longer: recordings, or sound made here where none are."""
    folder = data_folder()
    if folder is None:
        return f"{count} synthetic clips", list(synthetic_clips(count, longest).values())
    return f"{count} recordings", list(real_clips(folder, count, longest).values())


def open_candidate(repository: Path) -> tuple[Runtime, str]:
    """The runtime that a repository's files are for, and its precision.

    Raises:
        EngineError: it has engines, and TensorRT is missing.
    """
    plans = plans_of(repository)
    if not plans:
        return OnnxRuntime(repository), "fp32"
    precision = read_json(repository / ENGINES)["settings"]["precision"]
    return TensorRt(load_tensorrt(), repository, plans), precision


def once(measure: Measure) -> Measure:
    """Measures a runtime the first time only: PyTorch is beside every candidate."""
    known: dict[int, Mapping[str, float]] = {}

    def remembered(runtime: Runtime) -> Mapping[str, float]:
        if id(runtime) not in known:
            known[id(runtime)] = measure(runtime)
        return known[id(runtime)]

    return remembered


def main(measures: Callable[[argparse.Namespace], Measure] | None = None) -> int:
    """Runs the command line; ``measures`` adds figures to what is judged."""
    parser = argparse.ArgumentParser(
        prog="mt2kd.parity", description="Holds a repository against PyTorch, and publishes it."
    )
    parser.add_argument("--reference", type=Path, default=MODULE / "reference", help="weights")
    parser.add_argument("--repository", type=Path, default=MODULE / "repository", help="ONNX graphs")
    parser.add_argument("--candidate", type=Path, help="repository to judge besides, of any flavour")
    parser.add_argument("--precision", choices=sorted(BOUNDS), help="of the candidate (default: as it says)")
    parser.add_argument("--clips", type=int, default=CLIPS, help=f"how many (default: {CLIPS})")
    parser.add_argument("--publish", type=Path, help="where to copy the candidate that passes")
    parser.add_argument("--report", type=Path, help="JSON file to write")
    if measures is not None:
        parser.add_argument("--data", help="the folder of recordings (default: MT2KD_DATA)")
        parser.add_argument("--split", choices=["dev", "test"], default="test", help="of the lists")
        parser.add_argument("--limit", type=int, help="at most so many strings and trials")
    options = parser.parse_args()
    if options.publish and not options.candidate:
        parser.error("--publish: nothing to publish (expected: --candidate)")
    try:
        reference = PyTorch(load_parts(options.reference))
        judged = [(OnnxRuntime(options.repository), "fp32")]
        if options.candidate:
            runtime, precision = open_candidate(options.candidate)
            judged.append((runtime, options.precision or precision))
        edges = bucket_edges(read_json(options.repository / MANIFEST))
        source, clips = gate_clips(options.clips, edges[-1])
        measure = once(measures(options)) if measures is not None else None
        comparisons = [compare(reference, *each, clips, edges, measure) for each in judged]
        print(table(comparisons))
        if options.report:
            write_report(options.report, comparisons, source)
        if not passed(comparisons):
            print("mt2kd.parity: out of bounds: nothing was published", file=sys.stderr)
            return 1
        if options.publish:
            copy = partial(shutil.copytree, options.candidate, dirs_exist_ok=True)
            replace_folder(options.publish, MANIFEST, copy)
            print(f"{options.publish}: published")
    except (ContractError, EngineError, NotOurs, ValueError) as error:
        print(f"mt2kd.parity: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
