"""Score normalisation, the calibration fitted on its scores, and the thresholds of tags."""

from __future__ import annotations

import json
import math
import shutil
import statistics
from pathlib import Path

import numpy as np
import pytest
from conftest import skip_aloud

from mt2kd.clips import data_folder
from mt2kd.cohort import Cohort
from mt2kd.contract import ContractError
from mt2kd.repository import build_repository
from mt2kd_training.calibrate import best_cohort
from mt2kd_training.cohort import SPEAKERS, STRINGS, WORDS, cohort_strings
from mt2kd_training.metrics import f1_score, log_likelihood_ratio_cost
from mt2kd_training.recordings import CORE_WORDS, Recordings
from mt2kd_training.thresholds import fit_thresholds

#: Read by the gateway's tests too: both sides must give the same scores.
GOLDEN = Path(__file__).with_name("data") / "score_normalisation.json"


def unit(rows) -> np.ndarray:
    rows = np.asarray(rows, dtype=np.float64)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def test_scores_are_those_that_the_gateway_s_tests_expect():
    golden = json.loads(GOLDEN.read_text())
    cohort = Cohort.from_json(golden["cohort"], embedding_size=4)
    enrolments, tests = (unit([pair[side] for pair in golden["pairs"]]) for side in ("enrolment", "test"))
    expected = [pair["score"] for pair in golden["pairs"]]
    assert cohort.normalised(enrolments, tests) == pytest.approx(expected, abs=1e-8)


def test_score_is_the_mean_distance_from_the_nearest_strangers_of_each_side():
    # Voices at 0, 90 and 180 degrees, of which the nearest two count.
    cohort = Cohort(np.array([[127, 0], [0, 127], [-127, 0]], np.int8), top_k=2)
    enrolment, test = (unit([math.cos(a), math.sin(a)]) for a in (math.radians(30), math.radians(100)))
    near_enrolment = [math.cos(math.radians(30)), math.sin(math.radians(30))]
    near_test = [math.sin(math.radians(100)), -math.cos(math.radians(100))]
    expected = statistics.fmean(
        (math.cos(math.radians(70)) - statistics.fmean(near)) / statistics.pstdev(near)
        for near in (near_enrolment, near_test)
    )
    assert cohort.normalised(enrolment[None], test[None])[0] == pytest.approx(expected)


def test_a_cohort_of_one_voice_gives_a_finite_score():
    cohort = Cohort(np.array([[127, 0], [127, 0]], np.int8), top_k=2)
    side = unit([[0.6, 0.8]])
    assert cohort.normalised(side, side)[0] == pytest.approx((1 - 0.6) / 1e-3)


def test_stored_voices_keep_their_directions():
    voices = unit(np.random.default_rng(1).normal(size=(50, 192)))
    stored = Cohort.from_json(json.loads(json.dumps(Cohort.of(3 * voices, 20).to_json())), 192)
    assert (stored.voiceprints() * voices).sum(axis=1).min() > 0.9999
    assert stored.top_k == 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"top_k": 1}, r"cohort.top_k: 1 \(expected: 2 to speakers, 3\)"),
        ({"top_k": 4}, "cohort.top_k: 4"),
        ({"speakers": 4}, r"cohort.voiceprints: 48 bytes \(expected: 4 speakers of 16\)"),
        ({"voiceprints": "?"}, "expected: speakers, top_k, voiceprints"),
        ({"voiceprints": None}, "expected: speakers, top_k, voiceprints"),
        ({"voiceprints": "A" * 64}, r"cohort.voiceprints\[0\]: all 0 \(expected: a direction\)"),
    ],
)
def test_refuses_a_faulty_cohort(change, message):
    cohort = Cohort.of(np.eye(3, 16), 2).to_json() | change
    with pytest.raises(ContractError, match=message):
        Cohort.from_json(cohort, 16)


def test_a_common_channel_is_normalised_away():
    random = np.random.default_rng(5)
    channels = random.normal(size=(4, 24)) * 0.8

    def heard(voice: np.ndarray, channel: int) -> np.ndarray:
        return unit(voice + channels[channel] + 0.25 * random.normal(size=24))

    voices = random.normal(size=(140, 24)) / 3
    # One voice comes over two channels, strangers over the same: cosines follow the channel.
    cohort = Cohort.of(np.stack([heard(voice, i % 4) for i, voice in enumerate(voices[:80])]), 20)
    same = [(heard(v, i % 4), heard(v, (i + 1) % 4)) for i, v in enumerate(voices[80:])]
    others = [(heard(v, i % 4), heard(voices[80 + (i + 7) % 60], i % 4)) for i, v in enumerate(voices[80:])]
    enrolments, tests = (np.stack([pair[side] for pair in same + others]) for side in (0, 1))
    target = np.arange(len(enrolments)) < len(same)

    def separation(scores: np.ndarray) -> float:
        return (scores[target].mean() - scores[~target].mean()) / scores.std()

    assert separation(cohort.normalised(enrolments, tests)) > separation((enrolments * tests).sum(axis=1))
    assert best_cohort(cohort.voiceprints(), enrolments, tests, target).top_k in (20, 30, 50)


def test_cost_of_ratios_is_one_bit_without_information_and_none_when_sure():
    target = np.array([True, False])
    assert log_likelihood_ratio_cost(np.zeros(2), target) == pytest.approx(1.0)
    assert log_likelihood_ratio_cost(np.array([50.0, -50.0]), target) == pytest.approx(0.0)
    assert log_likelihood_ratio_cost(np.array([math.log(3), -math.log(3)]), target) == pytest.approx(
        math.log2(4 / 3)
    )


