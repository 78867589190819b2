"""Items of similar length gathered into padded batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from mt2kd.parts import downsampled_length, embed_length
from mt2kd_training.recordings import SAMPLE_RATE
from mt2kd_training.sounds import SoundItem
from mt2kd_training.speech import SpeechItem

#: At or below this ratio a noise under speech is loud enough to be expected among the tags.
AUDIBLE_SNR_DB = 10.0
IGNORED = -100


class Audible(Protocol):
    """What has samples, [samples]."""

    samples: np.ndarray


Item = TypeVar("Item", bound=Audible)
Made = TypeVar("Made")


@dataclass(frozen=True)
class LabelledBatch:
    """N utterances and what is known of each; a weight of zero means unknown."""

    audio: Tensor  # [N, S] float32
    lengths: Tensor  # [N, 1] int32, samples
    tokens: Tensor  # [sum of lengths] int64, concatenated
    token_lengths: Tensor  # [N] int64
    has_text: Tensor  # [N] bool
    speakers: Tensor  # [N] int64, -1 unknown
    tags: Tensor  # [N, K] float32
    tag_weights: Tensor  # [N, K] float32
    words: Tensor | None  # [N, T'] int64: the token spoken in each encoder frame; None for sounds
    answers: dict[str, list[Tensor]] = field(default_factory=dict)  # by teacher, one of each utterance

    @property
    def seconds(self) -> float:
        """Audio seconds, without padding."""
        return float(self.lengths.sum()) / SAMPLE_RATE

    def to(self, device: torch.device) -> LabelledBatch:
        """The batch on another device."""
        moved = {k: v.to(device) for k, v in vars(self).items() if isinstance(v, Tensor)}
        return replace(self, **moved, answers=on_device(self.answers, device))


def speech_batch(items: Sequence[SpeechItem], labels: dict[str, int]) -> LabelledBatch:
    """Speech: text and speaker where known; ``speech`` is heard, no other tag but an audible noise."""
    audio, lengths = padded([item.samples for item in items])
    tags = torch.zeros(len(items), len(labels))
    weights = torch.ones_like(tags)
    tags[:, labels["speech"]] = 1.0
    for row, item in enumerate(items):
        for label in item.noise_labels:
            if label in labels:
                tags[row, labels[label]] = 1.0
                weights[row, labels[label]] = float(item.noise_snr <= AUDIBLE_SNR_DB)
    texts = [item.tokens or [] for item in items]
    return LabelledBatch(
        audio, lengths, torch.tensor([t for text in texts for t in text], dtype=torch.long),
        torch.tensor([len(text) for text in texts]), torch.tensor([i.tokens is not None for i in items]),
        torch.tensor([item.speaker for item in items]), tags, weights,
        word_frames(items, audio.shape[1]),
    )  # fmt: skip


def word_frames(items: Sequence[SpeechItem], samples: int) -> Tensor:
    """[N, T']: the token whose word is spoken at a frame's centre, 0 between words, IGNORED where unknown."""
    frames = downsampled_length(embed_length((samples + 80) // 160), 2)
    centre = np.arange(frames) * 640 + 800  # a frame sees about 110 ms, from 40 ms times its number
    targets = np.full((len(items), frames), IGNORED)
    for row, item in enumerate(items):
        if item.words is not None:
            targets[row, centre < len(item.samples)] = 0
            for start, end, token in item.words:
                targets[row, (centre >= start) & (centre < end)] = token
    return torch.from_numpy(targets)


def sound_batch(items: Sequence[SoundItem], labels: dict[str, int], people: frozenset[str]) -> LabelledBatch:
    """Sounds: tags; the empty text, so that the recogniser stays silent; no speaker."""
    audio, lengths = padded([item.samples for item in items])
    tags = torch.zeros(len(items), len(labels))
    weights = torch.ones_like(tags)
    for row, item in enumerate(items):
        for label, target in (item.soft or item.targets).items():
            tags[row, labels[label]] = target
        if people & item.targets.keys():
            weights[row, labels["speech"]] = 0.0
    has_text = torch.tensor([not people & item.targets.keys() for item in items])
    unknown = torch.full((len(items),), -1)
    answers = by_teacher([item.answers for item in items])
    return LabelledBatch(
        audio, lengths, torch.zeros(0, dtype=torch.long), torch.zeros(len(items), dtype=torch.long), has_text,
        unknown, tags, weights, None, answers,
    )  # fmt: skip


def by_teacher(answers: Sequence[Mapping[str, np.ndarray]]) -> dict[str, list[Tensor]]:
    """What each teacher answered to each utterance, from what was answered to each utterance."""
    return {name: [torch.from_numpy(np.array(each[name])) for each in answers] for name in answers[0]}


def on_device(answers: Mapping[str, Sequence[Tensor]], device: torch.device) -> dict[str, list[Tensor]]:
    """The same on another device."""
    return {name: [row.to(device) for row in rows] for name, rows in answers.items()}


def in_turns(ids: Sequence[str], random: np.random.Generator) -> Iterator[str]:
    """Every id once, in random order, again and again."""
    while True:
        order = list(random.permutation(ids))
        while order:
            yield str(order.pop())


def bucketed(
    draw: Callable[[], Item],
    seconds: float,
    random: np.random.Generator,
    make: Callable[[list[Item]], Made],
    pool: int = 8,
) -> Iterator[Made]:
    """Endless batches made of items of similar length, each of about so many seconds when padded.

    A pool of several batches is drawn, sorted by length and cut; the batches leave in random order.
    """
    limit = int(seconds * SAMPLE_RATE)
    while True:
        items, total = [], 0
        while total < pool * limit:
            items.append(draw())
            total += len(items[-1].samples)
        items.sort(key=lambda item: len(item.samples))
        batches: list[list[Item]] = [[]]
        for item in items:
            if batches[-1] and len(item.samples) * (len(batches[-1]) + 1) > limit:
                batches.append([])
            batches[-1].append(item)
        random.shuffle(batches)
        yield from map(make, batches)


def padded(samples: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Utterances filled up with zeros: [N, S] float32, and their lengths [N, 1] int32."""
    audio = torch.zeros(len(samples), max(map(len, samples)))
    for row, one in enumerate(samples):
        audio[row, : len(one)] = torch.from_numpy(np.ascontiguousarray(one))
    return audio, torch.tensor([[len(one)] for one in samples], dtype=torch.int32)
