"""Both stages from a few real recordings: what each learns from, and what one hands to the other."""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from test_run import SMALL

from mt2kd.clips import data_folder
from mt2kd.config import Config
from mt2kd.model import load_reference
from mt2kd_training import distil, finetune
from mt2kd_training.batches import sound_batch
from mt2kd_training.earlier import Earlier, stages
from mt2kd_training.pool import Pool
from mt2kd_training.publish import between, save_network
from mt2kd_training.recordings import DecodedClips, Recordings
from mt2kd_training.run import add_options, launch
from mt2kd_training.sound_pool import AnsweredSounds, Recipe, SoftLabels, rendered
from mt2kd_training.sounds import PEOPLE, SoundItem, label_list
from mt2kd_training.targets import stored_targets
from mt2kd_training.teacher_losses import weight

SOUNDS = Recipe(hours=0.02, seed=1, speeds=(0.75, 1.33), mixed=0.4)


class Teacher:
    """Says of an utterance what its loudness is, in one of the three ways."""

    def __init__(self, kind: str) -> None:
        self.name, self.kind = f"loudness-{kind}", kind
        self.digest = hashlib.sha256(kind.encode()).hexdigest()
        self.rate_hertz = 50.0 if kind == "frames" else None
        self.first_centre_seconds = 0.01 if kind == "frames" else None

    def targets(self, samples: np.ndarray) -> np.ndarray:
        power = np.square(samples[: len(samples) // 320 * 320]).reshape(-1, 320).mean(axis=1)
        loud = np.log(power + 1e-6).astype(np.float32)
        if self.kind == "frames":
            return np.stack([loud, -2 * loud], axis=1)
        level, spread = loud.mean() + 8, loud.std()
        if self.kind == "clip":
            return 1 / (1 + np.exp(-np.array([level, spread], np.float32)))
        return np.array([level, spread], np.float32) / np.hypot(level, spread)


@pytest.fixture(scope="module")
def cache(request, tmp_path_factory) -> Path:
    """Words of several speakers, sounds and a pool, decoded, and the three teachers' answers."""
    if data_folder() is None:
        request.getfixturevalue("real_clips")  # skips aloud
    folder, recordings = tmp_path_factory.mktemp("cache"), Recordings(data_folder())
    by_source = {
        source: [c.id for c in recordings.clips.values() if c.split == "train" and c.source == source]
        for source in ("speech-commands", "esc-50", "librispeech", "speech-commands-background")
    }
    chosen = [clip for ids in by_source.values() for clip in islice(ids, 40)]
    decoded = {clip_id: recordings.read(clip_id)[:32_000] for clip_id in chosen}
    DecodedClips.write(folder, "train", decoded)
    DecodedClips.write(folder, "pool", dict(islice(decoded.items(), 60)))
    for kind in ("frames", "clip", "utterance"):
        stored_targets(Teacher(kind), Pool(folder), folder)
    return folder


def options(cache: Path, output: Path, **changes: object) -> argparse.Namespace:
    configuration = output.with_suffix(".json")
    replace(SMALL, maximum_frames=4_000).save(configuration)  # dev recordings are longer than those here
    parser = argparse.ArgumentParser()
    add_options(parser)
    given = ["--data", str(data_folder()), "--cache", str(cache), "--output", str(output)]
    arguments = parser.parse_args([*given, "--updates", "8", "--until", "3"])  # the end has dev figures
    vars(arguments).update(configuration=str(configuration), **changes)
    return arguments


def distilled(cache: Path, output: Path, **changes: object) -> argparse.Namespace:
    teachers = [f"loudness-{kind}" for kind in ("frames", "clip", "utterance")]
    given = {"teachers": teachers, "temperature": 1.0, "weights": [], "pool_seconds": 8.0}
    return options(cache, output, **given | changes)


def tuned(cache: Path, output: Path, **changes: object) -> argparse.Namespace:
    given: dict[str, object] = {
        "tasks": list(finetune.TASKS), "frozen": 0.5, "encoder_rate": 0.5, "margin": 0.2,
        "initial": None, "speech_seconds": 8.0, "sound_seconds": 8.0, "sound_gradient": 1.0,
        "sound_teachers": [], "fast_emit": 0.0, "tag_teacher": [], "tag_teacher_share": 0.5,
        "label_share": 1.0, "teacher_weights": [],
    }  # fmt: skip
    return options(cache, output, **given | changes)


def test_a_kind_of_target_weighs_what_it_is_given(cache, tmp_path):
    arguments = distilled(cache, tmp_path / "first", weights=[weight("clip=1.5")])
    arguments.output.mkdir()
    stage = distil.Distillation(arguments, 0)
    losses = stage.losses("pool", next(stage.shares["pool"].batches), 1.0)
    given = {name: value for name, (_, value) in losses.items()}
    assert given == {"loudness-frames": 1.0, "loudness-clip": 1.5, "loudness-utterance": 2.0}


@pytest.mark.parametrize("text", ["clip", "clip=", "clip=-1", "clip=0", "clip=inf", "pitch=1"])
def test_a_weight_that_cannot_be_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=rf"'{text}' \(expected: KIND=WEIGHT, of frames"):
        weight(text)


def test_stage_2_starts_where_stage_1_ended_and_its_network_can_be_published(cache, tmp_path):
    launch(distil.Distillation, distilled(cache, tmp_path / "first"))
    first = torch.load(tmp_path / "first" / "checkpoint.pt", weights_only=True)
    assert first["audio_seconds"].keys() == {"pool", "pool 2"}
    arguments = tuned(cache, tmp_path / "second", initial=tmp_path / "first")
    launch(finetune.FineTuning, arguments)
    second = torch.load(tmp_path / "second" / "checkpoint.pt", weights_only=True)
    # Frozen for half of the updates: the encoder is still what stage 1 averaged.
    for name, value in second["model"].items():
        if name.startswith("encoder"):
            assert torch.equal(value, first["average"][name]), name
    assert not torch.equal(second["model"]["ctc_output.1.weight"], first["average"]["ctc_output.1.weight"])
    save_network(second, "transducer", tmp_path / "reference")
    network = load_reference(tmp_path / "reference")
    assert network.config.labels == len(
        (tmp_path / "reference" / "labels.txt").read_text("utf8").splitlines()
    )
    told = stages(tmp_path / "second")
    assert [stage["stage"] for stage in told] == ["mt2kd_training.distil", "mt2kd_training.finetune"]
    assert str(tmp_path) not in str(told)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="NOT TESTED on a GPU: there is none")
