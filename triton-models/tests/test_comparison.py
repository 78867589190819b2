"""The comparison: which steps a row needs, that each runs once and in order, and the table of the figures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from mt2kd_training.comparison import Comparison, Step, run
from mt2kd_training.table import finished, table


def comparison(output: Path) -> Comparison:
    return Comparison(
        argparse.Namespace(
            data=Path("data"), cache=Path("cache"), output=output, configuration="reference", updates=1000,
            device="cpu", seeds=[1, 2], first_stage=0.25,
        )
    )  # fmt: skip


def steps(step: Step) -> dict[str, Step]:
    found = {step.name: step}
    for needed in step.needs:
        found |= steps(needed)
    return found


def option(step: Step, name: str) -> str:
    return str(step.options[list(step.options).index(name) + 1])


def test_every_row_spends_the_same_updates(tmp_path):
    rows = comparison(tmp_path)
    assert option(steps(rows.row("scratch", 1))["scratch-1"], "--updates") == "1000"
    for row, name in (("own teachers", "own"), ("pre-trained teachers", "pre-trained")):
        needed = steps(rows.row(row, 1))
        first, second = needed[f"{name}-stage-1-1"], needed[f"{name}-1"]
        assert int(option(first, "--updates")) + int(option(second, "--updates")) == 1000
        assert option(second, "--initial") == str(tmp_path / f"{name}-stage-1-1")


def test_a_single_task_row_learns_and_measures_one_task(tmp_path):
    needed = steps(comparison(tmp_path).row("sounds", 2))
    assert option(needed["sounds-2"], "--tasks") == "sounds"
    assert option(needed["figures sounds-2"], "--tasks") == "sounds"
    assert option(needed["figures sounds-2"], "--split") == "test"


def test_plain_softmax_is_the_voices_row_without_the_margin(tmp_path):
    needed = steps(comparison(tmp_path).row("plain softmax", 1))
    assert option(needed["plain-1"], "--margin") == "0"
    assert option(needed["plain-1"], "--tasks") == option(needed["figures plain-1"], "--tasks") == "voices"


def test_teachers_of_sounds_stay_in_stage_2_of_the_pre_trained_row_only(tmp_path):
    rows = comparison(tmp_path)
    assert "--sound-teachers" in steps(rows.row("pre-trained teachers", 1))["pre-trained-1"].options
    for row, name in (("own teachers", "own-1"), ("frozen", "frozen-1"), ("scratch", "scratch-1")):
        assert "--sound-teachers" not in steps(rows.row(row, 1))[name].options


def test_the_frozen_row_shares_stage_1_with_the_pre_trained_teachers(tmp_path):
    rows = comparison(tmp_path)
    frozen, whole = steps(rows.row("frozen", 1)), steps(rows.row("pre-trained teachers", 1))
    assert frozen.keys() & whole.keys() == {"pre-trained-stage-1-1"}
    assert option(frozen["frozen-1"], "--frozen") == "1.0"


def test_the_students_of_every_seed_have_the_same_teachers(tmp_path):
    needed = steps(comparison(tmp_path).row("own teachers", 2))
    assert {"words-1", "sounds-1", "voices-1", "own-2"} <= needed.keys()
    assert "words-2" not in needed


def made(tmp_path: Path, name: str, *needs: Step) -> Step:
    return Step(name, "none", (), tmp_path / name, needs)


def test_each_step_runs_once_and_after_what_it_needs(tmp_path):
    base = made(tmp_path, "base")
    left, right = made(tmp_path, "left", base), made(tmp_path, "right", base)
    ran: list[str] = []
    run([made(tmp_path, "top", left, right), right], jobs=2, execute=lambda step: ran.append(step.name))
    assert sorted(ran) == ["base", "left", "right", "top"]
    assert (ran[0], ran[-1]) == ("base", "top")


def test_what_is_there_is_not_made_again(tmp_path):
    base = made(tmp_path, "base")
    base.result.touch()
    ran: list[str] = []
    run([made(tmp_path, "top", base)], jobs=1, execute=lambda step: ran.append(step.name))
    assert ran == ["top"]
    assert (tmp_path / "top").exists()


def test_nothing_runs_on_what_failed(tmp_path):
    ran: list[str] = []

    def execute(step: Step) -> None:
        ran.append(step.name)
        raise RuntimeError(f"{step.name} failed")

    with pytest.raises(RuntimeError, match="base failed"):
        run([made(tmp_path, "top", made(tmp_path, "base"))], jobs=2, execute=execute)
    assert ran == ["base"]
    assert not (tmp_path / "base").exists()


def test_the_table_has_figures_intervals_and_distances(tmp_path):
    def write(name: str, **values: float) -> None:
        (tmp_path / name).mkdir()
        figures = {
            key: {"value": value, "low": value / 2, "high": value * 2} for key, value in values.items()
        }
        (tmp_path / name / "figures.json").write_text(json.dumps(figures), encoding="utf8")

    write("words-1", wer_transducer=0.05, wer_ctc=0.04)
    write("sounds-1", map=0.70)
    write("voices-1", eer_two_strings=0.01)
    write("own-1", wer_transducer=0.06, wer_ctc=0.042, map=0.68, eer_two_strings=0.012)
    (tmp_path / "own-stage-1-1").mkdir()  # a stage, not a row
    lines = table(finished(tmp_path)).splitlines()
    assert "| words alone | 1 | 5.00 (2.50-10.00) |" in lines[2]
    assert lines[5].startswith("| MT2KD, our teachers | 1 | 6.00 (3.00-12.00) |")
    assert lines[-1] == "| MT2KD, our teachers | 1 | +20 % | +5 % | -2.0 | +0.20 |"
