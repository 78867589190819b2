"""Weights under the key names of the published checkpoints, and whether they fit a network.

Our networks use those names. What differs is the tagging head after distillation, ``beats_decoder``; a
projection before the speech outputs; what only training needs; a scale in every layer that nothing reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from mt2kd.config import CONFIGURATIONS, Config
from mt2kd.model import Mt2kd

#: The published sizes, one of which a checkpoint should have.
SIZES = ("small", "medium", "large")
#: Of the pruned transducer loss, the speaker loss, the distillation from Whisper, and a count of batch norm.
TRAINING_ONLY = re.compile(
    r"(simple_am_proj|simple_lm_proj|speaker_classifier|whisper_projection)\..+|.+\.num_batches_tracked"
)
UNUSED_SCALE = re.compile(r"encoder\.encoders\.\d+\.(encoder\.)?layers\.\d+\.bypass_scale")
TAGS, DISTILLED_TAGS = "audio_tagging_decoder.", re.compile(r"beats_decoder\..+")
PROJECTION = "encoder_projection"
#: What each output of the network needs, by the first part of its keys.
HEADS = {
    "transducer": ("decoder.", "joiner."),
    "CTC": ("ctc_output.",),
    "audio tagging": (TAGS,),
    "speaker verification": ("ecapa_asp.", "ecapa_linear."),
}


class CheckpointError(Exception):
    """A checkpoint cannot be served by a network; the message says what is wrong and what would fit."""


class MissingHead(CheckpointError):
    """A checkpoint lacks an output that is to be served: ``head``, one of HEADS."""

    def __init__(self, head: str) -> None:
        self.head = head
        keys = " and ".join(f"{prefix}*" for prefix in HEADS[head])
        super().__init__(f"the {head} head is missing: no {keys} (expected: a checkpoint of all three tasks)")


def served(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """The weights that a network needs, under our names, and the keys that were left out."""
    # After distillation, training keeps both names for one module.
    unread = [TRAINING_ONLY, UNUSED_SCALE] + [DISTILLED_TAGS] * any(key.startswith(TAGS) for key in state)
    left_out = [key for key in state if any(pattern.fullmatch(key) for pattern in unread)]
    weights = {
        TAGS + key.split(".", 1)[1] if DISTILLED_TAGS.fullmatch(key) else key: value
        for key, value in state.items()
        if key not in set(left_out)
    }
    return joined(weights), left_out


def joined(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without the ``encoder_projection`` that some of the paper's runs have before the speech outputs.

    It is linear and so is what follows: W (P x + p) + b = (W P) x + (W p + b).
    """
    result = dict(weights)
    matrix, bias = (result.pop(f"{PROJECTION}.{part}", None) for part in ("weight", "bias"))
    following = [name for name in ("joiner.encoder_proj", "ctc_output.1") if f"{name}.weight" in weights]
    if matrix is None or bias is None or not following:
        return weights
    for name in following:
        weight = weights[f"{name}.weight"].double()
        if weight.shape[1:] != matrix.shape[:1]:
            return weights  # its shape is then refused
        result[f"{name}.weight"] = weight @ matrix.double()
        result[f"{name}.bias"] = weight @ bias.double() + weights[f"{name}.bias"]
    return result


def published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our weights as the published code would load them: with the scale that every layer carries unread."""
    scales = {
        key.removesuffix("norm.bias") + "bypass_scale": torch.full_like(value, 0.5)
        for key, value in state.items()
        if re.search(r"layers\.\d+\.norm\.bias$", key)
    }
    return {**state, **scales}


def fitted(config: Config, weights: Mapping[str, Tensor], tokens: int, labels: int) -> Config:
    """The configuration with what the weights and lists decide: CTC, causal convolutions, tokens, labels.

    Raises:
        MissingHead: an output that the configuration serves is not there.
        CheckpointError: there are not as many tokens or labels as the weights know.
    """
    present = {
        head: all(any(key.startswith(prefix) for key in weights) for prefix in prefixes)
        for head, prefixes in HEADS.items()
    }
    optional = {"transducer": not config.decoder_dim, "CTC": config.decoding != "ctc"}
    for head in HEADS:
        if not present[head] and not optional.get(head, False):
            raise MissingHead(head)
    for name, count, keys in (
        ("tokens", tokens, ("joiner.output_linear.bias", "ctc_output.1.bias")),
        ("labels", labels, (f"{TAGS}1.bias",)),
    ):
        for key in keys:
            if key in weights and weights[key].numel() != count:
                raise CheckpointError(f"{name}: {count} (expected: {weights[key].numel()}, as {key} has)")
    causal = any(".causal_conv." in key for key in weights)
    return replace(config, tokens=tokens, labels=labels, ctc=present["CTC"], causal=causal)


def layout(config: Config) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of a network, by key."""
    with torch.device("meta"):
        state = Mt2kd(config).state_dict()
    return {key: tuple(value.shape) for key, value in state.items() if not TRAINING_ONLY.fullmatch(key)}


def check_layout(weights: Mapping[str, Tensor], config: Config) -> None:
    """Raises CheckpointError unless keys and shapes are those of the network; names a size that would fit."""
    found = {key: tuple(value.shape) for key, value in weights.items()}
    expected = layout(config)
    faults = {
        "missing": [key for key in expected if key not in found],
        "unknown": [key for key in found if key not in expected],
        "wrong shape": [
            f"{key} {found[key]} (expected: {shape})"
            for key, shape in expected.items()
            if found.get(key, shape) != shape
        ],
    }
    if any(faults.values()):
        sizes = {name: Config.load(CONFIGURATIONS / f"{name}.json") for name in SIZES}
        fitting = [
            name
            for name, size in sizes.items()
            if _encoder(layout(replace(size, causal=config.causal))) == _encoder(found)
        ]
        hint = f"; configuration {fitting[0]} fits its encoder" if fitting else ""
        said = [f"{kind}: {_listed(keys)}" for kind, keys in faults.items() if keys]
        raise CheckpointError("; ".join(said) + hint)


def clean(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Single precision, and no variance below zero, which averaging of checkpoints can give.

    Raises:
        CheckpointError: a value is not finite.
    """
    result = {}
    for key, value in weights.items():
        value = value.float()
        bad = int((~value.isfinite()).sum())
        if bad:
            raise CheckpointError(f"{key}: {bad} of {value.numel()} values are not finite")
        result[key] = (value.clamp(min=0.0) if key.endswith("running_var") else value).contiguous()
    return result


def _encoder(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return {key: shape for key, shape in shapes.items() if key.startswith(("encoder.", "encoder_embed."))}


def _listed(entries: list[str], limit: int = 3) -> str:
    more = f" and {len(entries) - limit} more" if len(entries) > limit else ""
    return ", ".join(entries[:limit]) + more
