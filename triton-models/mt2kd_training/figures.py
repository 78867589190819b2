"""Figures over lists of items: value, 95 % interval, and what two networks differ by on one list."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mt2kd_training.metrics import bootstrap_interval


@dataclass(frozen=True)
class Figure:
    """A figure and its 95 % interval, as parts of one."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.2f} % ({100 * self.low:.2f} to {100 * self.high:.2f})"


@dataclass(frozen=True)
class Measured:
    """What a network has on a list, as a function of the items that are drawn from it.

    ``groups`` names each item's speaker or recording: a group is drawn as a whole, ``draws`` times for an
    interval. ``statistic`` takes the indices of the drawn items.
    """

    groups: Sequence[str]
    statistic: Callable[[np.ndarray], float]
    draws: int = 1000

    @property
    def value(self) -> float:
        """Over the whole list."""
        return self.statistic(np.arange(len(self.groups)))

    def figure(self) -> Figure:
        """With its interval."""
        return Figure(self.value, *bootstrap_interval(self.groups, self.statistic, self.draws))

    def minus(self, other: Measured) -> Measured:
        """The difference to another network's on the same list.

        Both are taken of the same drawn items: what is hard for both makes each figure uncertain, and not
        their difference, whose interval is narrower than the two beside each other suggest.

        Raises:
            ValueError: the other is of another list.
        """
        if list(self.groups) != list(other.groups):
            raise ValueError(f"other: a list of {len(other.groups)} (expected: the same {len(self.groups)})")
        return Measured(self.groups, lambda drawn: self.statistic(drawn) - other.statistic(drawn), self.draws)


def tell(measured: Mapping[str, Measured], output: Path | None) -> None:
    """Prints figures by name as JSON, and writes them as numbers to a file where one is named."""
    figures = {name: each.figure() for name, each in measured.items()}
    print(json.dumps({name: str(figure) for name, figure in figures.items()}, indent=1))
    if output:
        numbers = {name: asdict(figure) for name, figure in figures.items()}
        output.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf8")
