"""What training reads: texts, rendered strings, batches, augmentation, and the files that are published."""

from __future__ import annotations

import itertools
import math
import zlib
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from mt2kd.clips import data_folder
from mt2kd.config import Config
from mt2kd.model import Mt2kd, load_reference
from mt2kd.parts import downsampled_length, embed_length
from mt2kd_training.augment import at_speed, equalised, spec_augment, with_noise
from mt2kd_training.batches import IGNORED, bucketed, sound_batch, speech_batch, word_frames
from mt2kd_training.publish import save_weights
from mt2kd_training.recordings import CORE_WORDS, Clip, DecodedClips, Recordings, join_words
from mt2kd_training.sounds import (
    PEOPLE,
    SoundItem,
    SoundSource,
    Variety,
    dev_sounds,
    label_list,
    labels_of,
)
from mt2kd_training.speech import SpeechItem, SpeechSource
from mt2kd_training.text import Tokenizer, learn_pieces, normalise, training_texts

LETTERS = [*"abcdefghijklmnopqrstuvwxyz'"]
TOKENIZER = Tokenizer(["<blk>", "▁yes", "▁no", "▁", "es", *LETTERS])
LABELS = {"dog": 0, "laughing": 1, "speech": 2}


@pytest.fixture(scope="module")
def recordings(request) -> Recordings:
    folder = data_folder()
    if folder is None:
        request.getfixturevalue("real_clips")  # skips aloud
    return Recordings(folder)


def test_texts_survive_their_tokens():
    for text in ("yes no", "yesterday", "it's a no", "zebra es", "y"):
        assert TOKENIZER.decode(TOKENIZER.encode(text)) == text
    assert TOKENIZER.encode("yes yesno") == [1, 1, 5 + 13, 5 + 14]  # n, o
    assert TOKENIZER.encode("Yes, NO!") == [1, 2]
    assert TOKENIZER.decode([0, 1, 0, 0, 2, 0]) == "yes no"


def test_an_unknown_character_is_named():
    with pytest.raises(ValueError, match="text: no piece for 'q'"):
        Tokenizer(["<blk>", "▁", "a"]).encode("aq")


def test_text_is_normalised():
    assert normalise("  It's  NINE-o'clock, 5 x ") == "it's nine o'clock x"


def test_core_words_become_single_pieces():
    pieces = learn_pieces(["the quick brown fox jumps over the lazy dog's bed"] * 20, 100, core_repeats=50)
    assert pieces[0] == "<blk>"
    assert len(pieces) == len(set(pieces))
    tokenizer = Tokenizer(pieces)
    assert all(len(tokenizer.encode(word)) == 1 for word in CORE_WORDS)
    assert tokenizer.decode(tokenizer.encode("vexing jukebox squad why")) == "vexing jukebox squad why"


def test_listed_strings_have_their_listed_checksums(recordings):
    for name in ("strings_dev", "strings_test", "sv_strings_dev", "sv_strings_test"):
        for row in recordings.table(f"{name}.tsv")[::40]:
            audio = recordings.render(row["clip_ids"], row["pauses_ms"])
            assert len(audio) == int(row["samples"])
            assert f"{zlib.crc32(audio.tobytes()):08x}" == row["crc32"]


def test_nothing_of_the_test_split_or_held_out_sounds_is_drawn(recordings, tmp_path):
    held_out = dev_sounds(recordings)
    sounds = [c for c in recordings.clips.values() if c.source == "esc-50"]
    classes = {labels_of(c)[0] for c in sounds}
    assert len(classes) == 50
    assert {labels_of(recordings.clips[i])[0] for i in held_out} == classes
    kept = {c.id.split("-")[1] for c in sounds if c.id in held_out}
    others = {c.id.split("-")[1] for c in sounds if c.id not in held_out and c.fold == "3"}
    assert not kept & others, "cuts of one recording on both sides"
    # Every clip is one sample long and carries its number, so that what is drawn can be told.
    clips = {clip_id: np.full(1, n, np.int16) for n, clip_id in enumerate(recordings.clips)}
    decoded = DecodedClips.write(tmp_path, "train", clips)
    source = SoundSource(recordings, decoded, np.random.default_rng(0))
    drawn = {source._crop()[0].id for _ in range(6000)}
    assert not drawn & held_out
    assert {recordings.clips[i].split for i in drawn} == {"train"}
    assert {recordings.clips[i].fold for i in drawn} == {"", "1", "2", "3"}
    speech = SpeechSource(recordings, decoded, None, TOKENIZER, np.random.default_rng(0))
    named = {clip.id for clip in speech._words} | {i for ids in speech._named.values() for i in ids}
    named |= {clip.id for clip in speech._noises}
    assert {recordings.clips[i].split for i in named} == {"train"}
    assert all(recordings.clips[i].split == "train" for i in training_texts(recordings))
    spoken = {c.speaker for c in recordings.clips.values() if c.split != "train"} - {""}
    assert not spoken & set(speech.speakers)


