from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mt2kd_training import targets as module
from mt2kd_training.pool import Pool
from mt2kd_training.recordings import DecodedClips
from mt2kd_training.targets import StoredTargets, folder_name, stored_targets
from mt2kd_training.teachers import Kind

LENGTHS = (100, 250, 90, 400, 333)


@dataclass
class FakeTeacher:
    """Frames of 50 samples: their mean, their largest, and how many there are."""

    name: str = "fake"
    kind: Kind = "frames"
    digest: str = "aa"
    rate_hertz: float | None = 320.0
    first_centre_seconds: float | None = 0.0016
    calls: int = 0
    fails_at: int = -1

    def targets(self, samples: np.ndarray) -> np.ndarray:
        if self.calls == self.fails_at:
            raise KeyboardInterrupt
        self.calls += 1
        assert samples.dtype == np.float32
        frames = samples[: len(samples) // 50 * 50].reshape(-1, 50)
        rows = np.stack([frames.mean(axis=1), frames.max(axis=1), np.full(len(frames), len(frames))], axis=1)
        return rows.astype(np.float32) if self.kind == "frames" else rows.mean(axis=0, dtype=np.float32)


def pool_of(cache: Path, seed: int = 0) -> Pool:
    random = np.random.default_rng(seed)
    clips = {f"item-{n}": random.integers(-9000, 9000, n).astype(np.int16) for n in LENGTHS}
    DecodedClips.write(cache, "pool", clips)
    return Pool(cache)


@pytest.fixture
def pool(tmp_path, monkeypatch) -> Pool:
    monkeypatch.setattr(module, "ITEMS_PER_PART", 2)
    return pool_of(tmp_path)


def expected(pool: Pool, item: str, kind: Kind = "frames") -> np.ndarray:
    return FakeTeacher(kind=kind).targets(pool[item].astype(np.float32) / 32_768)


@pytest.mark.parametrize("kind", ["frames", "clip", "utterance"])
def test_what_is_stored_is_what_the_teacher_answered(pool, tmp_path, kind):
    stored = stored_targets(FakeTeacher(kind=kind), pool, tmp_path)
    assert len(stored) == len(LENGTHS)
    assert (stored.kind, stored.rate_hertz, stored.first_centre_seconds) == (kind, 320.0, 0.0016)
    for item in pool.ids():
        assert stored[item].dtype == np.float16
        assert np.array_equal(stored[item], expected(pool, item, kind).astype(np.float16))
        assert stored[item].base is not None, "a copy"


def test_mean_and_deviation_are_over_all_frames(pool, tmp_path):
    stored = stored_targets(FakeTeacher(), pool, tmp_path)
    every = np.concatenate([expected(pool, item) for item in pool.ids()]).astype(np.float16).astype(float)
    assert len(every) == sum(n // 50 for n in LENGTHS)
    np.testing.assert_allclose(stored.mean, every.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(stored.deviation, every.std(axis=0), rtol=1e-5)


def test_a_second_call_asks_the_teacher_nothing(pool, tmp_path):
    stored_targets(FakeTeacher(), pool, tmp_path)
    again = FakeTeacher()
    stored_targets(again, pool, tmp_path)
    assert again.calls == 0


def test_an_interrupted_run_goes_on_after_the_last_whole_part(pool, tmp_path):
    interrupted = FakeTeacher(fails_at=3)  # in the second part of two
    with pytest.raises(KeyboardInterrupt):
        stored_targets(interrupted, pool, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"'fake' .*found: none"):
        StoredTargets.open(tmp_path, "fake", pool)
    rest = FakeTeacher()
    stored = stored_targets(rest, pool, tmp_path)
    assert rest.calls == len(LENGTHS) - 2
    for item in pool.ids():
        assert np.array_equal(stored[item], expected(pool, item).astype(np.float16))
    assert sorted(p.name for p in (tmp_path / "targets").glob("*/*")) == ["index.json", "lock", "targets.npy"]


def test_other_weights_or_other_audio_are_other_targets(pool, tmp_path):
    stored_targets(FakeTeacher(), pool, tmp_path)
    for other, audio in ((FakeTeacher(digest="bb"), pool), (FakeTeacher(), pool_of(tmp_path, seed=1))):
        stored_targets(other, audio, tmp_path)
        assert other.calls == len(LENGTHS)
    assert len(list((tmp_path / "targets").iterdir())) == 3


def test_training_finds_targets_by_name_and_says_what_is_there(pool, tmp_path):
    stored_targets(FakeTeacher(), pool, tmp_path)
    stored_targets(FakeTeacher(name="fake-frames"), pool, tmp_path)
    assert StoredTargets.open(tmp_path, "fake", pool).name == "fake"
    assert StoredTargets.open(tmp_path, "fake-frames", pool).name == "fake-frames"
    with pytest.raises(FileNotFoundError, match=r"'none' .*found: fake-[0-9a-f]{16}, fake-frames-"):
        StoredTargets.open(tmp_path, "none", pool)


def test_two_teachers_of_a_name_are_told_apart_by_their_folder(pool, tmp_path):
    stored_targets(FakeTeacher(), pool, tmp_path)
    stored_targets(FakeTeacher(digest="bb"), pool, tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"'fake' \(expected: one finished folder; found: fake-.*, fake-"
    ):
        StoredTargets.open(tmp_path, "fake", pool)
    assert len(StoredTargets.open(tmp_path, folder_name("fake", "bb", pool.digest), pool)) == len(LENGTHS)


def test_targets_of_other_audio_are_refused(pool, tmp_path):
    stored_targets(FakeTeacher(), pool, tmp_path)
    other = pool_of(tmp_path, seed=1)
    with pytest.raises(ValueError, match=rf"pool: digest {other.digest[:16]} \(expected: {pool.digest[:16]}"):
        StoredTargets.open(tmp_path, "fake", other)


def test_of_targets_for_two_pools_the_fitting_one_is_taken(pool, tmp_path):
    stored_targets(FakeTeacher(), pool, tmp_path)
    other = pool_of(tmp_path, seed=1)
    stored_targets(FakeTeacher(), other, tmp_path)
    stored = StoredTargets.open(tmp_path, "fake", other)
    assert np.array_equal(stored["item-400"], expected(other, "item-400").astype(np.float16))


def test_targets_that_are_not_what_their_folder_says_are_refused(pool, tmp_path):
    stored_targets(FakeTeacher(), pool, tmp_path)
    folder = tmp_path / "targets" / folder_name("fake", "aa", pool.digest)
    index = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**index, "teacher_digest": "bb"}))
    with pytest.raises(ValueError, match=r"targets: fake-.* \(expected: fake-.*delete the folder"):
        StoredTargets.open(tmp_path, "fake", pool)
    (folder / "index.json").write_text(json.dumps(index))
    np.save(folder / "targets.npy", np.load(folder / "targets.npy")[:-1])
    with pytest.raises(ValueError, match=r"targets: .*\(21, 3\) \(expected: .*\(22, 3\)"):
        StoredTargets.open(tmp_path, "fake", pool)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.zeros(3), r"shape \(3,\) \(expected: 2 axes"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        (np.full((2, 3), np.nan), "not finite"),
        (np.full((2, 3), 1e5), "not finite as float16"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_an_answer_that_cannot_be_learnt_is_refused_with_its_item(pool, tmp_path, answer, message):
    teacher = FakeTeacher()
    teacher.targets = lambda samples: answer
    with pytest.raises(ValueError, match=f"fake: item-100: {message}"):
        stored_targets(teacher, pool, tmp_path)
