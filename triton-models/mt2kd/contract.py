"""The tensor contract: which models the repository holds, and the names, types and axes of their tensors."""

from __future__ import annotations

from dataclasses import dataclass

#: Axes whose size changes from call to call. Any other name is a size that the exported model fixes.
DYNAMIC_AXES = frozenset({"N", "S", "T", "T'", "T''"})
#: Triton's name of each element type, and ONNX Runtime's.
ONNX_TYPES = {"INT16": "tensor(int16)", "INT32": "tensor(int32)", "FP32": "tensor(float)"}

ENSEMBLE = "mt2kd"
ENSEMBLE_INPUTS = ("audio", "audio_lengths")
ENSEMBLE_OUTPUTS = ("tokens", "token_scores", "tag_logits", "voiceprint")
#: Every model takes so many utterances at once; the ensemble may not exceed its members.
MAXIMUM_BATCH_SIZE = 8

SAMPLE_RATE_HERTZ = 16_000
#: One encoder frame (T') in seconds.
TOKEN_SECONDS = 0.04


class ContractError(Exception):
    """What was read does not agree with the contract; the message says what and how."""


@dataclass(frozen=True)
class TensorSpec:
    """A tensor's name, Triton element type and axes; the first axis is always the batch, N."""

    name: str
    type: str
    axes: tuple[str | int, ...]


@dataclass(frozen=True)
class ModelSpec:
    """One member of the ensemble."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


def _lengths(name: str) -> TensorSpec:
    return TensorSpec(name, "INT32", ("N", 1))


_FEATURES = (TensorSpec("features", "FP32", ("N", "T", 80)), _lengths("feature_lengths"))
_ENCODER_OUT = (TensorSpec("encoder_out", "FP32", ("N", "T'", "D")), _lengths("encoder_lengths"))
_SPEAKER_FRAMES = (TensorSpec("speaker_frames", "FP32", ("N", "T''", "D2")), _lengths("speaker_lengths"))

#: In the order of the ensemble's steps. No intermediate tensor is an output of the ensemble and no head has
#: an input of its own: Triton leaves out the steps that nobody asked for, and gets it wrong otherwise.
MEMBERS = (
    ModelSpec("frontend", (TensorSpec("audio", "INT16", ("N", "S")), _lengths("audio_lengths")), _FEATURES),
    ModelSpec("encoder", _FEATURES, _ENCODER_OUT + _SPEAKER_FRAMES),
    ModelSpec(
        "asr_head",
        _ENCODER_OUT,
        (TensorSpec("tokens", "INT32", ("N", "T'")), TensorSpec("token_scores", "FP32", ("N", "T'"))),
    ),
    ModelSpec("at_head", _ENCODER_OUT, (TensorSpec("tag_logits", "FP32", ("N", "K")),)),
    ModelSpec("sv_head", _SPEAKER_FRAMES, (TensorSpec("voiceprint", "FP32", ("N", "E")),)),
)
