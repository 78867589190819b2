"""Stage 2: trains on the labelled sets of the three tasks, from stage 1 or from scratch.

``python -m mt2kd_training.finetune --data DIR --cache DIR --output DIR --updates 1500 [--initial RUN]``

Each update takes one batch of speech (text and speaker) and one of sounds (tags), from separate sets; each
loss counts where its label is known. With ``--tasks`` only some of the tasks are learnt, for single-task
models. From stage 1 (``--initial``) the encoder is frozen for the first ``--frozen`` part of the updates,
while the heads find their place, comes in over as many, and learns at ``--encoder-rate`` times the rate;
the directions of the speakers start at the means of the voiceprints that stage 1 gives them. Teachers of
sounds that stay (``--sound-teachers``) go on teaching beside the labels, on stored sounds, and those that
speak our labels (``--tag-teacher``) have a say in the labels themselves, several of them as one. With
``--label-share`` only that part of the speakers and of each class of sounds is learnt from. ``--initial`` may
also be an earlier run of stage 2, or a published reference folder, which then goes on with other sounds or
shares.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mt2kd.checkpoint import load_configuration
from mt2kd.frontend import Frontend
from mt2kd.model import Mt2kd
from mt2kd_training.augment import spec_augment
from mt2kd_training.batches import LabelledBatch, bucketed, sound_batch, speech_batch
from mt2kd_training.earlier import Earlier
from mt2kd_training.evaluate import TASKS, recognition_of_each_decoding, tagging, verification
from mt2kd_training.labelled import labelled_clips
from mt2kd_training.losses import (
    SpeakerLoss,
    WordFrameLoss,
    ctc_loss,
    known_transducer_loss,
    tag_choice_loss,
    tag_loss,
)
from mt2kd_training.recordings import DecodedClips, Recordings, data_folder
from mt2kd_training.run import add_options, launch, load_weights
from mt2kd_training.sound_pool import AnsweredSounds, SoftLabels
from mt2kd_training.sounds import PEOPLE, SoundSource, label_list
from mt2kd_training.speakers import speaker_means
from mt2kd_training.speech import SpeechSource
from mt2kd_training.stage import Losses, Share, Stage, ramp
from mt2kd_training.start import spread
from mt2kd_training.teacher_losses import WEIGHTS as TEACHER_WEIGHTS
from mt2kd_training.teacher_losses import TeacherLosses, weight
from mt2kd_training.text import Tokenizer, training_pieces

WEIGHTS = {
    "transducer": 0.5,
    "ctc": 0.5,
    "word frames": 1.0,
    "speaker": 0.3,
    "tags": 0.3,
    "speech tag": 0.075,
    "choice": 1.0,
    "silence": 0.0025,
}
#: The largest norm of the gradients of speech. Those of sounds are several times as large and would drown it.
LARGEST_GRADIENT = 2.0
#: What comes in gradually, between two parts of the updates. CTC first teaches to stay silent, and masks
#: hide what is not known yet: with either from the start, words take several times as long.
TEXT_RAMP, MASK_RAMP = (0.06, 0.15), (0.1, 0.35)
MARGIN_RAMP = (0.4, 0.8)


def main() -> None:
    """Trains, with checkpoints and dev figures on the way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--configuration", required=True, help="a name or a file: sizes of the network")
    parser.add_argument(
        "--initial", type=Path, help="output folder of a stage, or a reference folder, to go on from"
    )
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--frozen", type=float, default=0.05, help="part of the updates, from stage 1")
    parser.add_argument("--encoder-rate", type=float, default=0.4, help="of the encoder, from stage 1")
    parser.add_argument("--margin", type=float, default=0.2, help="of speaker angles; 0: plain softmax")
    parser.add_argument("--fast-emit", type=float, default=0.0, help="of the transducer's loss")
    parser.add_argument("--label-share", type=float, default=1.0, help="of speakers and sounds")
    parser.add_argument("--sound-teachers", nargs="+", default=[], help="whose answers to sounds are learnt")
    parser.add_argument(
        "--teacher-weights", type=weight, nargs="+", default=[], metavar="KIND=WEIGHT",
        help=f"of the losses of a kind of their targets, in place of {TEACHER_WEIGHTS}",
    )  # fmt: skip
    parser.add_argument(
        "--tag-teacher", nargs="+", default=[], help="whose probabilities of our labels are mixed into them"
    )
    parser.add_argument("--tag-teacher-share", type=float, default=0.5, help="of the mixture")
    parser.add_argument("--speech-seconds", type=float, default=48)
    parser.add_argument("--sound-seconds", type=float, default=48)
    parser.add_argument("--sound-gradient", type=float, default=1.0, help="largest norm; speech has 2")
    arguments = parser.parse_args()
    launch(FineTuning, arguments)


