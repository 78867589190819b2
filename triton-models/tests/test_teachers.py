from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import MODULE, skip_aloud

from mt2kd.clips import data_folder
from mt2kd.frontend import Frontend
from mt2kd.model import load_reference
from mt2kd_training.augment import to_float
from mt2kd_training.recordings import Recordings
from mt2kd_training.sounds import dev_sounds, label_list, labels_of
from mt2kd_training.teachers import Teacher, load_teacher
from mt2kd_training.teachers.own import Own
from mt2kd_training.teachers.teacher import digest_of, package_file, windows

PACKAGES = ("ai_edge_litert", "librosa", "moonshine_voice", "resemblyzer")


def test_windows_lie_wholly_inside_and_a_short_signal_is_repeated():
    assert windows(np.arange(10), 4, 3).tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    assert windows(np.arange(9), 4, 3).tolist() == [[0, 1, 2, 3], [3, 4, 5, 6]]
    assert windows(np.arange(3), 7, 2).tolist() == [[0, 1, 2, 0, 1, 2, 0]]
    mel = np.arange(6).reshape(3, 2)
    assert windows(mel, 4, 2).tolist() == [[[0, 1], [2, 3], [4, 5], [0, 1]]]


def test_the_digest_follows_weights_and_version(tmp_path):
    weights = tmp_path / "weights"
    weights.write_bytes(b"a")
    first, again, newer = digest_of(1, weights), digest_of(1, weights), digest_of(2, weights)
    weights.write_bytes(b"b")
    assert first == again
    assert len({first, newer, digest_of(1, weights)}) == 3


def test_a_missing_package_and_a_missing_file_are_named():
    with pytest.raises(ModuleNotFoundError, match=r"no_such_package: not installed .*`teachers`"):
        package_file("no_such_package", "x")
    with pytest.raises(FileNotFoundError, match=r"numpy: no weights\.bin inside"):
        package_file("numpy", "weights.bin")


def test_an_unknown_teacher_or_task_is_refused(random_reference):
    with pytest.raises(ValueError, match=r"teacher: 'whisper' .*moonshine, yamnet"):
        load_teacher("whisper", Path())
    with pytest.raises(ValueError, match="reference: None, task: asr"):
        load_teacher("own", Path(), task="asr")
    with pytest.raises(ValueError, match=r"task: 'vad' .*asr, at, sv"):
        load_teacher("own", Path(), random_reference, "vad")


@pytest.mark.parametrize("samples", [16_000, 23_456, 900])
def test_our_own_network_teaches_what_it_says_alone(random_reference, samples):
    audio = np.random.default_rng(1).normal(0, 0.1, samples).astype(np.float32)
    padded = np.zeros((1, max(1600, samples)), np.float32)
    padded[0, :samples] = audio
    model = load_reference(random_reference)
    features, lengths = Frontend()(torch.from_numpy(padded), torch.tensor([[padded.shape[1]]]))
    with torch.inference_mode():
        answers = model(features, lengths)
        frames, frame_lengths, *_ = model.parts()["encoder"](features, lengths)
    asr, at, sv = (Own(random_reference, task) for task in ("asr", "at", "sv"))
    states = asr.targets(audio)
    assert states.shape == (int(frame_lengths[0]), 48)
    np.testing.assert_allclose(states, frames[0, : len(states)].numpy(), atol=1e-5)
    np.testing.assert_allclose(at.targets(audio), answers["tag_logits"][0].sigmoid().numpy(), atol=1e-5)
    np.testing.assert_allclose(sv.targets(audio), answers["voiceprint"][0].numpy(), atol=1e-5)
    assert (asr.kind, at.kind, sv.kind) == ("frames", "clip", "utterance")
    assert (asr.rate_hertz, at.rate_hertz) == (25.0, None)
    assert len({teacher.digest for teacher in (asr, at, sv)}) == 3
    assert {teacher.name for teacher in (asr, at, sv)} == {"own-asr", "own-at", "own-sv"}


