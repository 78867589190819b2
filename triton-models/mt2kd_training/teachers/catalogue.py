"""Teachers by name."""

from __future__ import annotations

from pathlib import Path

from mt2kd_training.teachers.teacher import Teacher

NAMES = ("moonshine", "yamnet", "yamnet-frames", "yamnet-tags", "resemblyzer", "own")


def load_teacher(name: str, data: Path, reference: Path | None = None, task: str | None = None) -> Teacher:
    """A teacher, its weights loaded.

    Args:
        name: one of NAMES; all but ``own`` need the environment `teachers`.
        data: the folder of recordings, which holds YAMNet and the labelled sounds.
        reference: of ``own``: a folder that ``mt2kd.model.load_reference`` reads.
        task: of ``own``: asr, at or sv.
    """
    # Each needs packages that the others, and training, do without.
    if name == "moonshine":
        from mt2kd_training.teachers.moonshine import Moonshine

        return Moonshine()
    if name in ("yamnet", "yamnet-frames"):
        from mt2kd_training.teachers.yamnet import Yamnet, YamnetFrames

        return (Yamnet if name == "yamnet" else YamnetFrames)(data / "teachers" / "yamnet.tflite")
    if name == "yamnet-tags":
        from mt2kd_training.teachers.yamnet_tags import YamnetTags

        return YamnetTags(data, data / "teachers" / "yamnet.tflite")
    if name == "resemblyzer":
        from mt2kd_training.teachers.resemblyzer import Resemblyzer

        return Resemblyzer()
    if name == "own":
        from mt2kd_training.teachers.own import Own

        if reference is None or task is None:
            raise ValueError(f"reference: {reference}, task: {task} (expected: both, for the teacher own)")
        return Own(reference, task)
    raise ValueError(f"teacher: {name!r} (expected: one of {', '.join(NAMES)})")
