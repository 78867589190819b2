"""Loss and metric curves of a run as ``curves.png`` in its folder."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any


def plot(run: Path) -> None:
    """Draws ``log.jsonl`` and ``curve.json`` of a run's folder, one panel for each loss and figure."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    log = run / "log.jsonl"
    rows = [json.loads(line) for line in log.read_text("utf8").splitlines()] if log.exists() else []
    curve = run / "curve.json"
    panels = series(rows) | series(json.loads(curve.read_text("utf8")) if curve.exists() else [])
    if not panels:
        return
    columns = 4
    lines = -(-len(panels) // columns)
    figure, axes = pyplot.subplots(lines, columns, figsize=(4 * columns, 2.4 * lines), squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis, (name, points) in zip(axes.flat, panels.items(), strict=False):
        axis.plot(*zip(*points, strict=True), marker="o" if len(points) < 30 else None, markersize=3)
        axis.set_title(name, fontsize=9)
        axis.grid(alpha=0.3)
    for axis in axes[-1]:
        axis.set_xlabel("update", fontsize=8)
    figure.tight_layout()
    figure.savefig(run / "curves.png", dpi=80)
    pyplot.close(figure)


def series(rows: list[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Points (update, value) of every name in the rows but ``update`` and ``minutes``."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            if name not in ("update", "minutes"):
                points[name].append((row["update"], value))
    return dict(points)
