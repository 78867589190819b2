"""A single-task teacher of our own: a checkpoint of the same network, trained on one of the tasks."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch

from mt2kd.frontend import Frontend
from mt2kd.model import load_reference
from mt2kd_training.inference import MINIMUM_SAMPLES
from mt2kd_training.teachers.teacher import Kind, digest_of

VERSION = 1
KINDS: dict[str, Kind] = {"asr": "frames", "at": "clip", "sv": "utterance"}


class Own:
    """What a head of the checkpoint sees or says.

    * ``asr``: the encoder's frames before the head, [T', D] at 25 Hz.
    * ``at``: the sigmoid of the tag logits, [K].
    * ``sv``: the voiceprint, [E].

    Audio shorter than 0.1 s is continued by silence.
    """

    def __init__(self, reference: Path, task: str) -> None:
        if task not in KINDS:
            raise ValueError(f"task: {task!r} (expected: one of {', '.join(KINDS)})")
        self.name, self.kind, self._task = f"own-{task}", KINDS[task], task
        weights = digest_of(VERSION, reference / "config.json", reference / "weights.safetensors")
        self.digest = hashlib.sha256(f"{task} {weights}".encode()).hexdigest()
        self.rate_hertz = 25.0 if task == "asr" else None
        # As `batches.word_frames` has it: the front end sees about 110 ms.
        self.first_centre_seconds = 0.05 if task == "asr" else None
        self._frontend, self._parts = Frontend(), load_reference(reference).parts()

    @torch.inference_mode()
    def targets(self, samples: np.ndarray) -> np.ndarray:
        """The task's answer to float32 [S]."""
        samples = np.pad(samples, (0, max(0, MINIMUM_SAMPLES - len(samples))))
        length = torch.tensor([[len(samples)]], dtype=torch.int32)
        features = self._frontend(torch.from_numpy(samples[None]), length)
        frames, lengths, speaker_frames, speaker_lengths = self._parts["encoder"](*features)
        if self._task == "asr":
            return frames[0, : int(lengths[0])].numpy()
        if self._task == "at":
            return self._parts["at_head"](frames, lengths)[0].sigmoid().numpy()
        return self._parts["sv_head"](speaker_frames, speaker_lengths)[0].numpy()
