"""The training loop: what an update does, how it resumes, and that two processes make the same one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import torch
from torch import nn

from mt2kd.config import Config
from mt2kd.frontend import Frontend
from mt2kd.model import Mt2kd
from mt2kd_training.plots import plot, series
from mt2kd_training.run import add_options, launch, load_weights
from mt2kd_training.stage import Share, Stage, ramp

SMALL = Config(
    tokens=6, labels=3, embed_channels=(), downsampling=(2, 4), layers=(1, 1), dims=(16, 16),
    feed_forward_dims=(16, 16), heads=(2, 2), kernels=(5, 5), speaker_stack=0, decoder_dim=8, joiner_dim=8,
    maximum_frames=200, dropout=0.0,
)  # fmt: skip


@dataclass(frozen=True)
class Noise:
    audio: torch.Tensor
    lengths: torch.Tensor
    seconds: float = 1.0

    def to(self, device: torch.device) -> Noise:
        return self


class Toy(Stage):
    """Wants the tags of noise to be 1; its second share has a gradient a hundred times as large."""

    def __init__(self, arguments: argparse.Namespace, update: int) -> None:
        self.frontend, self.model, self.extra = Frontend(), Mt2kd(SMALL), nn.ModuleDict()
        self.frozen_until = getattr(arguments, "frozen", 0.0)
        self.shares = {"soft": Share(self._noise(update), 1.0), "loud": Share(self._noise(update), 1.0)}

    def _noise(self, update: int) -> Iterator[Noise]:
        for number in count(update):
            generator = torch.Generator().manual_seed(number)
            yield Noise(
                torch.randn(2, 8000, generator=generator) * 0.1, torch.full((2, 1), 8000, dtype=torch.int32)
            )

    def encoder_rate(self, progress: float) -> float:
        return 0.0 if progress < self.frozen_until else 1.0

    def losses(self, share, batch, progress):
        out, lengths, *_ = self.encode(*self.frontend(batch.audio, batch.lengths), progress)
        logits = self.model.parts()["at_head"](out, lengths)
        return {"tags": ((logits - 1.0).square().mean(), 0.1 if share == "loud" else 0.001)}

    def figures(self, model):
        return {"bias": float(model.audio_tagging_decoder[1].bias.detach().mean())}


def options(output: Path, **changes: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    arguments = parser.parse_args(["--cache", "unused", "--output", str(output), "--updates", "6"])
    for name, value in changes.items():
        setattr(arguments, name, value)
    return arguments


def weights(output: Path) -> dict[str, torch.Tensor]:
    return torch.load(output / "checkpoint.pt", weights_only=True)["average"]


def test_training_lowers_the_loss_and_leaves_its_record(tmp_path):
    launch(Toy, options(tmp_path, updates=40, evaluate_every=20))
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf8").splitlines()]
    assert [row["update"] for row in rows] == [10, 20, 30, 40]
    assert rows[-1]["soft/tags"] < 0.5 * rows[0]["soft/tags"]
    curve = json.loads((tmp_path / "curve.json").read_text("utf8"))
    assert [row["update"] for row in curve] == [20, 40]
    assert (tmp_path / "curves.png").stat().st_size > 1000
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert state["audio_seconds"] == {"soft": 40.0, "loud": 40.0}
    assert Config.of(state["config"]) == SMALL


def test_a_stopped_run_goes_on_to_the_same_end(tmp_path):
    launch(Toy, options(tmp_path / "whole"))
    launch(Toy, options(tmp_path / "halves", until=3))
    assert torch.load(tmp_path / "halves" / "checkpoint.pt", weights_only=True)["update"] == 3
    launch(Toy, options(tmp_path / "halves"))
    whole, halves = weights(tmp_path / "whole"), weights(tmp_path / "halves")
    for name, value in whole.items():
        torch.testing.assert_close(value, halves[name], msg=name)


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        launch(Toy, options(tmp_path / name, seed=seed))
    a, b, c = (weights(tmp_path / name)["ecapa_linear.weight"] for name in "abc")
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_two_processes_make_the_update_of_one(tmp_path):
    launch(Toy, options(tmp_path / "one"))
    launch(Toy, options(tmp_path / "two", processes=2))
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    for name, value in one.items():
        torch.testing.assert_close(value, two[name], atol=1e-5, rtol=1e-3, msg=name)


def test_a_frozen_encoder_does_not_move_and_heads_do(tmp_path):
    torch.manual_seed(1)
    start = Toy(options(tmp_path), 0).model.state_dict()
    launch(Toy, options(tmp_path, frozen=1.0))
    after = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["model"]
    moved = {name for name, value in after.items() if not torch.equal(value, start[name])}
    assert moved == {"audio_tagging_decoder.1.weight", "audio_tagging_decoder.1.bias"}


def test_a_share_s_gradient_is_limited_before_it_is_added(tmp_path):
    from mt2kd_training.run import Run

    run = Run(Toy(options(tmp_path), 0), options(tmp_path), 0, None)
    norms = {}
    for share in ("soft", "loud"):
        gradients = [None] * len(run.parameters)
        values = run._gradients(share, next(run.stage.shares[share].batches), gradients, {"loss": 0.0})
        limited = float(torch.nn.utils.get_total_norm([g for g in gradients if g is not None]))
        norms[share] = values[f"{share}/norm"]
        assert limited == pytest.approx(min(1.0, norms[share]), rel=1e-4)
    assert norms["loud"] > 30 * norms["soft"]


def test_weights_that_fit_are_loaded_and_the_others_named():
    model, other = Mt2kd(SMALL), Mt2kd(Config.of({**SMALL.values(), "labels": 5}))
    assert load_weights(other, model.state_dict()) == [
        "audio_tagging_decoder.1.bias",
        "audio_tagging_decoder.1.weight",
    ]
    assert torch.equal(other.ecapa_linear.weight, model.ecapa_linear.weight)


def test_a_ramp_rises_between_its_ends():
    assert [ramp(p, 0.2, 0.6) for p in (0.0, 0.2, 0.3, 0.6, 0.9)] == pytest.approx([0, 0, 0.25, 1, 1])


def test_every_name_of_a_log_has_a_panel(tmp_path):
    assert series([{"update": 1, "minutes": 2, "loss": 3.0}, {"update": 2, "wer": 0.5}]) == {
        "loss": [(1, 3.0)],
        "wer": [(2, 0.5)],
    }
    plot(tmp_path)  # nothing was logged
    assert not (tmp_path / "curves.png").exists()