def test_what_is_served_does_not_import_teachers_pool_or_targets():
    for file in sorted((MODULE / "mt2kd").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert not name.startswith(
                    ("mt2kd_training.teachers", "mt2kd_training.pool", "mt2kd_training.targets")
                ), file


@pytest.fixture(scope="module")
def real_teacher():
    missing = [name for name in PACKAGES if find_spec(name) is None]
    folder = data_folder()
    if missing or folder is None:
        skip_aloud(f"NOT TESTED with real teachers: {', '.join(missing) or 'no MT2KD_DATA'}")
    return lambda name: load_teacher(name, folder)


@pytest.fixture(scope="module")
def speech(real_clips) -> np.ndarray:
    clips = [samples for samples in real_clips(12).values() if len(samples) > 4 * 16_000]
    return clips[0][: 4 * 16_000].astype(np.float32) / 32_768


@pytest.mark.parametrize(
    ("name", "shape", "kind"),
    [
        ("moonshine", (165, 288), "frames"),
        ("yamnet", (521,), "clip"),
        ("yamnet-frames", (7, 1024), "frames"),
        ("yamnet-tags", (62,), "clip"),
        ("resemblyzer", (256,), "utterance"),
    ],
)
def test_real_teachers_keep_the_protocol(real_teacher, speech, name, shape, kind):
    teacher: Teacher = real_teacher(name)
    answer = teacher.targets(speech)
    assert (teacher.name, teacher.kind, answer.shape, answer.dtype) == (name, kind, shape, np.float32)
    assert np.isfinite(answer.astype(np.float16)).all()
    if kind == "clip":
        assert answer.min() >= 0
        assert answer.max() <= 1
    if kind == "utterance":
        assert np.linalg.norm(answer) == pytest.approx(1, abs=1e-5)
    if kind == "frames":
        last = teacher.first_centre_seconds + (len(answer) - 1) / teacher.rate_hertz
        assert last < len(speech) / 16_000 < last + teacher.first_centre_seconds + 1 / teacher.rate_hertz
    assert teacher.targets(speech[:16_000]).ndim == answer.ndim
    np.testing.assert_array_equal(teacher.targets(speech), answer)


def test_moonshine_states_are_layer_normed(real_teacher, speech):
    # What a layer norm without bias gives, divided by its gain, has no mean: one direction is empty.
    states = real_teacher("moonshine").targets(np.tile(speech, 2))
    singular = np.linalg.svd(states, compute_uv=False)
    assert singular[-1] < 1e-4 * singular[-2]


def test_yamnet_speaks_our_labels(real_teacher):
    recordings = Recordings(data_folder())
    labels, held_out = label_list(recordings), dev_sounds(recordings)
    teacher = real_teacher("yamnet-tags")
    answers = {clip: teacher.targets(to_float(recordings.read(clip))) for clip in sorted(held_out)}
    right = [
        labels[int(answer.argmax())] in labels_of(recordings.clips[clip]) for clip, answer in answers.items()
    ]
    assert np.mean(right) > 0.65  # of 106 clips that it has not learnt from
    music = labels.index("music")
    instruments = [place for place in range(50, len(labels) - 1) if place != music]
    for answer in answers.values():
        assert answer[:50].sum() + answer[music] == pytest.approx(1, abs=1e-5)
        assert answer[instruments].sum() == pytest.approx(answer[music], abs=1e-5)
        assert answer[labels.index("speech")] == 0


def test_yamnet_hears_speech_and_one_voice_is_closer_to_itself(real_teacher, speech):
    speech_class = 0
    assert real_teacher("yamnet").targets(speech)[speech_class] > 0.5
    resemblyzer = real_teacher("resemblyzer")
    first, second = resemblyzer.targets(speech[:32_000]), resemblyzer.targets(speech[32_000:])
    noise = np.random.default_rng(0).normal(0, 0.05, 32_000).astype(np.float32)
    assert first @ second > 0.6 > first @ resemblyzer.targets(noise)