def test_a_gpu_learns_what_a_processor_learns(cache, tmp_path):
    losses, figures = {}, {}
    for device in ("cpu", "cuda"):
        folder = tmp_path / device
        folder.mkdir()
        updates = {"device": device, "updates": 40, "until": 20, "frozen": 0.1}
        launch(distil.Distillation, distilled(cache, folder / "first", **updates))
        arguments = tuned(cache, folder / "second", initial=folder / "first", **updates)
        launch(finetune.FineTuning, arguments)
        losses[device] = [
            json.loads(line)
            for run in ("first", "second")
            for line in (folder / run / "log.jsonl").read_text("utf8").splitlines()
        ]
        state = torch.load(folder / "second" / "checkpoint.pt", weights_only=True, map_location=device)
        stage = finetune.FineTuning(arguments, 1)
        stage.model.to(device).load_state_dict(state["average"])
        figures[device] = stage.figures(stage.model.eval())
    for processor, gpu in zip(losses["cpu"], losses["cuda"], strict=True):
        assert processor.keys() == gpu.keys()
        for name in processor.keys() - {"minutes"}:
            assert gpu[name] == pytest.approx(processor[name], rel=0.1), (name, processor["update"])
    assert figures["cpu"].keys() == figures["cuda"].keys()


@pytest.mark.parametrize(
    ("frozen", "progress", "rate"),
    [
        (0.1, 0.05, 0.0),
        (0.1, 0.15, 0.25),
        (0.1, 0.2, 0.5),
        (0.1, 1.0, 0.5),
        (1.0, 0.99, 0.0),
        (0.0, 0.0, 0.5),
    ],
)
def test_the_encoder_comes_in_gradually_after_it_was_frozen(cache, tmp_path, frozen, progress, rate):
    arguments = tuned(cache, tmp_path / "run", initial=tmp_path / "first", frozen=frozen)
    stage = object.__new__(finetune.FineTuning)
    stage.arguments = arguments
    assert stage.encoder_rate(progress) == pytest.approx(rate)


def test_every_teacher_moves_the_network(cache, tmp_path):
    stage = distil.Distillation(distilled(cache, tmp_path), 0)
    losses = stage.losses("pool", next(stage.shares["pool"].batches), 0.0)
    assert losses.keys() == {"loudness-frames", "loudness-clip", "loudness-utterance"}
    for name, (loss, _) in losses.items():
        gradients = torch.autograd.grad(loss, stage.model.parameters(), retain_graph=True, allow_unused=True)
        assert max(float(g.abs().max()) for g in gradients if g is not None) > 0, name


