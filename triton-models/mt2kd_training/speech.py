"""Speech for training: connected strings rendered on the fly, sentences, synthesised voices."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from mt2kd_training.augment import at_speed, to_float, with_gain, with_noise
from mt2kd_training.recordings import CORE_WORDS, SAMPLE_RATE, DecodedClips, Recordings, join_words
from mt2kd_training.text import Tokenizer, training_texts

#: Kinds of items and the share of items that each makes.
SHARES = {
    "string": 0.68,  # words of one speaker
    "mixed": 0.16,  # words of several speakers: new neighbours for rare words, no speaker label
    "sentence": 0.01,  # LibriSpeech, whole
    "crop": 0.04,  # LibriSpeech, 1.5 to 4 s, speaker label only
    "command": 0.01,  # orders of coffee
    "wake": 0.02,  # wake words
    "synthetic": 0.08,
}
WORD_COUNTS = np.array([0.10, 0.10, 0.15, 0.15, 0.15, 0.13, 0.12, 0.10])  # 1 to 8 words
UNKNOWN = -1
Span = tuple[int, int, int]


@dataclass(frozen=True)
class SpeechItem:
    """One utterance: samples float32; tokens None where the text is unknown; speaker UNKNOWN likewise.

    ``words`` says where the words of a rendered string lie: first sample, last sample, token; None elsewhere.
    """

    samples: np.ndarray
    tokens: list[int] | None
    speaker: int
    noise_labels: tuple[str, ...] = ()
    noise_snr: float = 99.0
    words: list[Span] | None = None


class SpeechSource:
    """Draws utterances, evenly over words rather than over recordings."""

    def __init__(
        self,
        recordings: Recordings,
        clips: DecodedClips,
        synthetic: DecodedClips | None,
        tokenizer: Tokenizer,
        random: np.random.Generator,
    ) -> None:
        self._clips, self._synthetic, self._tokenizer, self._random = clips, synthetic, tokenizer, random
        self._recordings = recordings
        texts = training_texts(recordings)
        train = [clip for clip in recordings.clips.values() if clip.split == "train" and clip.id in clips]
        self._words = [clip for clip in train if clip.source == "speech-commands"]
        self._by_speaker = defaultdict(list)
        for place, clip in enumerate(self._words):
            self._by_speaker[clip.speaker].append(place)
        count = Counter(clip.text for clip in self._words)
        core = set(CORE_WORDS)
        self._weight = np.array([count[c.text] ** -0.6 * (1 if c.text in core else 0.3) for c in self._words])
        self._anchor = self._weight / self._weight.sum()
        self._tokens = {i: tokenizer.encode(text) for i, text in texts.items()}
        self._named = {
            "sentence": [c.id for c in train if c.source == "librispeech" and c.id in texts],
            "crop": [c.id for c in train if c.source == "librispeech"],
            "command": [c.id for c in train if c.source == "picovoice-speech-to-intent" and c.id in texts],
            "wake": [c.id for c in train if c.source == "picovoice-wake-word" and c.id in texts],
            "synthetic": synthetic.ids() if synthetic else [],
        }
        self._whole_of = {recordings.clips[i].speaker: (clips, i) for i in self._named["crop"]}
        if synthetic:
            self._whole_of |= {i.split("|")[0]: (synthetic, i) for i in self._named["synthetic"]}
        names = [s for s, places in self._by_speaker.items() if len(places) > 1]
        names += [recordings.clips[i].speaker for i in self._named["crop"]]
        names += [i.split("|")[0] for i in self._named["synthetic"]]
        self.speakers = sorted(set(names))
        self._speaker_id = {name: i for i, name in enumerate(self.speakers)}
        noise = {"esc-50", "speech-commands-background"}
        self._noises = [
            c for c in train if c.source in noise and not {"laughing", "crying_baby"} & set(c.labels)
        ]
        kinds = {kind: share for kind, share in SHARES.items() if self._named.get(kind, True)}
        self._kinds, shares = list(kinds), np.array(list(kinds.values()))
        self._shares = shares / shares.sum()

    def draw(self) -> SpeechItem:
        """A new utterance, augmented."""
        kind = self._random.choice(self._kinds, p=self._shares)
        if kind in ("string", "mixed"):
            samples, tokens, speaker, words = self._string() if kind == "string" else self._mixed()
            return self._augmented(to_float(samples), tokens, speaker, words)
        makers = {"crop": self._crop, "synthetic": self._spoken_by_machine}
        samples, tokens, speaker = makers[kind]() if kind in makers else self._whole(kind)
        return self._augmented(to_float(samples), tokens, speaker, None)

    def sample_of(self, speaker: str, seconds: float) -> np.ndarray | None:
        """About so many seconds of a speaker, int16 [samples]; None where there is nothing."""
        if speaker in self._by_speaker:
            words, total = [], 0
            for place in self._by_speaker[speaker]:
                start, end = self._words[place].trim
                words.append(self._clips[self._words[place].id][start:end])
                total += end - start
                if total >= seconds * SAMPLE_RATE:
                    break
            return join_words(words, [80] * (len(words) - 1))
        if speaker in self._whole_of:
            store, clip_id = self._whole_of[speaker]
            return store[clip_id][: int(seconds * SAMPLE_RATE)]
        return None

    def _string(self) -> tuple[np.ndarray, list[int], int, list[Span]]:
        """Words of one speaker; the first is drawn evenly over words and so decides the speaker."""
        anchor = int(self._random.choice(len(self._words), p=self._anchor))
        speaker = self._words[anchor].speaker
        places = np.array(self._by_speaker[speaker])
        weight = self._weight[places] / self._weight[places].sum()
        # Few recordings make short strings, or the model would learn repetitions.
        most = min(8, 2 * len(places))
        count = min(most, 1 + int(self._random.choice(8, p=WORD_COUNTS)))
        chosen = [anchor, *self._random.choice(places, size=count - 1, p=weight)]
        self._random.shuffle(chosen)
        samples, tokens, words = self._joined(chosen)
        return samples, tokens, self._speaker_id.get(speaker, UNKNOWN), words

    def _mixed(self) -> tuple[np.ndarray, list[int], int, list[Span]]:
        count = 2 + int(self._random.choice(7))
        chosen = self._random.choice(len(self._words), size=count, p=self._anchor)
        samples, tokens, words = self._joined(chosen)
        return samples, tokens, UNKNOWN, words

    def _joined(self, places: list[int]) -> tuple[np.ndarray, list[int], list[Span]]:
        pauses = [int(pause) for pause in self._random.integers(50, 251, size=len(places) - 1)]
        pieces, tokens, words, position = [], [], [], 0
        for place, pause in zip(places, [*pauses, 0], strict=True):
            clip = self._words[place]
            samples = self._clips[clip.id]
            start, end = clip.trim
            loose = self._random.random() < 0.15  # now and then with the recording's own silence
            pieces.append(samples if loose else samples[start:end])
            spoken = position + start if loose else position
            words.append((spoken, spoken + end - start, self._tokens[clip.id][0]))
            tokens += self._tokens[clip.id]
            position += len(pieces[-1]) + pause * SAMPLE_RATE // 1000
        return join_words(pieces, pauses), tokens, words

    def _whole(self, kind: str) -> tuple[np.ndarray, list[int], int]:
        clip_id = self._random.choice(self._named[kind])
        speaker = self._speaker_id.get(self._recordings.clips[clip_id].speaker, UNKNOWN)
        return self._clips[clip_id][: 16 * SAMPLE_RATE], self._tokens[clip_id], speaker

    def _crop(self) -> tuple[np.ndarray, None, int]:
        clip_id = self._random.choice(self._named["crop"])
        samples = self._clips[clip_id]
        length = int(self._random.uniform(1.5, 4.0) * SAMPLE_RATE)
        start = int(self._random.integers(0, max(1, len(samples) - length)))
        speaker = self._speaker_id[self._recordings.clips[clip_id].speaker]
        return samples[start : start + length], None, speaker

    def _spoken_by_machine(self) -> tuple[np.ndarray, list[int], int]:
        clip_id = self._random.choice(self._named["synthetic"])
        voice, _, text = clip_id.split("|")
        return self._synthetic[clip_id], self._tokenizer.encode(text), self._speaker_id[voice]

    def _augmented(
        self, samples: np.ndarray, tokens: list[int] | None, speaker: int, words: list[Span] | None
    ) -> SpeechItem:
        random = self._random
        speed, before = 1.0, 0
        if tokens is not None and random.random() < 0.1:
            # A voice at another speed is another voice.
            speed, speaker = random.uniform(0.88, 1.14), UNKNOWN
            samples = at_speed(samples, speed)
        if random.random() < 0.3:
            before, after = (int(n) for n in random.integers(0, SAMPLE_RATE * 2 // 5, size=2))
            samples = np.pad(samples, (before, after))
        samples = np.pad(samples, (0, max(0, 3200 - len(samples))))
        if words is not None:
            words = [(int(s / speed) + before, int(e / speed) + before, token) for s, e, token in words]
        labels, snr = (), 99.0
        if random.random() < 0.2:
            noise = self._noises[int(random.integers(len(self._noises)))]
            snr = random.uniform(5, 25)
            samples = with_noise(random, samples, to_float(self._clips[noise.id]), snr)
            labels = noise.labels
        return SpeechItem(with_gain(random, samples, -10, 6), tokens, speaker, labels, snr, words)