def test_scenes_are_one_to_four_sounds_by_their_shares(recordings, tmp_path):
    # Every clip is five seconds of a tone of its class, so that what is heard can be told.
    label_of = {c.id: labels_of(c)[0] for c in recordings.clips.values() if c.source == "esc-50"}
    classes = sorted(set(label_of.values()))
    time = np.arange(80_000) / 16_000
    tones = [np.rint(9_000 * np.sin(2 * np.pi * 40 * (n + 5) * time)) for n in range(len(classes))]
    clips = {name: tones[classes.index(label)].astype(np.int16) for name, label in label_of.items()}
    decoded = DecodedClips.write(tmp_path, "train", clips)
    source = SoundSource(recordings, decoded, np.random.default_rng(0), Variety(scenes=1.0))
    counts = set()
    for _ in range(60):
        scene = source.draw()
        assert 2.0 * 16_000 <= len(scene.samples) <= 4.0 * 16_000
        assert sum(scene.targets.values()) == pytest.approx(1.0)
        counts.add(len(scene.targets))
        power = np.abs(np.fft.rfft(scene.samples)) ** 2
        band = len(scene.samples) / 16_000 * 40
        heard = [power[round((n + 4.7) * band) : round((n + 5.3) * band)].sum() for n in range(len(classes))]
        loudest = {classes[n] for n in np.argsort(heard)[-len(scene.targets) :]}
        assert loudest == set(scene.targets)
    assert counts == {1, 2, 3, 4}


def test_an_equaliser_changes_levels_and_no_places():
    click = np.zeros(4_001, np.float32)
    click[2_000] = 0.5
    changed = equalised(np.random.default_rng(0), click, 10.0)
    assert changed.shape == click.shape
    assert changed.dtype == np.float32
    assert np.argmax(np.abs(changed)) == 2_000
    np.testing.assert_allclose(changed, changed[::-1], atol=1e-6)
    ratio = 20 * np.log10(np.abs(np.fft.rfft(changed)) / np.abs(np.fft.rfft(click)))
    assert np.ptp(ratio) > 1.0
    assert np.abs(ratio).max() <= 20.0
    np.testing.assert_allclose(equalised(np.random.default_rng(0), click, 0.0), click, atol=1e-6)


def test_labels_are_the_fifty_classes_then_music_then_speech(recordings):
    labels = label_list(recordings)
    assert labels[:50] == sorted(labels[:50])
    assert labels[0] == "airplane"
    assert {"music", "violin_or_fiddle"} <= set(labels[50:-1])
    assert labels[-1] == "speech"
    assert len(labels) == len(set(labels)) == 62


def speech_source(tmp_path, words: int) -> SpeechSource:
    """One speaker and as many clips of 0.5 s, of which the middle 0.25 s are the word."""

    class One:
        clips: ClassVar = {
            f"c{n}": Clip(
                f"c{n}", "", "sc_a", ("yes", "no")[n % 2], ("speech",), "train", "", "speech-commands",
                (2000, 6000),
            )
            for n in range(words)
        }  # fmt: skip

        def table(self, name: str) -> list:
            return []

    clips = {name: np.full(8000, 100 + n, np.int16) for n, name in enumerate(One.clips)}
    clips["noise"] = np.ones(1, np.int16)
    return SpeechSource(
        One(), DecodedClips.write(tmp_path, "train", clips), None, TOKENIZER, np.random.default_rng(3)
    )


def test_rendered_words_lie_where_they_are_said_to(tmp_path):
    source = speech_source(tmp_path, 6)
    seen = set()
    for _ in range(60):
        samples, tokens, speaker, words = source._string()
        assert speaker == 0
        assert [token for *_, token in words] == tokens
        assert 1 <= len(words) <= 8
        for start, end, _ in words:
            assert end - start == 4000
            assert (np.abs(samples[start + 100 : end - 100]) >= 100).all()
        gaps = [b[0] - a[1] for a, b in itertools.pairwise(words)]
        assert all(800 <= gap <= 4000 + 4000 for gap in gaps)  # 50 to 250 ms, and a recording's own silence
        seen.add(len(words))
    assert len(seen) > 4


def test_joined_words_fade_and_keep_their_pauses():
    audio = join_words([np.full(1000, 1000, np.int16), np.full(10, 1000, np.int16)], [50])
    assert len(audio) == 1000 + 800 + 10
    assert audio[0] == 0
    assert audio[80] == audio[900] == 1000
    assert not audio[999:1800].any()


def test_batches_are_of_similar_length_and_of_the_size_asked_for():
    random = np.random.default_rng(1)
    draw = lambda: SpeechItem(np.zeros(int(random.uniform(0.5, 8) * 16_000), np.float32), [1], 0)  # noqa: E731
    batches = bucketed(draw, 30.0, random, list)
    padded = held = 0
    for _ in range(60):
        batch = next(batches)
        longest = max(len(item.samples) for item in batch)
        assert longest * len(batch) <= 30 * 16_000
        padded += longest * len(batch)
        held += sum(len(item.samples) for item in batch)
    assert held / padded > 0.85


