"""Published checkpoints: read as they are saved, refused with a reason, and given back unchanged."""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from mt2kd import checkpoint
from mt2kd.checkpoint import UNCALIBRATED, export_checkpoint, import_checkpoint, read_labels, read_tokens
from mt2kd.config import CONFIGURATIONS, Config
from mt2kd.contract import ContractError
from mt2kd.folders import NotOurs
from mt2kd.model import Mt2kd, load_reference
from mt2kd.published import CheckpointError, MissingHead, check_layout, layout, published
from mt2kd.repository import build_repository

State = dict[str, Tensor]
VARIANCE = "ecapa_asp.tdnn.norm.norm.running_var"


@pytest.fixture
def state(random_reference) -> State:
    return published(load_reference(random_reference).state_dict())


@pytest.fixture
def bring(random_reference, tmp_path):
    """Imports what it is given into a folder, with the lists and numbers of the random network."""

    def bring(saved: object, output: str = "imported", **options: object) -> Path:
        torch.save(saved, tmp_path / "epoch-30.pt")
        import_checkpoint(
            tmp_path / "epoch-30.pt",
            str(random_reference / "config.json"),
            options.pop("tokens", random_reference / "tokens.txt"),
            options.pop("labels", random_reference / "labels.txt"),
            tmp_path / output,
            **options,
        )
        return tmp_path / output

    return bring


def same(state: State, other: State) -> bool:
    return state.keys() == other.keys() and all(torch.equal(state[key], other[key]) for key in state)


def reference_of(config: Config, folder: Path) -> Path:
    """A reference folder of random weights."""
    folder.mkdir()
    torch.manual_seed(1)
    config.save(folder / "config.json")
    save_file(Mt2kd(config).state_dict(), folder / "weights.safetensors")
    for name, count in (("tokens", config.tokens), ("labels", config.labels)):
        (folder / f"{name}.txt").write_text("".join(f"{name}-{i}\n" for i in range(count)), encoding="utf8")
    return folder


@pytest.mark.parametrize(
    "change",
    [{}, {"ctc": False}, {"causal": True}, {"decoding": "ctc", "decoder_dim": 0}, "reference"],
    ids=str,
)
def test_what_is_exported_is_imported_unchanged(change, random_reference, reference, tmp_path):
    if change == "reference":
        folder = reference
    else:
        config = replace(Config.load(random_reference / "config.json"), **change)
        folder = reference_of(config, tmp_path / "reference")
    file, again = tmp_path / "checkpoint.pt", tmp_path / "again"
    export_checkpoint(folder, file)
    assert torch.load(file, weights_only=True).keys() == {"model"}
    lists = (folder / "tokens.txt", folder / "labels.txt")
    import_checkpoint(file, str(folder / "config.json"), *lists, again)
    assert Config.load(again / "config.json") == Config.load(folder / "config.json")
    assert same(load_reference(again).state_dict(), load_reference(folder).state_dict())
    for name in ("tokens.txt", "labels.txt"):
        assert (again / name).read_text("utf8") == (folder / name).read_text("utf8")


def test_an_import_takes_ctc_and_causality_from_the_weights(random_reference, tmp_path):
    config = replace(Config.load(random_reference / "config.json"), causal=True, ctc=False)
    folder = reference_of(config, tmp_path / "reference")
    export_checkpoint(folder, tmp_path / "checkpoint.pt")
    lists = (folder / "tokens.txt", folder / "labels.txt")
    plain = str(random_reference / "config.json")  # neither causal nor without CTC
    import_checkpoint(tmp_path / "checkpoint.pt", plain, *lists, tmp_path / "imported")
    assert Config.load(tmp_path / "imported" / "config.json") == config


def test_the_average_is_taken_unless_the_last_weights_are_asked_for(bring, state):
    last = {key: value * 0.5 for key, value in state.items()}
    saved = {
        "model": last,
        "model_avg": state,
        "epoch": 30,
        "exp_dir": Path("exp"),
        "optimizer": {"state": {}},
    }
    expected = load_reference(bring({"model": state})).state_dict()
    assert same(load_reference(bring(saved)).state_dict(), expected)
    assert same(load_reference(bring(state)).state_dict(), expected)
    assert same(load_reference(bring(saved | {"model_avg": None}, weights="model")).state_dict(),
                load_reference(bring({"model": last})).state_dict())  # fmt: skip
    with pytest.raises(CheckpointError, match=r"weights: 'model_avg' \(expected: model\)"):
        bring({"model": state}, weights="model_avg")


def test_what_only_training_needs_is_left_out_and_recorded(bring, state):
    extra = {
        "simple_am_proj.weight": torch.zeros(12, 48),
        "simple_lm_proj.bias": torch.zeros(12),
        "speaker_classifier.weight": torch.zeros(9, 16),
        "whisper_projection.weight": torch.zeros(2560, 48),
    }
    folder = bring({"model": state | extra})
    assert same(load_reference(folder).state_dict(), load_reference(bring(state, "plain")).state_dict())
    left_out = json.loads((folder / "import.json").read_text("utf8"))["left_out"]
    assert extra.keys() < left_out.keys()
    assert left_out["encoder.encoders.*.encoder.layers.*.bypass_scale"] == 3