def test_cohort_is_of_training_speakers_and_the_same_every_time():
    folder = data_folder()
    if folder is None:
        skip_aloud("NOT TESTED on real audio: set MT2KD_DATA to the folder with manifest.tsv")
    recordings = Recordings(folder)
    strings = cohort_strings(recordings)
    assert strings == cohort_strings(recordings)
    assert len(strings) == SPEAKERS
    for name, own in strings.items():
        clips = [recordings.clips[i] for words, _ in own for i in words.split()]
        assert len({clip.id for clip in clips}) == len(clips) == STRINGS * WORDS
        assert {(clip.split, clip.speaker) for clip in clips} == {("train", name)}
        assert {clip.text for clip in clips} <= set(CORE_WORDS)
        assert all(50 <= int(pause) <= 250 for _, pauses in own for pause in pauses.split())


def logits(probabilities) -> np.ndarray:
    p = np.asarray(probabilities, dtype=np.float64)
    return np.log(p / (1 - p))


def test_a_label_with_many_clips_has_the_threshold_of_its_own_best_f1():
    labels = ["dog", "rain", "speech"]
    # dog is shy: 0.2 is a dog, 0.1 none. rain is loud: 0.8 is rain, 0.7 none.
    dogs = [[0.2, 0.01, 0.01]] * 300 + [[0.1, 0.7, 0.01]] * 300
    rains = [[0.1, 0.8, 0.01]] * 300
    heard = [("dog",)] * 300 + [("speech",)] * 300 + [("rain",)] * 300
    thresholds = fit_thresholds(logits(dogs + rains), heard, labels)
    assert 0.1 < thresholds["dog"] <= 0.2
    assert 0.7 < thresholds["rain"] <= 0.8


def test_a_label_with_few_clips_stays_near_the_others_and_one_without_has_theirs():
    random = np.random.default_rng(2)
    labels = [f"l{i}" for i in range(10)] + ["speech", "unheard"]
    probabilities, heard = [], []
    for i in range(10):
        for _ in range(40 if i else 1):
            row = random.uniform(0.01, 0.25, len(labels))
            row[i] = random.uniform(0.3, 0.9) if i else 0.95
            probabilities.append(row)
            heard.append((labels[i],))
    thresholds = fit_thresholds(logits(probabilities), heard, labels)
    assert thresholds["unheard"] == pytest.approx(0.28, abs=0.05)
    assert abs(thresholds["l0"] - thresholds["unheard"]) < 0.1  # one clip at 0.95 alone would give about 0.6


def test_sounds_of_people_say_nothing_of_speech():
    labels = ["dog", "laughing", "speech"]
    quiet = [[0.9, 0.1, 0.05], [0.1, 0.9, 0.05], [0.1, 0.1, 0.6]]
    loud = [[0.9, 0.1, 0.05], [0.1, 0.9, 0.95], [0.1, 0.1, 0.6]]
    heard = [("dog",), ("laughing",), ("speech",)]
    assert fit_thresholds(logits(quiet), heard, labels) == fit_thresholds(logits(loud), heard, labels)


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    decided = np.array([[True, True], [False, False]])
    assert f1_score(decided, np.array([[True, False], [True, True]])) == pytest.approx(
        2 * 0.5 / 3 / (0.5 + 1 / 3)
    )
    assert f1_score(decided & False, decided & False) == 0.0


@pytest.fixture
def calibrated(random_reference, tmp_path) -> Path:
    """The random network's reference with a cohort and thresholds."""
    reference = shutil.copytree(random_reference, tmp_path / "reference")
    fitted = json.loads((reference / "calibration.json").read_text())
    fitted["cohort"] = Cohort.of(np.random.default_rng(0).normal(size=(20, 16)), 5).to_json()
    fitted["tag_thresholds"] = {f"label {i}": 0.9 - i / 10 for i in reversed(range(5))}
    (reference / "calibration.json").write_text(json.dumps(fitted))
    return reference


def test_the_manifest_carries_cohort_and_thresholds(random_models, calibrated, tmp_path):
    manifest = build_repository(calibrated, random_models, "onnxruntime", tmp_path / "repository")
    fitted = json.loads((calibrated / "calibration.json").read_text())
    assert manifest["speaker"]["cohort"] == fitted["cohort"]
    assert manifest["tag_thresholds"] == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.5])
    assert json.loads((tmp_path / "repository" / "model.json").read_text()) == manifest


def test_a_reference_without_them_gives_the_manifest_of_before(random_models, random_reference, tmp_path):
    manifest = build_repository(random_reference, random_models, "onnxruntime", tmp_path / "repository")
    assert "tag_thresholds" not in manifest
    assert manifest["speaker"].keys() == {"calibration", "false_accept"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cohort": {}}, r"calibration.json: cohort: KeyError\('speakers'\)"),
        ({"tag_thresholds": {"label 0": 0.5}}, r"tag_thresholds: \['label 1', .*expected: one number"),
        ({"tag_thresholds": [0.5] * 5}, r"tag_thresholds: \[0.5, .*expected: one number for each label"),
        (
            {"tag_thresholds": {f"label {i}": 0.5 * i for i in range(5)}},
            r"tag_thresholds.label 3: 1.5 \(expected: 0 to 1\)",
        ),
    ],
)
def test_refuses_a_faulty_calibration(random_models, calibrated, tmp_path, change, message):
    fitted = json.loads((calibrated / "calibration.json").read_text()) | change
    (calibrated / "calibration.json").write_text(json.dumps(fitted))
    with pytest.raises(ContractError, match=message):
        build_repository(calibrated, random_models, "onnxruntime", tmp_path / "repository")