@pytest.mark.parametrize(
    ("task", "share", "wanted"),
    [
        ("words", "speech", {"word frames", "ctc", "transducer"}),
        ("voices", "speech", {"speaker"}),
        ("sounds", "sounds", {"tags", "choice"}),
    ],
)
def test_a_single_task_learns_from_its_own_share(cache, tmp_path, task, share, wanted):
    stage = finetune.FineTuning(tuned(cache, tmp_path, tasks=[task]), 0)
    assert stage.shares.keys() == {share}
    assert stage.losses(share, next(stage.shares[share].batches), 0.5).keys() == wanted


def test_a_share_of_the_labels_teaches_and_teachers_who_answer_for_all_may_not(cache, tmp_path):
    stage = finetune.FineTuning(tuned(cache, tmp_path, label_share=0.1), 0)
    all_of_them = finetune.FineTuning(tuned(cache, tmp_path), 0)
    speakers, others = len(stage.extra["speaker"].weight), len(all_of_them.extra["speaker"].weight)
    assert 0 < speakers < others
    assert stage.model.config == all_of_them.model.config  # what there is to say is known in either case
    with pytest.raises(ValueError, match="label_share"):
        finetune.FineTuning(tuned(cache, tmp_path, label_share=0.1, sound_teachers=["loudness-clip"]), 0)


def test_a_teacher_of_sounds_stays_and_goes_on_from_what_stage_1_learnt_of_it(cache, tmp_path):
    teachers = [f"loudness-{kind}" for kind in ("frames", "clip")]
    sounds = rendered(Recordings(data_folder()), cache, SOUNDS)
    for kind in ("frames", "clip"):
        stored_targets(Teacher(kind), sounds, cache)
    launch(distil.Distillation, distilled(cache, tmp_path / "first"))
    arguments = tuned(
        cache, tmp_path / "second", initial=tmp_path / "first", sound_teachers=teachers,
        teacher_weights=[weight("frames=5")],
    )  # fmt: skip
    arguments.output.mkdir()
    stage = finetune.FineTuning(arguments, 0)
    first = torch.load(tmp_path / "first" / "checkpoint.pt", weights_only=True)["extra"]
    for name, value in stage.extra["teachers"].state_dict().items():
        if "projection" in name or "decoder" in name:
            assert torch.equal(value, first[f"teachers.{name}"]), name
    batch = next(stage.shares["sounds"].batches)
    assert {name: len(rows) for name, rows in batch.answers.items()} == dict.fromkeys(
        teachers, len(batch.audio)
    )
    losses = stage.losses("sounds", batch, 0.5)
    assert losses.keys() == {"tags", "choice", "silence", *teachers}
    assert [losses[name][1] for name in teachers] == [5.0, 0.3]
    assert stage.losses("speech", next(stage.shares["speech"].batches), 0.5).keys().isdisjoint(teachers)


def test_stored_sounds_come_with_their_tags_and_answers_each_once_before_any_twice(cache):
    recordings = Recordings(data_folder())
    pool = rendered(recordings, cache, SOUNDS)
    assert rendered(recordings, cache, SOUNDS).digest == pool.digest
    stored = stored_targets(Teacher("clip"), pool, cache)
    source = AnsweredSounds(cache, ["loudness-clip"], np.random.default_rng(3))
    drawn = [source.draw() for _ in pool.ids()]
    found = {item.answers["loudness-clip"].tobytes() for item in drawn}
    assert found == {stored[name].tobytes() for name in pool.ids()}
    for item in drawn:
        assert sum(item.targets.values()) >= 0.99  # an instrument is music too
        assert len(item.samples) >= 1.2 * 16_000


class Tagger(Teacher):
    """Says of an utterance that it is any of our labels, the later ones more likely."""

    def __init__(self, labels: list[str]) -> None:
        super().__init__("clip")
        self.name, self.labels = "tagger", labels

    def targets(self, samples: np.ndarray) -> np.ndarray:
        return np.linspace(0, 1, len(self.labels), dtype=np.float32)


def test_a_tag_teacher_has_its_share_in_the_labels(cache, tmp_path):
    recordings = Recordings(data_folder())
    pool, labels = rendered(recordings, cache, SOUNDS), label_list(recordings)
    stored_targets(Tagger(labels), pool, cache)
    plain = AnsweredSounds(cache, [], np.random.default_rng(3))
    taught = AnsweredSounds(cache, [], np.random.default_rng(3), SoftLabels(["tagger"], 0.25, labels))
    for _ in range(5):
        item, soft = plain.draw(), taught.draw()
        assert item.soft is None
        assert item.targets == soft.targets
        for place, label in enumerate(labels):
            wanted = 0.25 * place / (len(labels) - 1) + 0.75 * item.targets.get(label, 0)
            assert soft.soft[label] == pytest.approx(wanted, abs=1e-3)
    people = SoundItem(np.zeros(16_000, np.float32), {"dog": 1.0}, soft={"dog": 0.7, "laughing": 0.3})
    batch = sound_batch([people], {"dog": 0, "laughing": 1, "speech": 2}, PEOPLE)
    assert batch.tags[0].tolist() == pytest.approx([0.7, 0.3, 0])
    assert batch.tag_weights[0].tolist() == [1, 1, 1]  # it is a dog: no speech, whatever the teacher hears
    stored_targets(Teacher("clip"), pool, cache)
    with pytest.raises(ValueError, match=r"soft labels: loudness-clip has 2 \(expected: 62\)"):
        AnsweredSounds(cache, [], np.random.default_rng(3), SoftLabels(["loudness-clip"], 0.5, labels))