def test_word_frames_follow_the_words():
    item = SpeechItem(np.zeros(32_000, np.float32), [1, 2], 0, words=[(0, 8000, 1), (16_000, 24_000, 2)])
    unknown = SpeechItem(np.zeros(20_000, np.float32), [1], 0)
    frames = word_frames([item, unknown], 48_000)
    assert frames.shape == (2, downsampled_length(embed_length(48_080 // 160), 2))
    seconds = 0.04 * np.arange(frames.shape[1]) + 0.05
    wanted = np.where(seconds < 0.5, 1, np.where((seconds >= 1.0) & (seconds < 1.5), 2, 0))
    assert frames[0].tolist() == np.where(seconds < 2.0, wanted, IGNORED).tolist()
    assert (frames[1] == IGNORED).all()


def test_speech_has_the_tag_speech_and_sounds_ask_for_silence():
    item = SpeechItem(np.zeros(16_000, np.float32), [1, 2], 3)
    loud = replace(item, tokens=None, speaker=-1, noise_labels=("dog",), noise_snr=5.0)
    soft = replace(loud, noise_snr=20.0)
    batch = speech_batch([item, loud, soft], LABELS)
    assert batch.tags.tolist() == [[0, 0, 1], [1, 0, 1], [1, 0, 1]]
    assert batch.tag_weights.tolist() == [[1, 1, 1], [1, 1, 1], [0, 1, 1]]
    assert batch.has_text.tolist() == [True, False, False]
    assert batch.tokens.tolist() == [1, 2]
    assert batch.seconds == 3.0
    sounds = [SoundItem(np.zeros(8_000, np.float32), {name: 1.0}) for name in ("dog", "laughing")]
    batch = sound_batch(sounds, LABELS, PEOPLE)
    assert batch.tags.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert batch.tag_weights.tolist() == [[1, 1, 1], [1, 1, 0]]  # someone who laughs may also speak
    assert batch.has_text.tolist() == [True, False]
    assert batch.token_lengths.tolist() == [0, 0]
    assert batch.words is None


def test_noise_is_added_at_the_ratio_asked_for():
    random = np.random.default_rng(0)
    speech, noise = random.normal(0, 0.1, 16_000).astype(np.float32), np.ones(700, np.float32)
    noisy = with_noise(random, speech, noise, 10.0)
    ratio = np.mean(speech**2) / np.mean((noisy - speech) ** 2)
    assert 10 * math.log10(ratio) == pytest.approx(10.0, abs=0.01)
    assert with_noise(random, np.zeros(10, np.float32), noise, 3.0).tolist() == [0.0] * 10


def test_speed_moves_duration_and_pitch():
    tone = np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000).astype(np.float32)
    faster = at_speed(tone, 1.1)
    assert len(faster) == int(16_000 / 1.1)
    assert np.argmax(np.abs(np.fft.rfft(faster, 16_000))) == pytest.approx(550, abs=1)


def test_masks_stay_inside_the_utterance():
    features = torch.randn(4, 300, 80, generator=torch.manual_seed(0))
    lengths = torch.tensor([[300], [120], [30], [10]], dtype=torch.int32)
    flat = spec_augment(features, lengths, torch.manual_seed(1), tilt_db=0.0)
    for row, length in enumerate(lengths.flatten().tolist()):
        torch.testing.assert_close(flat[row, length:], features[row, length:])
        changed = (flat[row, :length] != features[row, :length]).float().mean()
        assert 0.0 < changed < 1.0
    assert spec_augment(features, lengths, torch.manual_seed(2)).isfinite().all()


def test_published_weights_give_the_trained_answers(tmp_path):
    torch.manual_seed(4)
    config = Config(
        tokens=12, labels=3, embed_channels=(4, 4, 4), downsampling=(2, 4, 4), layers=(1, 1, 1),
        dims=(32, 32, 32), feed_forward_dims=(32, 32, 32), heads=(2, 2, 2), kernels=(7, 7, 7),
        maximum_frames=200,
    )  # fmt: skip
    model = Mt2kd(config).eval()
    with torch.no_grad():
        model.ecapa_asp.tdnn.norm.norm.running_var[0] = -1e-9  # what averaging can leave
    config.save(tmp_path / "config.json")
    save_weights(model.state_dict(), tmp_path / "weights.safetensors")
    loaded = load_reference(tmp_path)
    assert not loaded.training
    assert (loaded.ecapa_asp.tdnn.norm.norm.running_var >= 0).all()
    features, lengths = torch.randn(2, 90, 80), torch.tensor([[90], [50]], dtype=torch.int32)
    with torch.inference_mode():
        before, after = model(features, lengths), loaded(features, lengths)
    for name in ("tag_logits", "voiceprint"):
        torch.testing.assert_close(before[name], after[name], atol=0.01, rtol=0)