def test_the_tagging_head_of_distillation_is_known_by_its_name(bring, state):
    ours = {key: value for key, value in state.items() if key.startswith("audio_tagging_decoder.")}
    distilled = {
        key.replace("audio_tagging_decoder", "beats_decoder"): value + 1 for key, value in ours.items()
    }
    first_stage = {key: value for key, value in state.items() if key not in ours} | distilled
    weights = load_reference(bring(first_stage)).state_dict()
    assert all(torch.equal(weights[key], value + 1) for key, value in ours.items())
    weights = load_reference(bring(state | distilled)).state_dict()  # the second stage has both
    assert all(torch.equal(weights[key], value) for key, value in ours.items())


def test_a_projection_before_the_joiner_becomes_part_of_it(bring, state):
    torch.manual_seed(2)
    projection, x = torch.nn.Linear(48, 80), torch.randn(7, 48)
    following = {
        name: torch.nn.Linear(80, size) for name, size in (("joiner.encoder_proj", 24), ("ctc_output.1", 12))
    }
    extra = {"encoder_projection." + key: value for key, value in projection.state_dict().items()}
    for name, layer in following.items():
        extra |= {f"{name}.{key}": value for key, value in layer.state_dict().items()}
    model = load_reference(bring(state | extra))
    with torch.no_grad():
        torch.testing.assert_close(
            model.joiner.encoder_proj(x), following["joiner.encoder_proj"](projection(x))
        )
        torch.testing.assert_close(model.ctc_output[1](x), following["ctc_output.1"](projection(x)))
    with pytest.raises(CheckpointError, match=r"unknown: encoder_projection\.weight"):
        bring(state | {key: value for key, value in extra.items() if key.startswith("encoder_projection")})


def test_a_variance_that_averaging_made_negative_is_zero(bring, state):
    state[VARIANCE] = torch.linspace(-0.1, 1.0, len(state[VARIANCE]))
    assert torch.equal(load_reference(bring(state)).state_dict()[VARIANCE], state[VARIANCE].clamp(min=0))


def test_an_import_serves_with_its_own_lists_and_accepts_no_voice(bring, state, random_models, tmp_path):
    manifest = build_repository(bring(state), random_models, "onnxruntime", tmp_path / "repository")
    assert (len(manifest["tokens"]), len(manifest["labels"])) == (12, 5)
    assert (manifest["name"], manifest["version"]) == ("mt2kd-config", "1")
    assert manifest["speaker"] == UNCALIBRATED
    line, table = manifest["speaker"]["calibration"], manifest["speaker"]["false_accept"]
    assert line["scale"] + line["offset"] < table[0]["log_likelihood_ratio"]
    assert [math.exp(-row["log_likelihood_ratio"]) for row in table] == pytest.approx([0.5, 1e-4], rel=1e-3)


def test_calibration_and_serving_can_be_given(bring, state, random_reference):
    calibration, serving = random_reference / "calibration.json", random_reference / "serving.json"
    folder = bring(state, calibration=calibration, serving=serving)
    for file in (calibration, serving):
        assert json.loads((folder / file.name).read_text("utf8")) == json.loads(file.read_text("utf8"))


@pytest.mark.parametrize(
    ("prefix", "head"),
    [
        ("audio_tagging_decoder.", "audio tagging"),
        ("ecapa_asp.", "speaker verification"),
        ("ecapa_linear.", "speaker verification"),
        ("decoder.", "transducer"),
        ("joiner.", "transducer"),
    ],
)
def test_a_missing_head_is_named(bring, state, prefix, head):
    with pytest.raises(MissingHead, match=f"the {head} head is missing") as failure:
        bring({key: value for key, value in state.items() if not key.startswith(prefix)})
    assert failure.value.head == head


LINEAR = "encoder.encoders.0.encoder.layers.0.self_attn1.in_proj.weight"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({LINEAR: None}, f"missing: {LINEAR}"),
        ({"attention_decoder.out.weight": torch.zeros(1)}, "unknown: attention_decoder.out.weight"),
        ({LINEAR: torch.zeros(24, 31)}, f"wrong shape: {LINEAR} (24, 31) (expected: (24, 32))"),
        ({LINEAR: torch.full((24, 32), math.nan)}, f"{LINEAR}: 768 of 768 values are not finite"),
        ({LINEAR: torch.eye(24, 32) / 0}, f"{LINEAR}: 768 of 768 values are not finite"),
        ({"joiner.output_linear.bias": torch.zeros(13)}, "tokens: 12 (expected: 13, as joiner.output_linear"),
        ({"ctc_output.1.bias": torch.zeros(13)}, "tokens: 12 (expected: 13, as ctc_output.1.bias has)"),
        ({"audio_tagging_decoder.1.bias": torch.zeros(4)}, "labels: 5 (expected: 4, as audio_tagging_deco"),
        ({"epoch": 3}, "['epoch'] (expected: tensors only, at least one)"),
    ],
)  # fmt: skip
def test_faulty_weights_are_refused_with_their_key(bring, state, tmp_path, change, message):
    changed = {key: value for key, value in (state | change).items() if value is not None}
    with pytest.raises(CheckpointError, match=re.escape(message)):
        bring(changed)
    assert not (tmp_path / "imported").exists()


