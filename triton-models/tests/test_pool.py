from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mt2kd.clips import data_folder
from mt2kd_training.pool import (
    LONGEST,
    SHARES,
    SHORTEST,
    SOUNDS,
    Pool,
    Recipe,
    Renderer,
    kind_of,
    stored_pool,
)
from mt2kd_training.recordings import Clip, DecodedClips, Recordings
from mt2kd_training.sounds import dev_sounds

HOURS = 0.06


def clip(name: str, source: str, speaker: str = "", split: str = "train") -> Clip:
    labels, fold = (("dog",), "1") if source == "esc-50" else ((), "")
    return Clip(name, "", speaker, "", labels, split, fold, source, (2000, 6000))


@pytest.fixture
def recordings() -> SimpleNamespace:
    clips = [clip(f"w{n}", "speech-commands", f"speaker{n % 3}") for n in range(12)]
    clips += [
        clip(f"other{n}", "speech-commands", "speaker0", split) for n, split in enumerate(("dev", "test"))
    ]
    clips += [clip("ls", "librispeech"), clip("wake", "picovoice-wake-word")]
    clips += [clip(f"esc-{n}", "esc-50") for n in range(4)]
    return SimpleNamespace(clips={c.id: c for c in clips})


@pytest.fixture
def decoded(recordings, tmp_path) -> DecodedClips:
    random = np.random.default_rng(0)
    seconds = {"speech-commands": 1, "librispeech": 12, "picovoice-wake-word": 2, "esc-50": 5}
    return DecodedClips.write(
        tmp_path,
        "train",
        {
            c.id: random.integers(-9000, 9000, size=seconds[c.source] * 16_000).astype(np.int16)
            for c in recordings.clips.values()
        },
    )


def used_clips(item_id: str) -> set[str]:
    return {part.partition("@")[0] for part in item_id.partition(":")[2].split("+")}


def test_the_same_seed_gives_the_same_audio_and_another_seed_does_not(recordings, decoded):
    first, again, other = (Renderer(recordings, decoded, seed).render(HOURS) for seed in (1, 1, 2))
    assert list(first) == list(again)
    assert all(np.array_equal(first[item], again[item]) for item in first)
    assert set(first) != set(other)


def test_an_item_does_not_depend_on_those_before_it(recordings, decoded):
    few, many = (Renderer(recordings, decoded, 1).render(hours) for hours in (HOURS / 2, HOURS))
    assert set(few) < set(many)
    assert all(np.array_equal(few[item], many[item]) for item in few)


def test_every_kind_has_its_share_of_the_hours_and_items_last_one_to_eight_seconds(recordings, decoded):
    items = Renderer(recordings, decoded, 1).render(HOURS)
    for kind, share in SHARES.items():
        samples = sum(len(audio) for item, audio in items.items() if kind_of(item) == kind)
        wanted = share * HOURS * 3600 * 16_000
        assert wanted <= samples < wanted + LONGEST
    assert all(SHORTEST <= len(audio) <= LONGEST for audio in items.values())
    assert {audio.dtype for audio in items.values()} == {np.dtype(np.int16)}
    assert len({kind_of(item) for item in list(items)[:12]}) > 2, "kinds are not mixed"


def test_a_string_has_one_speaker_and_a_mixture_two_sounds(recordings, decoded):
    for item in Renderer(recordings, decoded, 1).render(HOURS):
        parts = item.partition(":")[2].split("+")
        clips = [recordings.clips[part.partition("@")[0]] for part in parts]
        if kind_of(item) == "string":
            assert len({c.speaker for c in clips}) == 1
            assert {c.source for c in clips} == {"speech-commands"}
            assert len(clips) <= 8
        if kind_of(item) == "mixture":
            assert [c.source in SOUNDS for c in clips] == [True, True]
        if kind_of(item) == "noisy":
            assert [c.source in SOUNDS for c in clips] == [False] * (len(clips) - 1) + [True]


def test_only_the_training_split_is_used(recordings, decoded):
    used = set().union(*map(used_clips, Renderer(recordings, decoded, 1).render(HOURS)))
    assert {recordings.clips[name].split for name in used} == {"train"}
    assert used == {c.id for c in recordings.clips.values() if c.split == "train"}


def test_silent_crops_are_left_out(recordings, decoded, tmp_path):
    silent = {
        name: decoded[name] if name != "esc-0" else np.zeros(80_000, np.int16) for name in decoded.ids()
    }
    items = Renderer(recordings, DecodedClips.write(tmp_path, "train", silent), 1).render(HOURS)
    assert all(audio.any() for audio in items.values())
    assert not any(used_clips(item) == {"esc-0"} for item in items if kind_of(item) == "sound")


def test_loud_recordings_do_not_clip(recordings, decoded, tmp_path):
    loud = {name: np.where(decoded[name] > 0, 32_767, -32_768).astype(np.int16) for name in decoded.ids()}
    items = Renderer(recordings, DecodedClips.write(tmp_path, "train", loud), 1).render(HOURS)
    assert max(int(np.abs(audio.astype(int)).max()) for audio in items.values()) < 32_767


def test_the_pool_is_rendered_once_and_another_recipe_is_refused(recordings, decoded, tmp_path):
    pool = stored_pool(recordings, tmp_path, Recipe(HOURS, 1))
    written = (tmp_path / "pool.npy").stat().st_mtime_ns
    assert stored_pool(recordings, tmp_path, Recipe(HOURS, 1)).digest == pool.digest
    assert (tmp_path / "pool.npy").stat().st_mtime_ns == written
    with pytest.raises(ValueError, match=r"recipe: .*'seed': 2.*expected: .*'seed': 1"):
        stored_pool(recordings, tmp_path, Recipe(HOURS, 2))


def test_the_digest_follows_audio_and_ids(tmp_path):
    digests = set()
    for ids, level in ((("a", "b"), 1), (("a", "c"), 1), (("a", "b"), 2)):
        DecodedClips.write(tmp_path, "pool", {name: np.full(5, level, np.int16) for name in ids})
        digests.add(Pool(tmp_path).digest)
    assert len(digests) == 3
    assert {len(digest) for digest in digests} == {hashlib.sha256().digest_size * 2}


def test_clips_appear_in_a_cache_whole_or_not_at_all(tmp_path, monkeypatch):
    DecodedClips.write(tmp_path, "train", {"a": np.ones(3, np.int16)})

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space"):
        DecodedClips.write(tmp_path, "train", {"b": np.ones(4, np.int16)})
    assert DecodedClips(tmp_path, "train")["a"].tolist() == [1, 1, 1]


def test_nothing_of_the_test_split_or_held_out_sounds_is_in_the_real_pool(request):
    folder = data_folder()
    if folder is None:
        request.getfixturevalue("real_clips")  # skips aloud
    recordings = Recordings(folder)
    train = {c.id: c for c in recordings.clips.values() if c.split == "train"}
    items = Renderer(recordings, dict.fromkeys(train, np.full(16_000, 900, np.int16)), 1).render(0.5)
    used = set().union(*map(used_clips, items))
    assert used <= train.keys()
    assert not used & dev_sounds(recordings)
    assert {train[name].source for name in used} == {c.source for c in train.values()}
    spoken = {c.speaker for c in recordings.clips.values() if c.split != "train"} - {""}
    assert not spoken & {train[name].speaker for name in used}
