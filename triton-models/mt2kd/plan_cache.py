"""Engines that were built before, and the timings of their layers."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mt2kd.gpu import Gpu
from mt2kd.plans import EngineSettings, Plan
from mt2kd.profiles import Profile


def default_folder() -> Path:
    """Beside the Python environments: MT2KD_CACHE, or mt2kd in XDG_CACHE_HOME or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("MT2KD_CACHE") or Path(home) / "mt2kd") / "engines"


class PlanCache:
    """A folder with KEY.plan, and KEY.json that says what it was made of.

    The key is the SHA-256 of all that decides what an engine is: GPU name and compute capability, TensorRT
    version, member, graph, settings and profiles. Timings are kept for each GPU and TensorRT version: layers
    of one shape are timed once, whichever engine they are in.
    """

    def __init__(self, folder: Path, gpu: Gpu, tensorrt_version: str) -> None:
        self.folder = folder
        self.device = {**asdict(gpu), "tensorrt": tensorrt_version}
        self._timings = folder / f"{digest(self.device)}.timings"

    def key(self, member: str, graph: bytes, profiles: Sequence[Profile], settings: EngineSettings) -> str:
        """The key of an engine."""
        return digest(self._facts(member, graph, profiles, settings))

    def get(self, key: str) -> Plan | None:
        """An engine that was kept, None if there is none."""
        try:
            facts = json.loads((self.folder / f"{key}.json").read_text(encoding="utf8"))
            return Plan((self.folder / f"{key}.plan").read_bytes(), tuple(facts["held_in_fp32"]), b"")
        except FileNotFoundError:
            return None

    def put(
        self, member: str, graph: bytes, profiles: Sequence[Profile], settings: EngineSettings, plan: Plan
    ) -> str:
        """Keeps an engine and its timings; returns its key."""
        facts = self._facts(member, graph, profiles, settings)
        key = digest(facts)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(self._timings, plan.timing_cache)
        self._write(self.folder / f"{key}.plan", plan.data)
        text = json.dumps({**facts, "held_in_fp32": plan.fp32_layers}, indent=1) + "\n"
        self._write(self.folder / f"{key}.json", text.encode())
        return key

    def timings(self) -> bytes:
        """TensorRT's timing cache of this GPU, empty at first."""
        return self._timings.read_bytes() if self._timings.is_file() else b""

    def _facts(
        self, member: str, graph: bytes, profiles: Sequence[Profile], settings: EngineSettings
    ) -> dict[str, object]:
        shapes = [{name: asdict(shape) for name, shape in profile.items()} for profile in profiles]
        return {
            **self.device,
            "member": member,
            "onnx": hashlib.sha256(graph).hexdigest(),
            "settings": asdict(settings),
            "profiles": shapes,
        }

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        """A reader sees a whole file or none, and of two writers the last wins."""
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_bytes(data)
        os.replace(part, path)


def digest(value: object) -> str:
    """SHA-256 of a value as JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
