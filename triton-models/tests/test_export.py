from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from conftest import random_head
from torch import nn

from mt2kd import export
from mt2kd.clips import synthetic_clips
from mt2kd.contract import MEMBERS, ContractError, ModelSpec, TensorSpec
from mt2kd.model import CtcHead
from mt2kd.scan import control_flow
from mt2kd.transducer import Decoder, GreedyStep, Joiner, TransducerHead


def graph(random_models: Path, name: str) -> onnx.ModelProto:
    return onnx.load(random_models / name / "1" / "model.onnx")


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_graphs_have_the_contract_s_names_and_no_control_flow_but_the_search(
    random_models: Path, random_reference: Path, member: ModelSpec
) -> None:
    model = graph(random_models, member.name)
    assert [value.name for value in model.graph.input] == [spec.name for spec in member.inputs]
    assert [value.name for value in model.graph.output] == [spec.name for spec in member.outputs]
    assert list(control_flow(model.graph)) == (["Scan"] if member.name == "asr_head" else [])
    assert [opset.version for opset in model.opset_import if not opset.domain] == [17]
    serving = json.loads((random_reference / "serving.json").read_text(encoding="utf8"))
    stated = {prop.key: prop.value for prop in model.metadata_props}
    assert stated["version"] == serving["version"]


def test_the_same_weights_give_the_same_bytes(
    random_models: Path, random_reference: Path, tmp_path: Path
) -> None:
    export.export(random_reference, tmp_path)
    for member in MEMBERS:
        again = tmp_path / member.name / "1" / "model.onnx"
        assert again.read_bytes() == (random_models / member.name / "1" / "model.onnx").read_bytes(), (
            member.name
        )


def test_refuses_a_graph_that_differs_from_pytorch(random_models: Path, random_reference: Path) -> None:
    parts = export.load_parts(random_reference)
    sessions = {
        member.name: onnxruntime.InferenceSession(random_models / member.name / "1" / "model.onnx")
        for member in MEMBERS
    }
    with torch.no_grad():
        parts["at_head"].audio_tagging_decoder[1].bias += 0.01
    with pytest.raises(ContractError, match=r"at_head: tag_logits: 0\.01 from PyTorch"):
        export.compare(parts, sessions, [16_000])


class Branching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.choose = torch.jit.script(choose)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.choose(x)


class BranchingStep(GreedyStep):
    def forward(self, context, frame, valid):
        return super().forward(context, torch.jit.script(choose)(frame), valid)


class BranchingHead(TransducerHead):
    def step(self) -> GreedyStep:
        return BranchingStep(self.decoder, self.joiner)


def choose(x: torch.Tensor) -> torch.Tensor:
    if x.sum() > 0:
        return x + 1.0
    return x * 2.0


def test_refuses_a_graph_that_branches() -> None:
    spec = TensorSpec("x", "FP32", ("N", "T"))
    member = ModelSpec("branching", (spec,), (TensorSpec("y", "FP32", ("N", "T")),))
    x = torch.ones(1, 3)
    with pytest.raises(ContractError, match=r"branching: \['If'\] \(expected: \[\]"):
        export.export_part(member, Branching(), [x], [x], "0")


ASR_HEAD = next(member for member in MEMBERS if member.name == "asr_head")


def exported(head: nn.Module, width: int) -> bytes:
    inputs = [torch.randn(2, 20, width), torch.tensor([[20], [13]], dtype=torch.int32)]
    with torch.no_grad():
        outputs = list(head(*inputs))
    return export.export_part(ASR_HEAD, head, inputs, outputs, "0")


def test_refuses_a_search_that_branches() -> None:
    with pytest.raises(ContractError, match=r"asr_head: \['If', 'Scan'\] \(expected: \['Scan'\]"):
        exported(BranchingHead(Decoder(9, 8, 2), Joiner(10, 8, 12, 9)), 10)


@pytest.mark.parametrize("context", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 8])
def test_the_search_in_the_graph_is_that_of_pytorch(context: int, rows: int) -> None:
    head = random_head(width=10, context=context)
    session = onnxruntime.InferenceSession(exported(head, 10))
    for frames in (1, 2, 25, 750):
        encoder_out = torch.randn(rows, frames, 10)
        lengths = torch.linspace(frames, 1, rows).int().unsqueeze(1)
        with torch.inference_mode():
            tokens, scores = head(encoder_out, lengths)
        feed = {"encoder_out": encoder_out.numpy(), "encoder_lengths": lengths.numpy()}
        results = session.run(["tokens", "token_scores"], feed)
        np.testing.assert_array_equal(results[0], tokens.numpy())
        np.testing.assert_allclose(results[1], scores.numpy(), rtol=0, atol=export.TOLERANCE)
    valid = torch.arange(frames) < lengths
    assert 0.2 < float((tokens[valid] > 0).float().mean()) < 0.8  # both ways were taken


def test_a_head_of_ctc_has_no_scan() -> None:
    torch.manual_seed(0)
    head = CtcHead(nn.Sequential(nn.Linear(10, 7), nn.LogSoftmax(dim=-1))).eval()
    assert not list(control_flow(onnx.load_from_string(exported(head, 10)).graph))


def test_padding_and_neighbours_change_nothing(random_models: Path) -> None:
    """The exported chain, alone and beside longer clips under padding of noise."""
    sessions = {
        member.name: onnxruntime.InferenceSession(random_models / member.name / "1" / "model.onnx")
        for member in MEMBERS
    }

    def run(audio: np.ndarray, lengths: np.ndarray) -> dict[str, np.ndarray]:
        tensors = {"audio": audio, "audio_lengths": lengths}
        for member in MEMBERS:
            feed = {spec.name: tensors[spec.name] for spec in member.inputs}
            tensors |= dict(
                zip([s.name for s in member.outputs], sessions[member.name].run(None, feed), strict=True)
            )
        return tensors

    clips = list(synthetic_clips(8).values())
    audio = np.random.default_rng(3).integers(-32_768, 32_767, (8, 100_000), np.int16)
    for row, clip in zip(audio, clips, strict=True):
        row[: len(clip)] = clip
    together = run(audio, np.array([[len(clip)] for clip in clips], np.int32))
    for i, clip in enumerate(clips):
        alone = run(clip[None], np.array([[len(clip)]], np.int32))
        frames = alone["tokens"].shape[1]
        np.testing.assert_array_equal(together["tokens"][i, :frames], alone["tokens"][0])
        assert not together["tokens"][i, frames:].any()
        assert not together["token_scores"][i, frames:].any()
        for name in ("tag_logits", "voiceprint"):
            np.testing.assert_allclose(together[name][i], alone[name][0], rtol=0, atol=1e-4)
