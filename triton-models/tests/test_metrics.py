"""The measures against their definitions and against scikit-learn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_curve

from mt2kd_training.calibrate import RATES, fit, logistic_regression
from mt2kd_training.metrics import (
    bootstrap_interval,
    edit_distance,
    equal_error_rate,
    error_rates,
    mean_average_precision,
    minimum_detection_cost,
    word_error_rate,
)


def scored(seed: int, count: int = 400, digits: int = 8) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    target = random.random(count) < 0.4
    return np.round(random.normal(size=count) + 1.5 * target, digits), target


@pytest.mark.parametrize(
    ("reference", "hypothesis", "errors"),
    [
        ("yes no", "yes no", 0),
        ("yes no", "", 2),
        ("", "yes no", 2),
        ("yes no stop", "yes stop", 1),
        ("yes no stop", "no stop yes", 2),
        ("go go go", "go up go go", 1),
    ],
)
def test_edit_distance_counts_words(reference, hypothesis, errors):
    assert edit_distance(reference.split(), hypothesis.split()) == errors


def test_edit_distance_is_the_fewest_edits():
    def fewest(a: tuple, b: tuple) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(fewest(a[1:], b) + 1, fewest(a, b[1:]) + 1, fewest(a[1:], b[1:]) + (a[0] != b[0]))

    for sizes in itertools.product(range(4), repeat=2):
        for a in itertools.product("xy", repeat=sizes[0]):
            for b in itertools.product("xy", repeat=sizes[1]):
                assert edit_distance(a, b) == fewest(a, b)


def test_word_error_rate_weighs_words_and_not_utterances():
    assert word_error_rate(np.array([1, 1]), np.array([1, 9])) == pytest.approx(0.2)


@pytest.mark.parametrize("digits", [8, 1])  # with one digit many scores are equal
def test_average_precision_is_that_of_scikit_learn(digits):
    random = np.random.default_rng(3)
    scores = np.round(random.normal(size=(200, 6)), digits)
    targets = random.random((200, 6)) < 0.1
    scores[:, :3] += targets[:, :3]
    wanted = np.mean([average_precision_score(targets[:, k], scores[:, k]) for k in range(6)])
    assert mean_average_precision(scores, targets) == pytest.approx(wanted)


def test_classes_that_do_not_occur_are_left_out_of_the_mean():
    scores = np.array([[0.9, 0.1, 0.5], [0.2, 0.8, 0.6]])
    targets = np.array([[1, 0, 0], [0, 1, 0]])
    assert mean_average_precision(scores, targets) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_equal_error_rate_is_where_the_roc_curve_meets_the_diagonal(seed):
    scores, target = scored(seed)
    accept, right, _ = roc_curve(target, scores, drop_intermediate=False)
    wanted = brentq(lambda x: 1.0 - x - np.interp(x, accept, right), 0.0, 1.0)
    assert equal_error_rate(scores, target) == pytest.approx(wanted, abs=2 / len(scores))


def test_equal_error_rate_of_easy_and_hopeless_trials():
    target = np.array([True, True, False, False])
    assert equal_error_rate(np.array([4.0, 3.0, 2.0, 1.0]), target) == 0.0
    assert equal_error_rate(np.array([1.0, 2.0, 3.0, 4.0]), target) == 1.0
    assert equal_error_rate(np.zeros(4), target) == 0.5


def test_error_rates_run_from_accepting_none_to_accepting_all():
    accept, reject = error_rates(*scored(1))
    assert (accept[0], reject[0], accept[-1], reject[-1]) == (0.0, 1.0, 1.0, 0.0)
    assert (np.diff(accept) >= 0).all()
    assert (np.diff(reject) <= 0).all()


def test_detection_cost_is_never_above_that_of_one_constant_answer():
    for seed in range(5):
        scores, target = scored(seed)
        assert minimum_detection_cost(scores, target) <= 1.0
        assert minimum_detection_cost(-scores, target) == pytest.approx(1.0, abs=0.05)
    assert minimum_detection_cost(np.array([2.0, 1.0]), np.array([True, False])) == 0.0


def test_bootstrap_interval_holds_the_mean_as_often_as_it_says():
    random = np.random.default_rng(8)
    held = 0
    for seed in range(100):
        # 40 speakers of 5 utterances that are alike: an interval over utterances would be far too narrow.
        values = np.repeat(random.normal(size=40), 5)
        groups = np.repeat(np.arange(40), 5).tolist()
        low, high = bootstrap_interval(groups, lambda i, v=values: float(v[i].mean()), draws=200, seed=seed)
        held += low <= 0.0 <= high
    assert 85 <= held <= 99


def test_calibration_is_a_logistic_regression_with_an_even_prior():
    scores, target = scored(2)
    scale, offset = logistic_regression(scores, target)
    wanted = LogisticRegression(C=1e6, class_weight="balanced").fit(scores[:, None], target)
    assert scale == pytest.approx(wanted.coef_[0, 0], rel=0.01)
    assert offset == pytest.approx(wanted.intercept_[0], rel=0.01)


def test_thresholds_give_the_false_accept_rates_that_they_promise():
    random = np.random.default_rng(4)
    scores = np.concatenate([random.normal(0.7, 0.1, 500), random.normal(0.1, 0.15, 4000)])
    target = np.arange(4500) < 500
    result = fit(scores, target)
    table = result["false_accept"]
    assert [row["rate"] for row in table] == list(RATES)
    thresholds = [row["log_likelihood_ratio"] for row in table]
    assert thresholds == sorted(thresholds)
    fresh = random.normal(0.1, 0.15, 200_000)
    ratios = result["calibration"]["scale"] * fresh + result["calibration"]["offset"]
    for row in table:
        accepted = float((ratios > row["log_likelihood_ratio"]).mean())
        assert accepted <= 1.3 * row["rate"]  # the exponential tail is on the safe side of a normal one
        assert accepted >= 0.1 * row["rate"]
