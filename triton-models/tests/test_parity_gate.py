"""What the gate lets through, and what not: real runtimes that are as near or as far as they are."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnxruntime.quantization import quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16

from mt2kd import parity
from mt2kd.clips import synthetic_clips
from mt2kd.comparison import BOUNDS, OUTPUTS, Comparison, compare_figures, compare_tensors, table
from mt2kd.contract import ContractError
from mt2kd.export import load_parts
from mt2kd.runtimes import OnnxRuntime, PyTorch

EDGES = [16_000, 32_000, 64_000, 96_000]


@pytest.fixture(scope="module")
def variants(short_repository, tmp_path_factory) -> dict[str, Path]:
    """The encoder in half precision, and in eight bits."""
    folder = tmp_path_factory.mktemp("variants")
    encoder = Path("encoder") / "1" / "model.onnx"
    paths = {name: shutil.copytree(short_repository, folder / name) for name in ("fp16", "int8")}
    half = convert_float_to_float16(onnx.load(short_repository / encoder), keep_io_types=True)
    onnx.save(half, paths["fp16"] / encoder)
    quantize_dynamic(short_repository / encoder, paths["int8"] / encoder)
    return paths


@pytest.fixture(scope="module")
def clips() -> list[np.ndarray]:
    return list(synthetic_clips(5).values())


@pytest.fixture(scope="module")
def pytorch(short_reference) -> PyTorch:
    return PyTorch(load_parts(short_reference))


def test_onnx_runtime_is_within_single_precision(pytorch, short_repository, clips):
    result = parity.compare(pytorch, OnnxRuntime(short_repository), "fp32", clips, EDGES)
    assert result.violations == []
    assert result.batches == 5
    assert result.tokens_compared > 0
    assert result.tokens_different == 0
    assert set(result.differences) == {name for name, spec in OUTPUTS.items() if spec.type == "FP32"}


def test_half_precision_is_out_of_single_precision_s_bounds(pytorch, variants, clips):
    result = parity.compare(pytorch, OnnxRuntime(variants["fp16"]), "fp32", clips, EDGES)
    assert any(violation.startswith("encoder_out: differs by") for violation in result.violations)


def test_every_bucket_is_run(clips):
    batches = list(parity.gate_batches(clips, EDGES))
    assert {audio.shape[1] for audio, _ in batches} == set(EDGES)
    assert [lengths[0, 0] for audio, lengths in batches[1:]] == EDGES
    assert sorted(batches[0][1][:, 0]) == [len(clip) for clip in clips]


def example() -> dict[str, np.ndarray]:
    """Two utterances, the second half as long."""
    random = np.random.default_rng(0)
    sizes = {"N": 2, "T": 20, "T'": 6, "T''": 4, "D": 3, "D2": 3, "K": 2, "E": 2}
    tensors = {
        name: random.normal(0, 1, [sizes.get(axis, axis) for axis in spec.axes]).astype(np.float32)
        for name, spec in OUTPUTS.items()
    }
    tensors["feature_lengths"] = np.array([[20], [10]], np.int32)
    tensors["encoder_lengths"] = np.array([[6], [3]], np.int32)
    tensors["speaker_lengths"] = np.array([[4], [2]], np.int32)
    tensors["tokens"] = np.array([[0, 5, 0, 7, 0, 0], [3, 0, 0, 0, 0, 0]], np.int32)
    return tensors


def compared(change) -> Comparison:
    expected, actual = example(), example()
    change(actual)
    result = Comparison("other", "fp16")
    compare_tensors(expected, actual, result)
    return result


def test_what_lies_past_an_utterance_is_not_compared():
    def change(tensors) -> None:
        tensors["encoder_out"][1, 3:] += 5
        tensors["speaker_frames"][1, 2:] = np.nan
        tensors["features"][1, 9] += 0.5

    result = compared(change)
    assert result.differences["encoder_out"] == 0
    assert result.differences["speaker_frames"] == 0
    assert result.differences["features"] == pytest.approx(0.5, rel=1e-6)


def test_a_moved_token_counts_twice_and_its_score_not():
    def change(tensors) -> None:
        tensors["tokens"][0, 3:5] = 0, 7
        tensors["token_scores"][0, 3:5] += 9
        tensors["token_scores"][0, 1] += 0.03

    result = compared(change)
    assert (result.tokens_compared, result.tokens_different) == (4, 2)
    assert result.differences["token_scores"] == pytest.approx(0.03, rel=1e-4)
    result.judge()
    assert result.violations == ["tokens: 50.000% differ (expected: at most 0.5%)"]


def test_not_a_number_is_never_within_bounds():
    result = compared(lambda tensors: tensors["encoder_out"].__setitem__((0, 0, 0), np.nan))
    compare_tensors(example(), example(), result)  # a good batch after it does not hide it
    result.judge()
    assert result.violations == ["encoder_out: differs by nan (expected: at most inf)"]


def test_other_lengths_and_shapes_are_errors():
    with pytest.raises(ContractError, match=r"other: encoder_lengths: \[\[6\], \[4\]\] \(expected: "):
        compared(lambda tensors: tensors["encoder_lengths"].__setitem__((1, 0), 4))
    with pytest.raises(ContractError, match=r"other: voiceprint: shape \(2, 1\) \(expected: \(2, 2\)\)"):
        compared(lambda tensors: tensors.update(voiceprint=tensors["voiceprint"][:, :1]))


@pytest.mark.parametrize(
    ("name", "before", "after", "out"),
    [
        ("wer", 0.05, 0.0509, False),
        ("wer", 0.05, 0.0512, True),
        ("wer", 0.05, 0.01, False),
        ("map", 0.50, 0.4985, False),
        ("map", 0.50, 0.497, True),
        ("map", 0.50, 0.6, False),
        ("eer_one_string", 0.02, 0.0215, True),
        ("eer_one_string", 0.02, float("nan"), True),
    ],
)
def test_a_figure_may_get_so_much_worse_and_no_more(name, before, after, out):
    figures = {"wer": 0.05, "map": 0.5, "eer_two_strings": 0.01, "eer_one_string": 0.02, name: before}
    result = Comparison("other", "fp16")
    compare_figures(figures, {**figures, name: after}, result)
    result.judge()
    assert len(result.violations) == out
    assert all(violation.startswith(f"{name}: ") for violation in result.violations)
    assert f"{name:<16}" in table([result])


def test_single_precision_bounds_every_tensor_and_half_the_outputs():
    assert max(BOUNDS["fp32"].differences.values()) <= 5e-4
    assert BOUNDS["fp32"].tokens == 0
    assert set(BOUNDS["fp16"].differences) == {"token_scores", "tag_logits", "voiceprint"}


@pytest.fixture
def gate(short_repository, short_reference, tmp_path, monkeypatch):
    """Runs the command line on synthetic clips."""
    monkeypatch.setenv("MT2KD_DATA", str(tmp_path / "none"))

    def run(*options: object, measures=None) -> int:
        paths = ["--repository", short_repository, "--reference", short_reference, "--clips", "2"]
        monkeypatch.setattr(sys, "argv", ["parity", *map(str, [*paths, *options])])
        return parity.main(measures)

    return run


def test_publishes_a_candidate_within_bounds(gate, short_repository, tmp_path):
    output, report = tmp_path / "served", tmp_path / "report.json"
    assert gate("--candidate", short_repository, "--publish", output, "--report", report) == 0
    assert (output / "model.json").read_bytes() == (short_repository / "model.json").read_bytes()
    assert (output / "encoder" / "1" / "model.onnx").is_file()
    written = json.loads(report.read_text())
    assert written["passed"]
    assert written["clips"] == "2 synthetic clips"
    assert [each["runtime"] for each in written["comparisons"]] == ["ONNX Runtime", "ONNX Runtime"]


def test_refuses_a_candidate_out_of_bounds(gate, variants, tmp_path, capsys):
    output, report = tmp_path / "served", tmp_path / "report.json"
    options = ("--candidate", variants["int8"], "--publish", output, "--report", report)
    assert gate(*options) == 1
    assert not output.exists()
    assert "out of bounds: nothing was published" in capsys.readouterr().err
    written = json.loads(report.read_text())
    assert (written["passed"], written["comparisons"][0]["violations"]) == (False, [])
    assert written["comparisons"][1]["violations"]


def test_refuses_a_candidate_whose_figures_are_worse(gate, short_repository, tmp_path):
    output = tmp_path / "served"

    def measures(options) -> Callable:
        values = iter((0.05, 0.05, 0.06))  # PyTorch, the graphs, the candidate
        return lambda runtime: {"wer": next(values)}

    assert gate("--candidate", short_repository, "--publish", output, measures=measures) == 1
    assert not output.exists()


def test_no_clip_is_longer_than_the_last_bucket(real_clips, monkeypatch):
    longest = 2 * 16_000
    assert max(len(clip) for clip in parity.gate_clips(10, longest)[1]) <= longest
    monkeypatch.setattr(parity, "data_folder", lambda: None)
    source, clips = parity.gate_clips(10, longest)
    assert (source, max(len(clip) for clip in clips)) == ("10 synthetic clips", longest)


def test_the_recordings_are_enough_for_the_default(real_clips):
    assert len(real_clips(parity.CLIPS)) == parity.CLIPS


def test_more_clips_than_there_are_recordings_is_an_error(gate, monkeypatch, capsys):
    def too_many(count, longest) -> None:
        raise ValueError(f"count: {count} (expected: at most 89)")

    monkeypatch.setattr(parity, "gate_clips", too_many)
    assert gate("--clips", 90) == 1
    assert "mt2kd.parity: count: 90 (expected: at most 89)" in capsys.readouterr().err


def test_publishing_needs_a_candidate(gate, tmp_path, capsys):
    with pytest.raises(SystemExit):
        gate("--publish", tmp_path / "served")
    assert "--publish: nothing to publish" in capsys.readouterr().err