def test_several_tag_teachers_speak_as_one_and_the_surer_counts_more():
    both = SoftLabels(["first", "second"], 1.0, ["dog", "cat", "hen"])
    said = both.mixed({"hen": 1.0}, [np.array([0.9, 0.5, 0.0]), np.array([0.5, 0.5, 0.5])])
    assert said["dog"] == pytest.approx(0.75)  # odds of 9 and 1: 3
    assert said["cat"] == pytest.approx(0.5)
    assert 0.0 < said["hen"] < 0.05
    half = SoftLabels(["first", "second"], 0.5, ["dog"])
    assert half.mixed({"dog": 1.0}, [np.array([0.9]), np.array([0.5])])["dog"] == pytest.approx(0.875)


def test_stage_2_goes_on_from_a_published_network(cache, tmp_path):
    launch(finetune.FineTuning, tuned(cache, tmp_path / "first"))
    first = torch.load(tmp_path / "first" / "checkpoint.pt", weights_only=True)
    save_network(first, "ctc", tmp_path / "published")
    record = {"stages": stages(tmp_path / "first"), "share_of_the_last": 0.9}
    (tmp_path / "published" / "training.json").write_text(json.dumps(record))
    arguments = tuned(cache, tmp_path / "second", initial=tmp_path / "published", frozen=0.0)
    arguments.output.mkdir()
    stage = finetune.FineTuning(arguments, 0)
    for name, value in stage.model.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, first["average"][name], atol=1e-3, rtol=1e-3)
    assert stage.goes_on
    launch(finetune.FineTuning, arguments)
    told = stages(tmp_path / "second")
    assert [stage["stage"] for stage in told] == ["mt2kd_training.finetune"] * 2
    assert [stage.get("published_share") for stage in told] == [0.9, None]
    with pytest.raises(FileNotFoundError, match=r"initial: .*checkpoint.pt or weights.safetensors"):
        Earlier.read(tmp_path)


def test_stored_sounds_of_another_recipe_are_refused(cache):
    recordings = Recordings(data_folder())
    rendered(recordings, cache, SOUNDS)
    with pytest.raises(ValueError, match=r"recipe: .*'seed': 2.*expected: .*'seed': 1"):
        rendered(recordings, cache, Recipe(0.02, seed=2))


def test_stored_sounds_from_before_there_were_scenes_are_read(cache):
    recordings = Recordings(data_folder())
    digest = rendered(recordings, cache, SOUNDS).digest
    note = cache / "sounds.tags.json"
    stored = json.loads(note.read_text(encoding="utf8"))
    del stored["recipe"]["scenes"]
    note.write_text(json.dumps(stored), encoding="utf8")
    assert rendered(recordings, cache, SOUNDS).digest == digest
    with pytest.raises(ValueError, match=r"recipe: .*'scenes': 0.5"):
        rendered(recordings, cache, replace(SOUNDS, scenes=0.5))


def test_published_weights_may_lie_between_two_runs():
    before, after = {"a": torch.zeros(2), "n": torch.tensor(1)}, {"a": torch.ones(2), "n": torch.tensor(5)}
    assert torch.equal(between(before, after, 0.75)["a"], torch.tensor([0.75, 0.75]))
    assert int(between(before, after, 0.75)["n"]) == 5
    with pytest.raises(ValueError, match=r"share: 1.5 \(expected: 0 to 1\)"):
        between(before, after, 1.5)
    with pytest.raises(ValueError, match="of another network"):
        between({"a": torch.zeros(3), "n": torch.tensor(1)}, after, 0.5)


def test_a_stage_1_of_other_sizes_is_refused(cache, tmp_path):
    launch(distil.Distillation, distilled(cache, tmp_path / "first"))
    arguments = tuned(cache, tmp_path / "second", initial=tmp_path / "first")
    values = SMALL.values() | {"dims": [24, 24]}
    Config.of(values).save(Path(arguments.configuration))
    arguments.output.mkdir()
    with pytest.raises(ValueError, match=r"initial: .*first does not fit at encoder"):
        finetune.FineTuning(arguments, 0)
