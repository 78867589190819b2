"""Word error rate, mean average precision, equal error rate, detection cost, bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def edit_distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Fewest insertions, deletions and substitutions (Levenshtein)."""
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference, start=1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(hypothesis, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def word_error_rate(errors: np.ndarray, words: np.ndarray) -> float:
    """Errors per reference word over all utterances. Both [utterances]."""
    return float(errors.sum() / words.sum())


def average_precision(scores: np.ndarray, relevant: np.ndarray) -> float:
    """Mean over relevant items of the precision at their rank; equal scores share a rank. Both [items]."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(relevant[order].astype(bool))
    last_of_score = np.append(np.diff(scores[order]) != 0, True)
    hits, ranks = hits[last_of_score], np.flatnonzero(last_of_score) + 1
    gained = np.diff(hits, prepend=0)
    return float((hits / ranks * gained).sum() / hits[-1])


def mean_average_precision(scores: np.ndarray, targets: np.ndarray) -> float:
    """Mean of the average precision over the classes that occur. Both [items, classes]."""
    present = np.flatnonzero(targets.sum(axis=0) > 0)
    return float(np.mean([average_precision(scores[:, k], targets[:, k]) for k in present]))


def f1_score(decided: np.ndarray, targets: np.ndarray) -> float:
    """Harmonic mean of precision and recall over all decisions. Both bool [items, classes]."""
    return float(2 * (decided & targets).sum() / max(1, decided.sum() + targets.sum()))


def error_rates(scores: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False-accept and false-reject rates at every threshold, from accepting none to accepting all."""
    order = np.argsort(-scores, kind="stable")
    target = target[order].astype(bool)
    last_of_score = np.append(np.diff(scores[order]) != 0, True)
    accepted_targets = np.append(0, np.cumsum(target)[last_of_score])
    accepted_others = np.append(0, np.cumsum(~target)[last_of_score])
    return accepted_others / max(1, (~target).sum()), 1.0 - accepted_targets / max(1, target.sum())


def equal_error_rate(scores: np.ndarray, target: np.ndarray) -> float:
    """Where false accepts are as frequent as false rejects, between the two nearest thresholds."""
    accept, reject = error_rates(scores, target)
    after = int(np.argmax(accept >= reject))
    gap_before, gap_after = reject[after - 1] - accept[after - 1], accept[after] - reject[after]
    share = gap_before / (gap_before + gap_after)
    return float(accept[after - 1] + share * (accept[after] - accept[after - 1]))


def minimum_detection_cost(scores: np.ndarray, target: np.ndarray, prior: float = 0.01) -> float:
    """The smallest cost of misses and false accepts of unit cost, relative to always giving one answer."""
    accept, reject = error_rates(scores, target)
    return float((prior * reject + (1 - prior) * accept).min() / min(prior, 1 - prior))


def log_likelihood_ratio_cost(ratios: np.ndarray, target: np.ndarray) -> float:
    """Cllr (Brümmer and du Preez, 2006) of natural-log likelihood ratios [trials], in bits.

    0 where they are certain and right, 1 where all are 0; discrimination and calibration together.
    """
    misses, accepts = np.logaddexp(0, -ratios[target]), np.logaddexp(0, ratios[~target])
    return float((misses.mean() + accepts.mean()) / (2 * np.log(2)))


def bootstrap_interval(
    groups: Sequence[object], statistic: Callable[[np.ndarray], float], draws: int = 1000, seed: int = 1
) -> tuple[float, float]:
    """95 % interval of a statistic when whole groups (speakers, clips) are drawn again with replacement.

    Args:
        groups: the group of each item.
        statistic: from the indices of the drawn items.
        draws: how many times.
        seed: of the drawing.
    """
    names = sorted(set(groups), key=str)
    members = {name: [] for name in names}
    for index, name in enumerate(groups):
        members[name].append(index)
    places = [np.array(members[name]) for name in names]
    random = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        drawn = random.integers(0, len(places), size=len(places))
        values.append(statistic(np.concatenate([places[i] for i in drawn])))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
