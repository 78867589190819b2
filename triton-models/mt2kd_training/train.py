"""Trains the reference model on the three tasks at once.

``python -m mt2kd_training.train --data DIR --cache DIR --output DIR --minutes 70``

Each step takes one batch of speech (text and speaker) and one of sounds (tags) and makes one update, by
default in two processes, one for each, that add up their gradients. The
learning rate warms up and then falls with a cosine of the fraction of the budget used, in minutes or steps,
so that the end is predictable on a shared machine. The weights that are kept are an exponential average.
A run that was stopped goes on from ``checkpoint.pt`` of its output folder.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mt2kd.config import CONFIGURATIONS, Config
from mt2kd.frontend import Frontend
from mt2kd.model import Mt2kd
from mt2kd_training.augment import spec_augment
from mt2kd_training.batches import Batch, bucketed, sound_batch, speech_batch
from mt2kd_training.evaluate import recognition, tagging, verification
from mt2kd_training.losses import (
    SoundTeacherLoss,
    SpeakerLoss,
    WordFrameLoss,
    ctc_loss,
    speaker_directions,
    tag_choice_loss,
    tag_loss,
)
from mt2kd_training.muon import optimizers
from mt2kd_training.recordings import DecodedClips, Recordings, data_folder
from mt2kd_training.sounds import PEOPLE, SoundSource, label_list
from mt2kd_training.speech import SpeechSource
from mt2kd_training.start import spread
from mt2kd_training.text import Tokenizer, learn_pieces, training_texts

#: A thin front end and no stack at 50 Hz: most of a small Zipformer's time goes there. Voices are taken after
#: the first stack, which alone can learn them and leaves the others to words and sounds. A run has tokens and
#: labels of its own.
REFERENCE = Config.load(CONFIGURATIONS / "reference.json")
PIECES = 192
WEIGHTS = {
    "ctc": 1.0,
    "words": 1.0,
    "speaker": 0.3,
    "tags": 0.3,
    "choice": 1.0,
    "sound_teacher": 0.5,
}
#: Largest gradient norms of a batch. Without a limit of its own the louder task drowns the other: sounds have
#: gradients ten times those of speech.
LARGEST_GRADIENT = {"speech": 2.0, "sounds": 1.0}
WARM_UP = 60  # steps
#: Processors without bfloat16 instructions imitate them, at half the speed of single precision.
FAST_BFLOAT16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
#: What comes in gradually, from none to all, between two shares of the budget. CTC first teaches to stay
#: silent, and masks hide what is not known yet: with either from the start, words take several times as long.
CTC_RAMP, MASK_RAMP = (0.06, 0.15), (0.1, 0.35)
MARGIN, MARGIN_RAMP = 0.2, (0.5, 0.9)


def main() -> None:
    """Trains, with checkpoints and dev figures on the way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data")
    parser.add_argument("--cache", type=Path, required=True, help="decoded clips, synthetic speech, teachers")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--initial", type=Path, help="checkpoint of an earlier run to start from")
    parser.add_argument("--minutes", type=float, help="budget of training time")
    parser.add_argument("--steps", type=int, help="budget of updates, instead of minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--processes", type=int, choices=[1, 2], default=2, help="speech and sounds apart")
    parser.add_argument("--speech-seconds", type=float, default=40)
    parser.add_argument("--sound-seconds", type=float, default=30)
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="of AdamW: vectors and heads")
    parser.add_argument("--matrix-learning-rate", type=float, default=5e-3, help="of Muon: the encoder")
    parser.add_argument("--evaluate-minutes", type=float, default=10)
    parser.add_argument("--no-teachers", action="store_true")
    arguments = parser.parse_args()
    if (arguments.minutes is None) == (arguments.steps is None):
        parser.error("give one of --minutes and --steps")
    torch.set_num_threads(arguments.threads)
    if arguments.processes == 1:
        Run(arguments).train()
    else:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "meeting").unlink(missing_ok=True)
        torch.multiprocessing.spawn(_one_of_two, (arguments,), nprocs=2)


