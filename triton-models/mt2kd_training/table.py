"""The comparison as a table in Markdown: ``python -m mt2kd_training.table RUNS``.

One line for each finished row of ``mt2kd_training.comparison``, then how far each row of three tasks lies
from the single-task models of the first seed: relative WER of each decoding, and mAP and EER in points.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

#: A run's folder is one of these and a seed.
ROWS = {
    "words": "words alone",
    "sounds": "sounds alone",
    "voices": "voices alone",
    "plain": "voices alone, plain softmax",
    "scratch": "three tasks from scratch",
    "frozen": "stage 1 only, frozen encoder (pre-trained teachers)",
    "own": "MT2KD, our teachers",
    "pre-trained": "MT2KD, pre-trained teachers",
}
FIGURES = {
    "wer_transducer": "WER",
    "wer_ctc": "WER by CTC",
    "top1": "top-1",
    "map": "mAP",
    "eer_two_strings": "EER, two strings",
    "eer_one_string": "EER, one string",
    "min_dcf_two_strings": "minDCF, two strings",
}
Figures = Mapping[str, Mapping[str, float]]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    print(table(finished(parser.parse_args().runs)))


def finished(runs: Path) -> dict[tuple[str, int], Figures]:
    """The figures of every finished row, by its name and seed, in the order of the table."""
    found = {}
    for name in ROWS:
        for path in sorted(runs.glob(f"{name}-[0-9]*/figures.json")):
            seed = int(path.parent.name.removeprefix(f"{name}-"))
            found[name, seed] = json.loads(path.read_text(encoding="utf8"))
    return found


def table(rows: Mapping[tuple[str, int], Figures]) -> str:
    """Figures in per cent with their intervals, then the distances from the single-task models."""
    lines = ["| row | seed | " + " | ".join(FIGURES.values()) + " |", "|---" * (2 + len(FIGURES)) + "|"]
    for (name, seed), figures in rows.items():
        cells = [_cell(figures[key]) if key in figures else "" for key in FIGURES]
        lines.append(f"| {ROWS[name]} | {seed} | " + " | ".join(cells) + " |")
    seeds = [seed for name, seed in rows if name == "words"]
    alone: dict[str, Mapping[str, float]] = {}
    for name in ("words", "sounds", "voices"):
        alone |= rows.get((name, min(seeds, default=1)), {})
    lines += [
        "",
        "| row | seed | WER, relative | WER by CTC, relative | mAP | EER, two strings |",
        "|---" * 6 + "|",
    ]
    for (name, seed), figures in rows.items():
        if {"wer_transducer", "wer_ctc", "map", "eer_two_strings"} <= figures.keys() & alone.keys():
            ratios = [figures[k]["value"] / alone[k]["value"] - 1 for k in ("wer_transducer", "wer_ctc")]
            mean, eer = (figures[k]["value"] - alone[k]["value"] for k in ("map", "eer_two_strings"))
            cells = [f"{100 * ratio:+.0f} %" for ratio in ratios] + [
                f"{100 * mean:+.1f}",
                f"{100 * eer:+.2f}",
            ]
            lines.append(f"| {ROWS[name]} | {seed} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(figure: Mapping[str, float]) -> str:
    value, low, high = (100 * figure[key] for key in ("value", "low", "high"))
    return f"{value:.2f} ({low:.2f}-{high:.2f})"


if __name__ == "__main__":
    main()