class FineTuning(Stage):
    """Labelled speech and labelled sounds."""

    def __init__(self, arguments: argparse.Namespace, update: int) -> None:
        self.arguments = arguments
        self.tasks = frozenset(arguments.tasks)
        self.generator = torch.Generator().manual_seed(arguments.seed * 100_003 + update)
        self.recordings = Recordings(data_folder(arguments.data))
        clips = DecodedClips.of(self.recordings, arguments.cache)
        if arguments.label_share != 1:
            if arguments.sound_teachers or arguments.tag_teacher:
                raise ValueError(
                    f"label_share: {arguments.label_share} (expected: 1 with a teacher of sounds: what it "
                    "answers to was drawn by all labels)"
                )
            clips = clips.only(labelled_clips(self.recordings, arguments.label_share))
        synthetic = (arguments.cache / "synthetic.json").exists()
        voices = DecodedClips(arguments.cache, "synthetic") if synthetic else None
        self.tokenizer = Tokenizer(training_pieces(self.recordings, arguments.output / "tokens.txt"))
        self.label_names = label_list(self.recordings)
        self.labels = {label: i for i, label in enumerate(self.label_names)}
        random = [np.random.default_rng([arguments.seed, stream, update]) for stream in range(4)]
        speech = SpeechSource(self.recordings, clips, voices, self.tokenizer, random[0])
        soft = (
            SoftLabels(arguments.tag_teacher, arguments.tag_teacher_share, self.label_names)
            if arguments.tag_teacher
            else None
        )
        sounds = (
            AnsweredSounds(arguments.cache, arguments.sound_teachers, random[1], soft)
            if arguments.sound_teachers or soft
            else SoundSource(self.recordings, clips, random[1])
        )
        shares = {
            "speech": bucketed(speech.draw, arguments.speech_seconds, random[2], self._speech_batch),
            "sounds": bucketed(sounds.draw, arguments.sound_seconds, random[3], self._sound_batch),
        }
        wanted = {"speech": self.tasks & {"words", "voices"}, "sounds": self.tasks & {"sounds"}}
        largest = {"speech": LARGEST_GRADIENT, "sounds": arguments.sound_gradient}
        self.shares = {
            name: Share(batches, largest[name]) for name, batches in shares.items() if wanted[name]
        }
        self.frontend = Frontend()
        earlier = Earlier.read(arguments.initial) if arguments.initial else None
        self.model = self._network(arguments, earlier)
        directions = F.normalize(torch.randn(len(speech.speakers), self.model.config.embedding_size), dim=1)
        if update == 0 and "voices" in self.tasks:
            directions = speaker_means(self.model, speech, directions)
        self.extra = nn.ModuleDict(
            {
                "speaker": SpeakerLoss(directions),
                "word_frames": WordFrameLoss(max(self.model.config.dims), self.model.config.tokens),
            }
        )
        if isinstance(sounds, AnsweredSounds):
            self.extra["teachers"] = TeacherLosses(
                self.model,
                sounds.stored,
                sounds.pool.ids(),
                weights=TEACHER_WEIGHTS | dict(arguments.teacher_weights),
            )
        self.goes_on = False
        if earlier:
            load_weights(self.extra, earlier.extra)
            self.goes_on = earlier.labelled

    def _network(self, arguments: argparse.Namespace, earlier: Earlier | None) -> Mt2kd:
        """From an earlier stage, or new with weights that one real batch has been sent through."""
        config = replace(
            load_configuration(arguments.configuration)[1],
            tokens=len(self.tokenizer.pieces),
            labels=len(self.labels),
            decoding="transducer",
        )
        model = Mt2kd(config)
        batch = next(next(iter(self.shares.values())).batches)
        spread(model, *self.frontend(batch.audio, batch.lengths))
        if earlier:
            new = load_weights(model, earlier.network)
            encoder = [name for name in new if name.startswith("encoder")]
            if encoder:
                raise ValueError(f"initial: {arguments.initial} does not fit at {encoder[0]}")
        return model

    def _reached(self, progress: float, span: tuple[float, float]) -> float:
        """How much of what comes in gradually is there; all of it where an earlier stage 2 goes on."""
        return 1.0 if self.goes_on else ramp(progress, *span)

    def encoder_rate(self, progress: float) -> float:
        """From stage 1 the encoder is frozen first and comes in gradually: at once, it forgets."""
        rate, frozen = self.arguments.encoder_rate, self.arguments.frozen
        if not self.arguments.initial:
            return 1.0
        return rate * ramp(progress, frozen, 2 * frozen) if frozen else rate

    def losses(self, share: str, batch: LabelledBatch, progress: float) -> Losses:
        """The losses that a batch has labels for, of the tasks that are learnt."""
        with torch.no_grad():
            features, lengths = self.frontend(batch.audio, batch.lengths)
            if float(torch.rand((), generator=self.generator)) < self._reached(progress, MASK_RAMP):
                features = spec_augment(features, lengths, self.generator)
        encoded = self.encode(features, lengths, progress)
        out, out_lengths, speaker_frames, speaker_lengths = encoded
        parts, losses = self.model.parts(), {}
        if share == "speech":
            if "words" in self.tasks:
                losses |= self._text_losses(batch, out, out_lengths, self._reached(progress, TEXT_RAMP))
            if "sounds" in self.tasks:
                tags = tag_loss(parts["at_head"](out, out_lengths), batch.tags, batch.tag_weights)
                losses["tags"] = (tags, WEIGHTS["speech tag"])
            if "voices" in self.tasks:
                prints = parts["sv_head"](speaker_frames, speaker_lengths)
                margin = self.arguments.margin * self._reached(progress, MARGIN_RAMP)
                losses["speaker"] = (
                    self.extra["speaker"](prints, batch.speakers, margin),
                    WEIGHTS["speaker"],
                )
            return losses
        logits = parts["at_head"](out, out_lengths)
        losses["tags"] = (tag_loss(logits, batch.tags, batch.tag_weights), WEIGHTS["tags"])
        losses["choice"] = (tag_choice_loss(logits, batch.tags), WEIGHTS["choice"])
        if "words" in self.tasks:
            silence = self._ctc(batch, out, out_lengths) + self._transducer(batch, out, out_lengths)
            losses["silence"] = (silence, WEIGHTS["silence"])
        if batch.answers:
            losses |= self.extra["teachers"](self.model, encoded, batch.answers)
        return losses

    def _text_losses(self, batch: LabelledBatch, out: Tensor, lengths: Tensor, share: float) -> Losses:
        assert batch.words is not None
        return {
            "word frames": (self.extra["word_frames"](out, batch.words), WEIGHTS["word frames"]),
            "ctc": (self._ctc(batch, out, lengths), share * WEIGHTS["ctc"]),
            "transducer": (self._transducer(batch, out, lengths), share * WEIGHTS["transducer"]),
        }

    def _ctc(self, batch: LabelledBatch, out: Tensor, lengths: Tensor) -> Tensor:
        return ctc_loss(
            self.model.ctc_output(out), lengths, batch.tokens, batch.token_lengths, batch.has_text
        )

    def _transducer(self, batch: LabelledBatch, out: Tensor, lengths: Tensor) -> Tensor:
        return known_transducer_loss(
            self.model.decoder,
            self.model.joiner,
            out,
            lengths,
            batch.tokens,
            batch.token_lengths,
            batch.has_text,
            self.arguments.fast_emit,
        )

    def _speech_batch(self, items: list[Any]) -> LabelledBatch:
        return speech_batch(items, self.labels)

    def _sound_batch(self, items: list[Any]) -> LabelledBatch:
        return sound_batch(items, self.labels, PEOPLE)

    def figures(self, model: Mt2kd) -> dict[str, float]:
        """Dev figures of the tasks that are learnt, of both decodings."""
        figures = {}
        if "words" in self.tasks:
            figures |= recognition_of_each_decoding(model, self.recordings, self.tokenizer, "dev", limit=120)
        if "voices" in self.tasks:
            figures |= verification(model, self.recordings, "dev", limit=500)
        if "sounds" in self.tasks:
            figures |= tagging(model, self.recordings, self.label_names, "dev")
        return {name: figure.value for name, figure in figures.items()}

    def record(self) -> dict[str, Any]:
        """Labels and tokens, which the published model needs."""
        return {"labels": self.label_names, "tokens": self.tokenizer.pieces}


if __name__ == "__main__":
    main()