def _one_of_two(rank: int, arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    meeting = f"file://{(arguments.output / 'meeting').resolve()}"
    torch.distributed.init_process_group(
        "gloo", init_method=meeting, rank=rank, world_size=2, timeout=timedelta(hours=1)
    )
    Run(arguments, rank).train()
    torch.distributed.destroy_process_group()


class Run:
    """One training run: data, network, optimiser, and what it has seen so far."""

    def __init__(self, arguments: argparse.Namespace, rank: int | None = None) -> None:
        self.rank = rank  # None: alone; 0 takes the speech and keeps the record; 1 takes the sounds
        self.arguments, self.output = arguments, arguments.output
        self.output.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(arguments.seed)
        self.generator = torch.Generator().manual_seed(arguments.seed)
        self.recordings = Recordings(data_folder(arguments.data))
        clips = DecodedClips.of(self.recordings, arguments.cache)
        synthetic = arguments.cache / "synthetic.json"
        voices = DecodedClips(arguments.cache, "synthetic") if synthetic.exists() else None
        self.tokenizer = self._tokenizer()
        self.label_names = label_list(self.recordings)
        self.labels = {label: i for i, label in enumerate(self.label_names)}
        teachers = {} if arguments.no_teachers else _teacher(arguments.cache, "sounds")
        random = [
            np.random.default_rng([arguments.seed, stream, self._resumed_step()]) for stream in range(4)
        ]
        speech = SpeechSource(self.recordings, clips, voices, self.tokenizer, random[0])
        sounds = SoundSource(self.recordings, clips, teachers, random[1])
        self.speech = bucketed(speech.draw, arguments.speech_seconds, random[2])
        self.sounds = bucketed(sounds.draw, arguments.sound_seconds, random[3])

        config = replace(REFERENCE, tokens=len(self.tokenizer.pieces), labels=len(self.labels))
        self.frontend = Frontend()
        self.model = Mt2kd(config)
        batch = speech_batch(next(self.speech), self.labels)
        spread(self.model, *self.frontend(batch.audio, batch.lengths))
        self.average = Mt2kd(config)
        self.average.load_state_dict(self.model.state_dict())
        size = config.embedding_size
        voices_known = {} if arguments.no_teachers else _teacher(arguments.cache, "speakers")
        directions = speaker_directions(voices_known, speech.speakers, size)
        self.losses = torch.nn.ModuleDict({"speaker": SpeakerLoss(directions)})
        self.losses["words"] = WordFrameLoss(max(config.dims), config.tokens)
        if teachers:
            teacher_size = next(iter(teachers.values())).shape[1]
            self.losses["sound_teacher"] = SoundTeacherLoss(max(config.dims), teacher_size)
        self.parameters = [*self.model.parameters(), *self.losses.parameters()]
        self.optimizers = optimizers(self.model, self.losses)
        self.step, self.seconds_trained = 0, 0.0
        self.audio_seconds = {"speech": 0.0, "sounds": 0.0}
        self.curve: list[dict] = []
        self.warm_from = 0  # the step at which the optimiser was new
        if arguments.initial and not (self.output / "checkpoint.pt").exists():
            state = torch.load(arguments.initial, weights_only=False)
            for network in (self.model, self.average):
                network.load_state_dict(state["model"])
            self.losses.load_state_dict(state["losses"], strict=False)
        self._resume()
        count = sum(p.numel() for p in self.model.parameters())
        print(f"{count} parameters, {len(speech.speakers)} speakers, extra losses {list(self.losses)}")

    @property
    def progress(self) -> float:
        """Fraction of the budget used."""
        if self.arguments.steps:
            return self.step / self.arguments.steps
        return self.seconds_trained / 60 / self.arguments.minutes

    def train(self) -> None:
        """Until the budget is used."""
        recent: dict[str, float] = {}
        next_evaluation = self.seconds_trained / 60 + self.arguments.evaluate_minutes
        next_save = self.seconds_trained + 120
        started = time.monotonic() - self.seconds_trained
        began, seen = time.monotonic(), sum(self.audio_seconds.values())
        while self.progress < 1.0:
            losses = self._update()
            self.seconds_trained = self._agreed(time.monotonic() - started)
            for name, value in losses.items():
                recent[name] = 0.98 * recent.get(name, value) + 0.02 * value
            if self.step % 50 == 0:
                speed = (sum(self.audio_seconds.values()) - seen) / (time.monotonic() - began)
                shown = " ".join(f"{name} {value:.3f}" for name, value in recent.items())
                print(f"step {self.step} {100 * self.progress:.1f} % {speed:.0f}x {shown}", flush=True)
            if self.rank == 1:
                continue
            if self.seconds_trained >= next_save:
                self._save()
                next_save = self.seconds_trained + 120
            if self.seconds_trained / 60 >= next_evaluation:
                self._evaluate()
                next_evaluation = self.seconds_trained / 60 + self.arguments.evaluate_minutes
                started = time.monotonic() - self.seconds_trained
        if self.rank != 1:
            self._save()
            self._evaluate()
            self._save()

    def _update(self) -> dict[str, float]:
        """One optimiser step on a batch of speech and a batch of sounds."""
        rates = (self.arguments.matrix_learning_rate, self.arguments.learning_rate)
        share = self._rate()
        for optimizer, rate in zip(self.optimizers, rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
            optimizer.zero_grad(set_to_none=True)
        self.model.train()
        values: dict[str, float] = {}
        if self.rank != 1:
            values |= self._gradients(speech_batch(next(self.speech), self.labels))
        if self.rank != 0:
            values |= self._gradients(sound_batch(next(self.sounds), self.labels, PEOPLE))
        self._share_gradients()
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        self._average()
        return values

    def _gradients(self, batch: Batch) -> dict[str, float]:
        """Adds a batch's gradients, limited to their largest norm; returns its losses."""
        kind, prefix = ("speech", "") if batch.speech else ("sounds", "sound_")
        losses = self._losses(batch)
        total = sum(weight * loss for loss, weight in losses.values())
        gradients = torch.autograd.grad(total, self.parameters, allow_unused=True)
        present = [g for g in gradients if g is not None]
        norm = float(torch.nn.utils.get_total_norm(present))
        # A step that overflowed teaches nothing.
        scale = min(1.0, LARGEST_GRADIENT[kind] / norm) if math.isfinite(norm) else 0.0
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            if gradient is not None:
                gradient = torch.nan_to_num(gradient * scale)
                parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
        self.audio_seconds[kind] += batch.seconds
        values = {prefix + name: float(loss.detach()) for name, (loss, _) in losses.items()}
        return values | {prefix + "norm": min(norm, 1e3)}

    def _share_gradients(self) -> None:
        """The sum over both processes, in place, with the audio seconds of each."""
        if self.rank is None:
            return
        zero = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.parameters]
        flat = torch.cat([gradient.flatten() for gradient in zero])
        torch.distributed.all_reduce(flat)
        pieces = flat.split([p.numel() for p in self.parameters])
        for parameter, piece in zip(self.parameters, pieces, strict=True):
            parameter.grad = piece.view_as(parameter)

    def _agreed(self, seconds: float) -> float:
        """The recording process's clock, and the other's count of audio, known to both."""
        if self.rank is None:
            return seconds
        own = (
            [seconds, self.audio_seconds["speech"], 0.0]
            if self.rank == 0
            else [0.0, 0.0, self.audio_seconds["sounds"]]
        )
        shared = torch.tensor(own, dtype=torch.float64)
        torch.distributed.all_reduce(shared)
        self.audio_seconds = {"speech": float(shared[1]), "sounds": float(shared[2])}
        return float(shared[0])

    def _losses(self, batch: Batch) -> dict[str, tuple[Tensor, float]]:
        """The losses that a batch has labels for, with their weights."""
        with torch.no_grad():
            features, lengths = self.frontend(batch.audio, batch.lengths)
            if float(torch.rand((), generator=self.generator)) < self._ramp(MASK_RAMP):
                features = spec_augment(features, lengths, self.generator)
        parts = self.model.parts()
        with torch.autocast("cpu", torch.bfloat16, enabled=FAST_BFLOAT16):
            out, out_lengths, speaker_frames, speaker_lengths = parts["encoder"](features, lengths)
        out = out.float()
        logits = parts["at_head"](out, out_lengths)
        log_probabilities = self.model.ctc_output(out)
        text = ctc_loss(log_probabilities, out_lengths, batch.tokens, batch.token_lengths, batch.has_text)
        tags = tag_loss(logits, batch.tags, batch.tag_weights)
        if batch.speech:
            losses = {
                "ctc": (text, self._ramp(CTC_RAMP) * WEIGHTS["ctc"]),
                "tags": (tags, WEIGHTS["tags"] / 4),
                "words": (self.losses["words"](out, batch.words), WEIGHTS["words"]),
            }
            margin = MARGIN * self._ramp(MARGIN_RAMP)
            prints = parts["sv_head"](speaker_frames.float(), speaker_lengths)
            losses["speaker"] = (self.losses["speaker"](prints, batch.speakers, margin), WEIGHTS["speaker"])
            return losses
        losses = {"ctc": (text, 0.005), "tags": (tags, WEIGHTS["tags"])}
        losses["choice"] = (tag_choice_loss(logits, batch.tags), WEIGHTS["choice"])
        if "sound_teacher" in self.losses:
            loss = self.losses["sound_teacher"](out, out_lengths, batch.teacher)
            losses["sound_teacher"] = (loss, WEIGHTS["sound_teacher"])
        return losses

    def _ramp(self, shares: tuple[float, float]) -> float:
        low, high = shares
        return min(1.0, max(0.0, (self.progress - low) / (high - low)))

    def _rate(self) -> float:
        """Warm-up, then a cosine down to 1 %."""
        return min(1.0, (self.step + 1 - self.warm_from) / WARM_UP) * max(
            0.01, 0.5 * (1 + math.cos(math.pi * self.progress))
        )

    @torch.no_grad()
    def _average(self) -> None:
        """Exponential average of the weights; shorter at first, so that early checkpoints work."""
        decay = min(0.998, (1 + self.step) / (20 + self.step))
        for mean, value in zip(
            self.average.state_dict().values(), self.model.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - decay)

    def _evaluate(self) -> None:
        """A cheap look at the dev lists, kept in the curve."""
        self.average.eval()
        figures = recognition(self.average, self.recordings, self.tokenizer, "dev", limit=60)
        figures |= verification(self.average, self.recordings, "dev", limit=150)
        figures |= tagging(self.average, self.recordings, self.label_names, "dev")
        row = {"minutes": round(self.seconds_trained / 60, 1), "step": self.step}
        row |= {name: round(figure.value, 4) for name, figure in figures.items()}
        self.curve.append(row)
        print("dev", json.dumps(row), flush=True)
        (self.output / "curve.json").write_text(json.dumps(self.curve, indent=1), encoding="utf8")

    def _tokenizer(self) -> Tokenizer:
        """The pieces of the output folder, learnt on the first start."""
        path = self.output / "tokens.txt"
        if not path.exists():
            pieces = learn_pieces(list(training_texts(self.recordings).values()), PIECES)
            path.write_text("\n".join(pieces) + "\n", encoding="utf8")
        return Tokenizer.load(path)

    def _resumed_step(self) -> int:
        path = self.output / "checkpoint.pt"
        return torch.load(path, weights_only=False)["step"] if path.exists() else 0

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "losses": self.losses.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "config": asdict(self.model.config),
            "labels": self.label_names,
            "step": self.step,
            "warm_from": self.warm_from,
            "seconds_trained": self.seconds_trained,
            "audio_seconds": self.audio_seconds,
            "curve": self.curve,
            "arguments": {k: str(v) for k, v in vars(self.arguments).items()},
        }
        torch.save(state, self.output / "checkpoint.new")
        (self.output / "checkpoint.new").replace(self.output / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.output / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, weights_only=False)
            for name in ("model", "average"):
                getattr(self, name).load_state_dict(state[name])
            missing = self.losses.load_state_dict(state["losses"], strict=False).missing_keys
            for name in ("step", "seconds_trained", "audio_seconds", "curve"):
                setattr(self, name, state[name])
            if missing:  # a loss was added since
                self.warm_from = self.step
            else:
                for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
                    optimizer.load_state_dict(stored)
                self.warm_from = state.get("warm_from", 0)


def _teacher(cache: Path, name: str) -> dict[str, np.ndarray]:
    path = cache / f"teacher_{name}.npz"
    if not path.exists():
        return {}
    with np.load(path) as stored:
        return {key: stored[key] for key in stored.files}


if __name__ == "__main__":
    main()
