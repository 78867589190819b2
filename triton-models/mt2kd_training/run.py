"""The loop of a stage: updates, schedule, averaged weights, checkpoints, dev figures, log and plots.

An update adds up the gradients of the stage's shares, each limited to the largest norm of its share, and
makes one step. The learning rate warms up over the first updates and falls with a cosine to 1 % at the last.
The weights that are kept are an exponential average. With two processes each takes every second share and
they add up their gradients: the same update, in about half the time.

A run that was stopped goes on from ``checkpoint.pt`` of its output folder; its data streams start anew, with
a seed that follows from the run's seed and the update reached.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from mt2kd.model import Mt2kd
from mt2kd_training.earlier import CHECKPOINT, checkpoint
from mt2kd_training.muon import optimizers
from mt2kd_training.plots import plot
from mt2kd_training.stage import Stage

WARM_UP = 60  # updates
LOG_EVERY = 10  # updates
SAVE_SECONDS = 120


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that every stage has."""
    parser.add_argument("--data", help="the folder of recordings")
    parser.add_argument("--cache", type=Path, required=True, help="decoded clips, pool, synthetic speech")
    parser.add_argument("--output", type=Path, required=True, help="checkpoint, log, curve and plots")
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--processes", type=int, choices=[1, 2], default=1)
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="of AdamW: vectors and heads")
    parser.add_argument("--matrix-learning-rate", type=float, default=5e-3, help="of Muon: the encoder")
    parser.add_argument("--evaluate-every", type=int, default=400, help="updates")
    parser.add_argument("--until", type=int, help="stop at this update, to go on with another call")


def launch(make: Callable[[argparse.Namespace, int], Stage], arguments: argparse.Namespace) -> None:
    """Runs a stage in as many processes as asked for.

    Args:
        make: builds the stage from the options and the update at which its data streams start.
        arguments: parsed from ``add_options``.
    """
    arguments.output.mkdir(parents=True, exist_ok=True)
    if arguments.processes == 1:
        _one(0, make, arguments)
    else:
        (arguments.output / "meeting").unlink(missing_ok=True)
        torch.multiprocessing.spawn(_one, (make, arguments), nprocs=arguments.processes)


