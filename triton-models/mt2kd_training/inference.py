"""The model on whole recordings, in batches of similar length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from mt2kd.frontend import Frontend
from mt2kd.model import Mt2kd
from mt2kd_training.recordings import Recordings

MINIMUM_SAMPLES = 1_600


@torch.inference_mode()
def analyze(
    model: Mt2kd, audio: Sequence[np.ndarray], names: Sequence[str], batch_seconds: float = 60.0
) -> list[dict[str, np.ndarray]]:
    """Outputs of each utterance, in the order given.

    Args:
        model: in evaluation mode.
        audio: int16 [samples] each, at least 0.1 s.
        names: which of tokens, token_scores, tag_logits, voiceprint are wanted.
        batch_seconds: padded size of a batch.
    """
    device = device_of(model)
    frontend = Frontend().to(device)
    results: list[dict[str, np.ndarray]] = [{} for _ in audio]
    order = sorted(range(len(audio)), key=lambda i: len(audio[i]))
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and len(audio[order[end]]) * (end + 1 - start) <= batch_seconds * 16_000:
            end += 1
        group = order[start:end]
        lengths = torch.tensor([[max(MINIMUM_SAMPLES, len(audio[i]))] for i in group], dtype=torch.int32)
        padded = torch.zeros(len(group), int(lengths.max()), dtype=torch.int16)
        for row, i in enumerate(group):
            padded[row, : len(audio[i])] = torch.from_numpy(np.ascontiguousarray(audio[i]))
        outputs = model(*frontend(padded.to(device), lengths.to(device)))
        for row, i in enumerate(group):
            results[i] = {name: outputs[name][row].cpu().numpy() for name in names}
        start = end
    return results


def device_of(model: object) -> torch.device:
    """Where a network is. What is no network of ours, such as a runtime, takes tensors of the processor."""
    return next(model.parameters()).device if isinstance(model, nn.Module) else torch.device("cpu")


def voiceprints(model: Mt2kd, recordings: Recordings, split: str, wanted: set[str]) -> dict[str, np.ndarray]:
    """String id → voiceprint, of the listed strings that are wanted."""
    strings = [row for row in recordings.table(f"sv_strings_{split}.tsv") if row["string_id"] in wanted]
    audio = [recordings.render(row["clip_ids"], row["pauses_ms"]) for row in strings]
    outputs = analyze(model, audio, ["voiceprint"])
    return {row["string_id"]: out["voiceprint"] for row, out in zip(strings, outputs, strict=True)}
