"""From scores to log-likelihood ratios, and the thresholds of chosen false-accept rates, on dev trials.

Every string of one side is compared with every string of the other, since callers compare single
utterances; an average of several utterances a side is only better.
"""

from __future__ import annotations

import numpy as np

from mt2kd.cohort import Cohort
from mt2kd.model import Mt2kd
from mt2kd_training.cohort import cohort_voiceprints
from mt2kd_training.inference import voiceprints
from mt2kd_training.metrics import log_likelihood_ratio_cost
from mt2kd_training.recordings import Recordings

RATES = (0.1, 0.05, 0.02, 0.01, 0.005, 0.001)
#: Above this quantile of the other speakers' scores the tail is taken to fall exponentially.
TAIL = 0.1
TOP_K = (20, 30, 50, 100, 150, 200)


def calibration(model: Mt2kd, recordings: Recordings, normalised: bool = True) -> dict:
    """The ``speaker`` part of the model manifest; ``normalised`` adds a cohort and fits on its scores."""
    enrolments, tests, target = dev_pairs(model, recordings)
    if not normalised:
        return fit((enrolments * tests).sum(axis=1), target)
    cohort = best_cohort(cohort_voiceprints(model, recordings), enrolments, tests, target)
    return {**fit(cohort.normalised(enrolments, tests), target), "cohort": cohort.to_json()}


def dev_pairs(model: Mt2kd, recordings: Recordings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voiceprints of both sides, float64 [pairs, E] of unit length, and which pairs are of one speaker."""
    trials = recordings.table("sv_trials_dev.tsv")
    wanted = {name for trial in trials for side in ("side_a", "side_b") for name in trial[side].split()}
    prints = voiceprints(model, recordings, "dev", wanted)
    pairs = [
        (prints[a], prints[b], trial["label"] == "1")
        for trial in trials
        for a in trial["side_a"].split()
        for b in trial["side_b"].split()
    ]
    sides = [np.array([pair[side] for pair in pairs], dtype=np.float64) for side in (0, 1)]
    return sides[0], sides[1], np.array([pair[2] for pair in pairs])


def best_cohort(voices: np.ndarray, enrolments: np.ndarray, tests: np.ndarray, target: np.ndarray) -> Cohort:
    """Of voices [speakers, E], with the ``top_k`` whose calibrated scores cost least on the pairs."""

    def cost(cohort: Cohort) -> float:
        scores = cohort.normalised(enrolments, tests)
        scale, offset = logistic_regression(scores, target)
        return log_likelihood_ratio_cost(scale * scores + offset, target)

    return min((Cohort.of(voices, k) for k in TOP_K if k <= len(voices)), key=cost)


def fit(scores: np.ndarray, target: np.ndarray) -> dict:
    """Calibration of scores [trials] whose pairs are of one speaker where ``target`` is true."""
    scale, offset = logistic_regression(scores, target)
    others = scale * scores[~target] + offset
    start = float(np.quantile(others, 1 - TAIL))
    mean_excess = float((others[others > start] - start).mean())
    table = [
        {"rate": rate, "log_likelihood_ratio": round(start + mean_excess * float(np.log(TAIL / rate)), 4)}
        for rate in RATES
    ]
    return {"calibration": {"scale": round(scale, 5), "offset": round(offset, 5)}, "false_accept": table}


def logistic_regression(scores: np.ndarray, target: np.ndarray, rounds: int = 50) -> tuple[float, float]:
    """Scale and offset of the log-likelihood ratio, by Newton's method.

    Both kinds of trial weigh half, whatever their numbers, so the log-odds of the fit are natural-log
    likelihood ratios: the prior is even and adds nothing.
    """
    inputs = np.stack([scores, np.ones_like(scores)], axis=1)
    weights = np.where(target, 0.5 / target.sum(), 0.5 / (~target).sum())
    solution = np.zeros(2)
    for _ in range(rounds):
        probability = 1.0 / (1.0 + np.exp(-inputs @ solution))
        gradient = inputs.T @ (weights * (probability - target)) + 1e-6 * solution
        curvature = (inputs * (weights * probability * (1 - probability))[:, None]).T @ inputs
        solution = solution - np.linalg.solve(curvature + 1e-6 * np.eye(2), gradient)
    return float(solution[0]), float(solution[1])