def test_a_checkpoint_of_another_size_is_told_its_own():
    configurations = {name: Config.load(CONFIGURATIONS / f"{name}.json") for name in ("small", "medium")}
    shapes = layout(replace(configurations["medium"], causal=True))
    weights = {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}
    with pytest.raises(CheckpointError, match=r"and \d+ more; configuration medium fits its encoder$"):
        check_layout(weights, replace(configurations["small"], causal=True))
    check_layout(weights, replace(configurations["medium"], causal=True))


class Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def test_code_in_a_checkpoint_is_refused_and_not_run(bring, state, tmp_path):
    with pytest.raises(CheckpointError, match=r"expected: a file of torch\.save without code"):
        bring({"model": state, "params": Harmful(tmp_path / "ran")})
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [None, b"", b"no checkpoint"])
def test_a_file_that_is_no_checkpoint_is_named(tmp_path, random_reference, content):
    file = tmp_path / "epoch-1.pt"
    if content is not None:
        file.write_bytes(content)
    lists = (random_reference / "tokens.txt", random_reference / "labels.txt")
    with pytest.raises(CheckpointError, match=r"epoch-1\.pt: .+ \(expected: a file of torch\.save"):
        import_checkpoint(file, "medium", *lists, tmp_path / "imported")


def test_an_unknown_configuration_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(
        CheckpointError, match=r"'tiny' \(expected: large, medium, reference, small or a \.json"
    ):
        import_checkpoint(tmp_path, "tiny", tmp_path, tmp_path, tmp_path)
    (tmp_path / "mine.json").write_text('{"layer": [1]}', encoding="utf8")
    with pytest.raises(CheckpointError, match=r"configuration: .*mine\.json: .*'layer'"):
        import_checkpoint(tmp_path, str(tmp_path / "mine.json"), tmp_path, tmp_path, tmp_path)


def test_only_an_earlier_import_is_replaced(bring, state, random_reference, tmp_path):
    before = (random_reference / "weights.safetensors").read_bytes()
    with pytest.raises(NotOurs, match=r"not replaced .*import\.json"):
        bring(state, output=str(random_reference))
    assert (random_reference / "weights.safetensors").read_bytes() == before
    folder = bring(state)
    (folder / "training.json").touch()  # of other weights
    assert not (bring(state) / "training.json").exists()


def test_a_symbol_table_gives_its_pieces_in_order(tmp_path):
    file = tmp_path / "tokens.txt"
    file.write_text("<blk> 0\n▁a 2\n<unk> 1\n#0 3\n#1 4\n", encoding="utf8")
    assert read_tokens(file) == ["<blk>", "<unk>", "▁a"]
    file.write_text("<blk>\n▁a\n7\n", encoding="utf8")
    assert read_tokens(file) == ["<blk>", "▁a", "7"]
    file.write_text("<blk> 0\n▁a 2\n", encoding="utf8")
    with pytest.raises(ContractError, match=r"ids 0 to 2 \(expected: 0 to 1\)"):
        read_tokens(file)


def test_a_class_list_gives_its_names_in_the_order_of_their_indices(tmp_path):
    file = tmp_path / "class_labels_indices.csv"
    file.write_text('index,mid,display_name\n1,/m/1,"Male speech, man"\n0,/m/0,Speech\n', encoding="utf8")
    assert read_labels(file) == ["Speech", "Male speech, man"]
    file.write_text("index,mid,display_name\n1,/m/0,Speech\n", encoding="utf8")
    with pytest.raises(ContractError, match=r"KeyError\(0\) \(expected: columns index, from 0"):
        read_labels(file)


def test_the_command_says_what_it_left_out_and_what_went_wrong(
    random_reference, tmp_path, monkeypatch, capsys
):
    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["mt2kd.checkpoint", *map(str, arguments)])
        return checkpoint.main()

    file, config = tmp_path / "epoch-30.pt", random_reference / "config.json"
    lists = ("--tokens", random_reference / "tokens.txt", "--labels", random_reference / "labels.txt")
    assert run("export", random_reference, file) == 0
    assert run("import", file, "--configuration", config, *lists, "--output", tmp_path / "imported") == 0
    said = capsys.readouterr().out
    assert "left out: encoder.encoders.*.encoder.layers.*.bypass_scale (3)\n" in said
    assert "not calibrated: no voice is accepted" in said
    assert run("import", file, "--configuration", "medium", *lists, "--output", tmp_path / "other") == 1
    assert capsys.readouterr().err.startswith("mt2kd.checkpoint: ")
    assert not (tmp_path / "other").exists()
