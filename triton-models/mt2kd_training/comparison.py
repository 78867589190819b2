"""The comparison of the paper at small scale: rows with equal budgets, each figure with its 95 % interval.

``python -m mt2kd_training.comparison --data DIR --cache DIR --output RUNS --updates 1400 --seeds 1 2``

A row sees, of each task's data, the same number of updates with the same seconds of audio:

* ``words``, ``sounds``, ``voices``: one task alone; ``plain softmax``: voices without the angular margin;
* ``scratch``: the three tasks at once, from scratch;
* ``own teachers``, ``pre-trained teachers``: stage 1 for the first part of the updates, stage 2 for the rest;
* ``frozen``: the stage 1 of the pre-trained teachers, then only the heads.

Every step is a command of its own, printed as it starts; a step whose result is there is not run again, so a
comparison that was stopped goes on. ``RUNS/ROW-SEED/figures.json`` holds a row's figures on the test lists.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

#: The task of a single-task row, as the teacher of it is called.
TEACHES = {"words": "asr", "sounds": "at", "voices": "sv"}
PRE_TRAINED = ("moonshine", "yamnet", "yamnet-frames", "resemblyzer")
#: Of these, what goes on teaching in stage 2.
STAY = ("yamnet", "yamnet-frames")
ROWS = (*TEACHES, "plain softmax", "scratch", "own teachers", "pre-trained teachers", "frozen")


@dataclass(frozen=True)
class Step:
    """A command whose result is a file."""

    name: str
    module: str
    options: Sequence[str | Path | int | float]
    result: Path
    needs: Sequence[Step] = field(default=())


class Comparison:
    """Makes the steps of the rows; equal steps of two rows are one step."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments, self.output = arguments, arguments.output
        self._common = ("--data", arguments.data, "--cache", arguments.cache)

    def row(self, row: str, seed: int) -> Step:
        """The last step of a row: its figures."""
        whole = self.arguments.updates
        first = round(self.arguments.first_stage * whole)
        if row in TEACHES:
            return self._figures(row, self._single(row, seed))
        if row == "plain softmax":
            options = ["--tasks", "voices", "--margin", 0]
            return self._figures("voices", self._stage_2(f"plain-{seed}", seed, whole, options=options))
        if row == "scratch":
            return self._figures(row, self._stage_2(f"scratch-{seed}", seed, whole))
        teachers = "own" if row == "own teachers" else "pre-trained"
        stage_1 = self._stage_1(teachers, seed, first)
        name = "frozen" if row == "frozen" else teachers
        options: list[str | float] = ["--frozen", 1.0] if row == "frozen" else []
        if row == "pre-trained teachers":
            options += ["--sound-teachers", *STAY]
        return self._figures(row, self._stage_2(f"{name}-{seed}", seed, whole - first, stage_1, options))

    def _single(self, task: str, seed: int) -> Step:
        return self._stage_2(f"{task}-{seed}", seed, self.arguments.updates, options=["--tasks", task])

    def _stage_1(self, teachers: str, seed: int, updates: int) -> Step:
        needs: list[Step] = []
        names: Sequence[str] = PRE_TRAINED
        if teachers == "own":
            needs = [self._targets(task) for task in TEACHES]
            names = [f"own-{task}" for task in TEACHES.values()]
        return self._training(
            "distil", f"{teachers}-stage-1-{seed}", seed, updates, ["--teachers", *names], needs
        )

    def _targets(self, task: str) -> Step:
        """The answers of a single-task model of the first seed, whatever the student's."""
        network = self._network(self._single(task, self.arguments.seeds[0]))
        teacher = TEACHES[task]
        result = self.output / f"targets-{teacher}"
        options = [*self._common, "--teacher", "own", "--task", teacher, "--reference", network.result.parent]
        return Step(f"targets {teacher}", "targets", options, result, [network])

    def _stage_2(
        self,
        name: str,
        seed: int,
        updates: int,
        initial: Step | None = None,
        options: Sequence[str | float] = (),
    ) -> Step:
        start = ["--initial", initial.result.parent] if initial else []
        return self._training(
            "finetune", name, seed, updates, [*start, *options], [initial] if initial else []
        )

    def _training(
        self, module: str, name: str, seed: int, updates: int, options: Sequence, needs: Sequence[Step]
    ) -> Step:
        run = self.output / name
        given = [*self._common, "--configuration", self.arguments.configuration, "--output", run]
        given += ["--seed", seed, "--updates", updates, "--device", self.arguments.device]
        return Step(name, module, [*given, *options], run / "done", needs)

    def _network(self, training: Step) -> Step:
        run = training.result.parent
        options = ["--run", run, "--reference", run / "network", "--network-only"]
        return Step(f"network {training.name}", "publish", options, run / "network" / "done", [training])

    def _figures(self, row: str, training: Step) -> Step:
        network = self._network(training)
        result = training.result.parent / "figures.json"
        tasks = [row] if row in TEACHES else list(TEACHES)
        options = ["--data", self.arguments.data, "--reference", network.result.parent]
        options += ["--split", "test", "--tasks", *tasks, "--output", result]
        return Step(f"figures {training.name}", "evaluate", options, result, [network])


def execute(step: Step) -> None:
    """Runs a step's command, its output in a log beside its result; RuntimeError where it fails."""
    command = [sys.executable, "-m", f"mt2kd_training.{step.module}", *map(str, step.options)]
    print(f"{step.name}: {shlex.join(command[1:])}", flush=True)
    step.result.parent.mkdir(parents=True, exist_ok=True)
    with open(step.result.parent / f"{step.module}.log", "a", encoding="utf8") as log:
        if subprocess.run(command, stdout=log, stderr=subprocess.STDOUT).returncode:
            raise RuntimeError(f"{step.name} failed; its log is {log.name}")


def run(steps: Sequence[Step], jobs: int, execute: Callable[[Step], None] = execute) -> None:
    """Runs steps and what they need, ``jobs`` at a time, each once; nothing runs that needs one that failed.

    A step is submitted after those that it needs, and workers take them in order: none waits for a step that
    has no worker.
    """
    started: dict[str, Future[None]] = {}

    def one(step: Step, needs: Sequence[Future[None]]) -> None:
        for needed in needs:
            needed.result()
        if not step.result.exists():
            execute(step)
            step.result.touch()

    with ThreadPoolExecutor(jobs) as workers:

        def submit(step: Step) -> Future[None]:
            if step.name not in started:
                needs = [submit(needed) for needed in step.needs]
                started[step.name] = workers.submit(one, step, needs)
            return started[step.name]

        for future in [submit(step) for step in steps]:
            future.result()


def main() -> None:
    """Runs the rows that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--configuration", default="reference")
    parser.add_argument("--updates", type=int, default=1400)
    parser.add_argument("--first-stage", type=float, default=0.25, help="its part of the updates")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--jobs", type=int, default=2, help="steps at a time")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    comparison = Comparison(arguments)
    run([comparison.row(row, seed) for seed in arguments.seeds for row in arguments.rows], arguments.jobs)


if __name__ == "__main__":
    main()
