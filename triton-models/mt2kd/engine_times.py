"""Times the engines of a repository on this GPU: ``python -m mt2kd.engine_times --repository DIR``.

For batches of 1 to 8 at the edge of every bucket: features go to the GPU, encoder and heads run one after the
other, as in the ensemble, and the answers come back; the median of several passes is what a batch costs. A
straight line through all of them, fixed + per audio-second, says how much of it a batch shares.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mt2kd.config import Config
from mt2kd.contract import ENSEMBLE_OUTPUTS, MAXIMUM_BATCH_SIZE
from mt2kd.engine_runner import EngineRunner
from mt2kd.gpu import EngineError, find_gpu, load_tensorrt
from mt2kd.manifest import read_json
from mt2kd.profiles import bucket_axes
from mt2kd.repository import MANIFEST, MODULE, plans_of

WARM_UP, PASSES = 3, 15
#: Seconds of audio, utterances, milliseconds.
Time = tuple[float, int, float]


def run_ensemble(runners: Mapping[str, EngineRunner], features: Tensor, lengths: Tensor) -> dict[str, Tensor]:
    """All that follows the frontend: features [N, T, 80], lengths [N, 1] → outputs on the processor.

    Those of members without an engine are missing.
    """
    tensors = {"features": features, "feature_lengths": lengths}
    for runner in runners.values():
        tensors |= runner.run({each: tensors[each] for each in runner.inputs})
    return {name: tensors[name].cpu() for name in ENSEMBLE_OUTPUTS if name in tensors}


def measure(runners: Mapping[str, EngineRunner], buckets: Sequence[tuple[float, int]]) -> list[Time]:
    """Times of all batch sizes of all buckets.

    Args:
        runners: in the order of the ensemble.
        buckets: seconds and frames of their edges.
    """
    generator = torch.Generator().manual_seed(0)
    times = []
    for seconds, frames in buckets:
        for size in range(1, MAXIMUM_BATCH_SIZE + 1):
            features = torch.randn(size, frames, 80, generator=generator) * 4 - 8
            lengths = torch.full((size, 1), frames, dtype=torch.int32)
            passes = []
            for _ in range(WARM_UP + PASSES):
                start = time.perf_counter()
                run_ensemble(runners, features, lengths)
                passes.append(time.perf_counter() - start)
            times.append((seconds, size, 1000 * float(np.median(passes[WARM_UP:]))))
    return times


def line(times: Sequence[Time]) -> tuple[float, float]:
    """Milliseconds of a batch and of each of its audio-seconds, by least squares."""
    audio = np.array([[1.0, seconds * size] for seconds, size, _ in times])
    fixed, each = np.linalg.lstsq(audio, np.array([value for *_, value in times]), rcond=None)[0]
    return float(fixed), float(each)


def table(times: Sequence[Time]) -> str:
    """Milliseconds, a row for each bucket and a column for each batch size."""
    sizes = sorted({size for _, size, _ in times})
    rows = ["| bucket | " + " | ".join(map(str, sizes)) + " |", "|---" * (len(sizes) + 1) + "|"]
    for bucket in sorted({seconds for seconds, *_ in times}):
        cells = [f"{value:.2f}" for seconds, _, value in times if seconds == bucket]
        rows.append(f"| {bucket:g} s | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="mt2kd.engine_times", description="Times engines on this GPU.")
    parser.add_argument("--repository", type=Path, required=True, help="with engines")
    parser.add_argument("--reference", type=Path, default=MODULE / "reference", help="the network's numbers")
    parser.add_argument("--report", type=Path, help="JSON file to write")
    options = parser.parse_args()
    try:
        tensorrt, gpu = load_tensorrt(), find_gpu()
        plans = plans_of(options.repository)
        runners = {name: EngineRunner(tensorrt, plan) for name, plan in plans.items()}
        if "encoder" not in runners:
            raise EngineError(f"repository: {options.repository} (expected: an engine of the encoder)")
    except EngineError as error:
        print(f"mt2kd.engine_times: {error}", file=sys.stderr)
        return 1
    manifest = read_json(options.repository / MANIFEST)
    axes = bucket_axes(manifest, Config.load(options.reference / "config.json"))
    edges = [axis["T"][1] for axis in axes]
    times = measure(runners, list(zip(manifest["bucket_seconds"], edges, strict=True)))
    fixed, each = line(times)
    print(f"{gpu.name}, TensorRT {tensorrt.__version__}, {', '.join(runners)}: milliseconds of a batch")
    print(table(times))
    print(f"about {fixed:.2f} ms + {each:.3f} ms for each audio-second")
    if options.report:
        record = {"gpu": gpu.name, "tensorrt": tensorrt.__version__, "members": list(runners), "times": times}
        options.report.write_text(json.dumps(record, indent=1) + "\n", encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
