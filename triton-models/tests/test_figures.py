"""Figures with intervals, and differences of two on one list."""

from __future__ import annotations

import numpy as np
import pytest

from mt2kd_training.compare import teacher_tagging
from mt2kd_training.evaluate import ESC_CLASSES, tag_figures
from mt2kd_training.figures import Figure, Measured
from mt2kd_training.metrics import bootstrap_interval
from mt2kd_training.recordings import Clip


def mean_of(values: np.ndarray, groups: list[str]) -> Measured:
    return Measured(groups, lambda drawn: float(values[drawn].mean()), draws=200)


def names(count: int) -> list[str]:
    return [f"speaker-{i // 2}" for i in range(count)]


def test_a_figure_is_its_value_with_the_interval_of_its_groups():
    values, groups = np.random.default_rng(1).normal(size=40), names(40)
    measured = mean_of(values, groups)
    interval = bootstrap_interval(groups, measured.statistic, draws=200)
    assert measured.value == pytest.approx(values.mean())
    assert measured.figure() == Figure(measured.value, *interval)


def test_what_is_hard_for_both_does_not_widen_their_difference():
    random, groups = np.random.default_rng(2), names(80)
    hard = random.normal(size=80)
    one, other = mean_of(hard + 0.1, groups), mean_of(hard + random.normal(0, 0.01, size=80), groups)
    difference = one.minus(other).figure()
    assert difference.value == pytest.approx(0.1, abs=0.01)
    assert 0.09 < difference.low < difference.high < 0.11
    # Beside each other the two overlap.
    assert one.figure().low < other.figure().high


def test_a_difference_holds_the_truth_as_often_as_its_interval_says():
    held = 0
    for seed in range(100):
        random, groups = np.random.default_rng(seed), names(60)
        one, other = random.normal(0.3, 1, size=60), random.normal(0, 1, size=60)
        figure = mean_of(one, groups).minus(mean_of(other, groups)).figure()
        held += figure.low <= 0.3 <= figure.high
    assert 85 <= held <= 99


def test_figures_of_two_lists_have_no_difference():
    with pytest.raises(ValueError, match=r"other: a list of 6 \(expected: the same 4\)"):
        mean_of(np.zeros(4), names(4)).minus(mean_of(np.zeros(6), names(6)))


def test_is_read_in_per_cent():
    assert str(Figure(0.0455, 0.0301, 0.0612)) == "4.55 % (3.01 to 6.12)"


LABELS = [f"class-{i}" for i in range(ESC_CLASSES)] + ["music"]


def sound(number: int, label: str) -> Clip:
    return Clip(f"4-{number}-A-0", "", "", "", (label,), "test", "4", "esc-50", (0, 0))


def test_tags_are_right_where_the_first_class_of_esc_50_is_the_clip_s():
    clips = [sound(0, "class-0"), sound(1, "class-1"), sound(2, "class-2")]
    logits = np.full((3, len(LABELS)), -9.0)
    logits[0, 0] = logits[1, 1] = logits[2, 3] = 1.0
    # Of no class of ESC-50, so that it is no wrong answer.
    logits[:, LABELS.index("music")] = 5.0
    assert tag_figures(clips, logits, LABELS)["top1"].value == pytest.approx(2 / 3)


def test_a_teacher_is_measured_on_the_clips_that_networks_are_measured_on():
    class Loudness:
        """Says class-1 of what is loud, else class-0."""

        def targets(self, samples: np.ndarray) -> np.ndarray:
            loud = float(np.abs(samples).max() > 0.5)
            return np.array([1.0 - loud, loud] + [0.0] * (len(LABELS) - 2), np.float32)

    class Folder:
        def __init__(self) -> None:
            self.clips = {clip.id: clip for clip in (sound(0, "class-0"), sound(1, "class-1"))}

        def read(self, clip_id: str) -> np.ndarray:
            return np.full(8, 30_000 if "-1-" in clip_id else 10, np.int16)

    measured = teacher_tagging(Loudness(), Folder(), LABELS, "test")
    assert measured["top1"].value == 1.0
    assert list(measured["top1"].groups) == ["0", "1"]