def _one(rank: int, make: Callable[[argparse.Namespace, int], Stage], arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    if arguments.processes > 1:
        meeting = f"file://{(arguments.output / 'meeting').resolve()}"
        torch.distributed.init_process_group(
            "gloo", init_method=meeting, rank=rank, world_size=arguments.processes, timeout=timedelta(hours=1)
        )
    state = checkpoint(arguments.output) if (arguments.output / CHECKPOINT).exists() else None
    torch.manual_seed(arguments.seed)
    Run(make(arguments, state["update"] if state else 0), arguments, rank, state).train()
    if arguments.processes > 1:
        torch.distributed.destroy_process_group()


class Run:
    """One run of a stage; process 0 keeps the record."""

    def __init__(
        self, stage: Stage, arguments: argparse.Namespace, rank: int, state: dict[str, Any] | None
    ) -> None:
        self.stage, self.arguments, self.rank = stage, arguments, rank
        self.output, self.device = arguments.output, torch.device(arguments.device)
        self.model, self.extra = stage.model.to(self.device), stage.extra.to(self.device)
        stage.frontend.to(self.device)
        self.average = Mt2kd(self.model.config).to(self.device)
        self.average.load_state_dict(self.model.state_dict())
        self.parameters = [*self.model.parameters(), *self.extra.parameters()]
        self.optimizers = optimizers(self.model, self.extra)
        self.update, self.seconds = 0, 0.0
        self.audio_seconds = dict.fromkeys(stage.shares, 0.0)
        self.curve: list[dict[str, float]] = []
        if state:
            self._resume(state)

    @property
    def progress(self) -> float:
        """Part of the updates that are done."""
        return self.update / self.arguments.updates

    def train(self) -> None:
        """Makes the updates that are left."""
        count = sum(p.numel() for p in self.model.parameters())
        quiet = self.rank != 0
        last = min(self.arguments.updates, self.arguments.until or self.arguments.updates)
        bar = tqdm(total=last, initial=self.update, unit="update", disable=quiet, desc=f"{count / 1e6:.2f} M")
        recent: dict[str, float] = {}
        saved = time.monotonic()
        while self.update < last:
            began = time.monotonic()
            for name, value in self._step().items():
                recent[name] = 0.95 * recent.get(name, value) + 0.05 * value
            self.seconds += time.monotonic() - began
            if quiet:
                continue
            bar.update()
            if self.update % LOG_EVERY == 0:
                self._log(recent)
                speed = sum(self.audio_seconds.values()) / self.seconds
                bar.set_postfix_str(f"{speed:.0f}x real time, loss {recent['loss']:.3f}")
            if self.update % self.arguments.evaluate_every == 0 or self.update == self.arguments.updates:
                self._evaluate()
            if time.monotonic() - saved > SAVE_SECONDS:
                self._save()
                saved = time.monotonic()
        if not quiet:
            self._save()
            plot(self.output)

    def _step(self) -> dict[str, float]:
        """One update; returns the losses of this process's shares."""
        scale = self._schedule()
        for optimizer, rate in zip(
            self.optimizers,
            (self.arguments.matrix_learning_rate, self.arguments.learning_rate),
            strict=True,
        ):
            for group in optimizer.param_groups:
                encoder = self.stage.encoder_rate(self.progress) if group["encoder"] else 1.0
                group["lr"] = rate * scale * encoder
        self.model.train()
        gradients: list[Tensor | None] = [None] * len(self.parameters)
        values, heard = {"loss": 0.0}, dict.fromkeys(self.stage.shares, 0.0)
        for name in list(self.stage.shares)[self.rank :: self.arguments.processes]:
            batch = next(self.stage.shares[name].batches).to(self.device)
            values |= self._gradients(name, batch, gradients, values)
            heard[name] = batch.seconds
        for parameter, gradient in zip(self.parameters, self._summed(gradients), strict=True):
            parameter.grad = gradient
        for optimizer in self.optimizers:
            optimizer.step()
        self.update += 1
        self._add_heard(heard)
        self._average()
        return values

    def _gradients(
        self, share: str, batch: Any, gradients: list[Tensor | None], values: dict[str, float]
    ) -> dict[str, float]:
        """Adds a batch's limited gradients to ``gradients``; returns its losses."""
        losses = self.stage.losses(share, batch, self.progress)
        total = sum(weight * loss for loss, weight in losses.values())
        found = torch.autograd.grad(total, self.parameters, allow_unused=True)
        norm = float(torch.nn.utils.get_total_norm([g for g in found if g is not None]))
        # A step that overflowed teaches nothing.
        scale = (
            min(1.0, self.stage.shares[share].largest_gradient / max(norm, 1e-9))
            if math.isfinite(norm)
            else 0.0
        )
        for place, gradient in enumerate(found):
            if gradient is not None:
                gradient = torch.nan_to_num(gradient * scale)
                before = gradients[place]
                gradients[place] = gradient if before is None else before + gradient
        named = {f"{share}/{name}": float(loss.detach()) for name, (loss, _) in losses.items()}
        return {"loss": values["loss"] + float(total.detach()), **named, f"{share}/norm": min(norm, 1e3)}

    def _summed(self, gradients: list[Tensor | None]) -> list[Tensor | None]:
        """The sum over the processes."""
        if self.arguments.processes == 1:
            return gradients
        present = [
            torch.zeros_like(p) if g is None else g for p, g in zip(self.parameters, gradients, strict=True)
        ]
        flat = torch.cat([gradient.flatten() for gradient in present])
        torch.distributed.all_reduce(flat)
        pieces = flat.split([p.numel() for p in self.parameters])
        return [piece.view_as(p) for piece, p in zip(pieces, self.parameters, strict=True)]

    def _add_heard(self, heard: dict[str, float]) -> None:
        seconds = torch.tensor(list(heard.values()), dtype=torch.float64)
        if self.arguments.processes > 1:
            torch.distributed.all_reduce(seconds)
        for name, value in zip(heard, seconds.tolist(), strict=True):
            self.audio_seconds[name] += value

    def _schedule(self) -> float:
        """Warm-up, then a cosine down to 1 %."""
        return min(1.0, (self.update + 1) / WARM_UP) * max(
            0.01, 0.5 * (1 + math.cos(math.pi * self.progress))
        )

    @torch.no_grad()
    def _average(self) -> None:
        """Exponential average of the weights; shorter at first, so that early checkpoints work."""
        decay = min(0.998, (1 + self.update) / (20 + self.update))
        means, values = self.average.state_dict().values(), self.model.state_dict().values()
        for mean, value in zip(means, values, strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - decay)

    def _log(self, recent: dict[str, float]) -> None:
        row = {"update": self.update, "minutes": round(self.seconds / 60, 2)}
        row |= {name: round(value, 5) for name, value in recent.items()}
        with open(self.output / "log.jsonl", "a", encoding="utf8") as log:
            log.write(json.dumps(row) + "\n")

    def _evaluate(self) -> None:
        """The averaged weights on the dev lists, kept in the curve."""
        self.average.eval()
        row = {"update": self.update, "minutes": round(self.seconds / 60, 1)}
        row |= {name: round(value, 4) for name, value in self.stage.figures(self.average).items()}
        self.curve.append(row)
        tqdm.write(f"dev {json.dumps(row)}")
        (self.output / "curve.json").write_text(json.dumps(self.curve, indent=1), encoding="utf8")
        plot(self.output)

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "extra": self.extra.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "config": self.model.config.values(),
            "update": self.update,
            "seconds": self.seconds,
            "audio_seconds": self.audio_seconds,
            "curve": self.curve,
            "options": {name: _plain(value) for name, value in vars(self.arguments).items()},
            **self.stage.record(),
        }
        torch.save(state, self.output / "checkpoint.new")
        (self.output / "checkpoint.new").replace(self.output / CHECKPOINT)

    def _resume(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.extra.load_state_dict(state["extra"])
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(stored)
        for name in ("update", "seconds", "audio_seconds", "curve"):
            setattr(self, name, state[name])


def load_weights(model: nn.Module, weights: dict[str, Tensor]) -> list[str]:
    """Loads what fits by name and shape; returns the names that kept their start."""
    own = model.state_dict()
    fitting = {k: v for k, v in weights.items() if k in own and own[k].shape == v.shape}
    model.load_state_dict(fitting, strict=False)
    return sorted(own.keys() - fitting.keys())


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
