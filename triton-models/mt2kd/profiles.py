"""TensorRT's optimisation profiles: one for each bucket of the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mt2kd.config import Config
from mt2kd.contract import MAXIMUM_BATCH_SIZE, ContractError, ModelSpec
from mt2kd.frontend import FRAME_SHIFT
from mt2kd.parts import downsampled_length, embed_length

#: The batch that kernels are chosen for.
OPTIMUM_BATCH_SIZE = MAXIMUM_BATCH_SIZE // 2

#: Smallest and largest size of each axis of time in a bucket.
AxisRanges = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class ShapeRange:
    """The shapes of one tensor that a profile takes, and the one that its kernels are chosen for."""

    minimum: tuple[int, ...]
    optimum: tuple[int, ...]
    maximum: tuple[int, ...]

    def holds(self, shape: Sequence[int]) -> bool:
        """Whether the profile takes a shape."""
        return len(shape) == len(self.minimum) and all(
            low <= size <= high for low, size, high in zip(self.minimum, shape, self.maximum, strict=True)
        )


#: By input tensor.
Profile = Mapping[str, ShapeRange]


def axis_sizes(samples: int, config: Config) -> dict[str, int]:
    """Sizes of the axes of time for audio of so many samples.

    S samples have T = (S + 80) // 160 feature frames, T1 = (T - 7) // 2 frames at 50 Hz,
    T' = ceil(T1 / 2) encoder frames and T'' = ceil(T1 / downsampling of the speaker stack) speaker frames.
    """
    frames = (samples + FRAME_SHIFT // 2) // FRAME_SHIFT
    embedded = embed_length(frames)
    speaker = config.downsampling[config.speaker_stack]
    return {
        "S": samples,
        "T": frames,
        "T'": downsampled_length(embedded, 2),
        "T''": downsampled_length(embedded, speaker),
    }


def bucket_axes(manifest: Mapping[str, Any], config: Config) -> list[AxisRanges]:
    """The ranges of each bucket: from what no longer fits the bucket before, up to its own edge.

    They follow each other without gap or overlap, so that a tensor has one profile and no other: a profile
    that spans all lengths needs memory for the longest and kernels that suit none.

    Raises:
        ContractError: two edges are so near each other that an axis has the same size at both.
    """
    rate = manifest["sample_rate_hertz"]
    edges = [axis_sizes(round(seconds * rate), config) for seconds in manifest["bucket_seconds"]]
    ranges = []
    least = axis_sizes(manifest["minimum_samples"], config)
    for seconds, edge in zip(manifest["bucket_seconds"], edges, strict=True):
        if any(least[axis] > edge[axis] or least[axis] < 1 for axis in edge):
            raise ContractError(f"bucket_seconds: {seconds} (expected: {edge} to be at least {least})")
        ranges.append({axis: (least[axis], edge[axis]) for axis in edge})
        least = {axis: size + 1 for axis, size in edge.items()}
    return ranges


def member_profiles(
    member: ModelSpec, buckets: Sequence[AxisRanges], sizes: Mapping[str, int]
) -> list[Profile]:
    """A member's profiles, in the order of the buckets.

    The optimum is the bucket's edge, to which the gateway pads.

    Args:
        member: its tensors.
        buckets: as ``bucket_axes`` gives them.
        sizes: the value of each axis that the exported model fixes.
    """
    batches = 1, OPTIMUM_BATCH_SIZE, MAXIMUM_BATCH_SIZE

    def shape(axes: tuple[str | int, ...], bucket: AxisRanges, batch: int, end: int) -> tuple[int, ...]:
        rest = (
            axis if isinstance(axis, int) else bucket[axis][end] if axis in bucket else sizes[axis]
            for axis in axes[1:]
        )
        return batch, *rest

    return [
        {
            spec.name: ShapeRange(
                *(shape(spec.axes, bucket, batch, end) for batch, end in zip(batches, (0, 1, 1), strict=True))
            )
            for spec in member.inputs
        }
        for bucket in buckets
    ]


def profile_of(profiles: Sequence[Profile], shapes: Mapping[str, Sequence[int]]) -> int:
    """Index of the profile that takes the shapes.

    Raises:
        ContractError: none does.
    """
    for index, profile in enumerate(profiles):
        if all(name in shapes and held.holds(shapes[name]) for name, held in profile.items()):
            return index
    last = {name: held.maximum for name, held in profiles[-1].items()}
    given = {name: tuple(shape) for name, shape in shapes.items()}
    raise ContractError(f"shapes: {given} (expected: those of one bucket, the last of which ends at {last})")
