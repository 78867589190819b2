"""Writes what PyTorch answers to a set of clips, for other languages' tests: ``python -m mt2kd.golden``.

``index.json`` lists the clips, each with its audio file and, by tensor name, type, shape and file of every
output of the ensemble; and batches of clips (by index) to run padded with zeros to so many samples, in which
each clip must answer as it does alone. Files hold little-endian values in C order without a header; audio
is INT16 at 16 kHz.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mt2kd.clips import data_folder, real_clips, synthetic_clips
from mt2kd.contract import ENSEMBLE_OUTPUTS, MAXIMUM_BATCH_SIZE, MEMBERS, ContractError
from mt2kd.export import calls, load_parts
from mt2kd.folders import NotOurs, replace_folder
from mt2kd.manifest import read_json
from mt2kd.repository import MANIFEST, MODULE

INDEX = "index.json"


def expected(parts: dict[str, nn.Module], clip: np.ndarray) -> dict[str, np.ndarray]:
    """The ensemble's outputs for one clip INT16 [samples], by name, without their batch axis."""
    audio, lengths = torch.from_numpy(clip[None]), torch.tensor([[len(clip)]], dtype=torch.int32)
    traced = calls(parts, audio, lengths)
    outputs = {
        spec.name: value
        for member in MEMBERS
        for spec, value in zip(member.outputs, traced[member.name][1], strict=True)
    }
    return {name: outputs[name][0].numpy() for name in ENSEMBLE_OUTPUTS}


def batches(lengths: list[int], edges: list[int]) -> list[tuple[list[int], int]]:
    """Clips dealt into batches, short beside long, each padded to the first bucket edge that holds it."""
    count = -(-len(lengths) // MAXIMUM_BATCH_SIZE)
    groups = [list(range(start, len(lengths), count)) for start in range(count)]
    longest = [max(lengths[i] for i in group) for group in groups]
    return [
        (group, next(edge for edge in edges if edge >= samples))
        for group, samples in zip(groups, longest, strict=True)
    ]


def bucket_edges(manifest: dict[str, Any]) -> list[int]:
    """The manifest's buckets in samples."""
    return [round(seconds * manifest["sample_rate_hertz"]) for seconds in manifest["bucket_seconds"]]


def write(reference: Path, repository: Path, clips: dict[str, np.ndarray], source: str, output: Path) -> None:
    """Runs the clips through PyTorch and fills a folder with audio, outputs and their index."""
    parts, manifest = load_parts(reference), read_json(repository / MANIFEST)

    def save(name: str, values: np.ndarray) -> dict[str, Any]:
        (output / name).write_bytes(values.astype(values.dtype.newbyteorder("<")).tobytes())
        kind = {"int16": "INT16", "int32": "INT32", "float32": "FP32"}[values.dtype.name]
        return {"type": kind, "shape": list(values.shape), "file": name}

    entries = []
    for index, (name, clip) in enumerate(clips.items()):
        outputs = {
            tensor: save(f"{index:03}.{tensor}.bin", values)
            for tensor, values in expected(parts, clip).items()
        }
        audio = save(f"{index:03}.audio.bin", clip)
        entries.append({"name": name, "samples": len(clip), "audio": audio["file"], "outputs": outputs})
    dealt = batches([len(clip) for clip in clips.values()], bucket_edges(manifest))
    index = {
        "fingerprint": manifest["fingerprint"],
        "source": source,
        "clips": entries,
        "batches": [{"clips": group, "samples": samples} for group, samples in dealt],
    }
    (output / INDEX).write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf8")


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="mt2kd.golden", description="Writes PyTorch's answers to clips.")
    parser.add_argument(
        "--reference", type=Path, default=MODULE / "reference", help="weights and their files"
    )
    parser.add_argument(
        "--repository", type=Path, default=MODULE / "repository", help="whose manifest to use"
    )
    parser.add_argument("--clips", type=int, default=24, help="how many (default: 24)")
    parser.add_argument("--output", type=Path, required=True, help="folder to make or to replace")
    options = parser.parse_args()
    folder = data_folder()
    longest = bucket_edges(read_json(options.repository / MANIFEST))[-1]
    if folder is None:
        print("mt2kd.golden: no recordings, MT2KD_DATA names none: writing SYNTHETIC clips", file=sys.stderr)
        source, clips = "synthetic", synthetic_clips(options.clips, longest)
    else:
        source, clips = "recordings", real_clips(folder, options.clips, longest)
    try:
        replace_folder(
            options.output,
            INDEX,
            lambda new: write(options.reference, options.repository, clips, source, new),
        )
    except (ContractError, NotOurs) as error:
        print(f"mt2kd.golden: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {len(clips)} clips ({source})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
