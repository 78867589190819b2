"""A tensor of any length that is served has one optimisation profile, that of its bucket."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from mt2kd.config import Config
from mt2kd.contract import MAXIMUM_BATCH_SIZE, MEMBERS, ContractError
from mt2kd.golden import bucket_edges
from mt2kd.manifest import read_json
from mt2kd.profiles import ShapeRange, axis_sizes, bucket_axes, member_profiles, profile_of
from mt2kd.repository import check_model

MANIFEST = {
    "sample_rate_hertz": 16_000,
    "minimum_samples": 1_600,
    "bucket_seconds": [1, 1.5, 2, 3, 4, 6, 8, 11, 15, 20, 30],
}
SIZES = {"D": 512, "D2": 384, "K": 527, "E": 192}
ENGINES = [member for member in MEMBERS if member.name != "frontend"]
EDGES = bucket_edges(MANIFEST)


def shapes(member, batch: int, samples: int, config: Config) -> dict[str, tuple[int, ...]]:
    sizes = {**axis_sizes(samples, config), **SIZES, "N": batch}
    return {spec.name: tuple(sizes.get(axis, axis) for axis in spec.axes) for spec in member.inputs}


@pytest.mark.parametrize("member", ENGINES, ids=lambda member: member.name)
@pytest.mark.parametrize("config", [Config(), replace(Config(), speaker_stack=3)], ids=["12.5Hz", "6.25Hz"])
def test_every_padded_batch_of_the_gateway_has_its_bucket_s_profile_and_no_other(member, config):
    profiles = member_profiles(member, bucket_axes(MANIFEST, config), SIZES)
    assert len(profiles) == len(EDGES)
    for index, edge in enumerate(EDGES):
        for batch in range(1, MAXIMUM_BATCH_SIZE + 1):
            given = shapes(member, batch, edge, config)
            fitting = [
                i for i, profile in enumerate(profiles) if all(profile[n].holds(s) for n, s in given.items())
            ]
            assert fitting == [index]
            assert profile_of(profiles, given) == index


@pytest.mark.parametrize("member", ENGINES, ids=lambda member: member.name)
def test_every_length_in_between_has_one_profile_too(member):
    profiles = member_profiles(member, bucket_axes(MANIFEST, Config()), SIZES)
    found = []
    near = [edge + step for edge in EDGES for step in (-1, 1, 79, 80, 81, 160) if edge + step <= EDGES[-1]]
    for samples in sorted([*range(MANIFEST["minimum_samples"], EDGES[-1] + 1, 997), *near]):
        given = shapes(member, 3, samples, Config())
        fitting = [
            i for i, profile in enumerate(profiles) if all(profile[n].holds(s) for n, s in given.items())
        ]
        assert len(fitting) == 1
        found += fitting
    assert found == sorted(found)
    assert set(found) == set(range(len(EDGES)))


def test_kernels_are_chosen_for_half_a_batch_at_the_bucket_s_edge():
    encoder = member_profiles(MEMBERS[1], bucket_axes(MANIFEST, Config()), SIZES)
    assert encoder[0]["features"] == ShapeRange((1, 10, 80), (4, 100, 80), (8, 100, 80))
    assert encoder[1]["features"] == ShapeRange((1, 101, 80), (4, 150, 80), (8, 150, 80))
    assert encoder[1]["feature_lengths"] == ShapeRange((1, 1), (4, 1), (8, 1))
    speaker = member_profiles(MEMBERS[4], bucket_axes(MANIFEST, Config()), SIZES)
    assert speaker[-1]["speaker_frames"] == ShapeRange((1, 250, 384), (4, 374, 384), (8, 374, 384))


def test_a_batch_that_is_too_big_or_too_long_has_no_profile():
    profiles = member_profiles(MEMBERS[1], bucket_axes(MANIFEST, Config()), SIZES)
    for batch, samples in ((9, EDGES[0]), (1, EDGES[-1] + 160), (1, 800)):
        with pytest.raises(ContractError, match=r"shapes: .*features.*\(expected: those of one bucket"):
            profile_of(profiles, shapes(MEMBERS[1], batch, samples, Config()))


def test_refuses_edges_that_an_axis_cannot_tell_apart():
    with pytest.raises(ContractError, match=r"bucket_seconds: 1\.02 \(expected: "):
        bucket_axes({**MANIFEST, "bucket_seconds": [1, 1.02, 2]}, Config())
    with pytest.raises(ContractError, match="bucket_seconds: 1 "):
        bucket_axes({**MANIFEST, "minimum_samples": 400}, Config())


def test_the_length_rules_are_those_of_the_graphs(random_models: Path, random_reference: Path):
    config = Config.load(random_reference / "config.json")
    sessions = {
        name: onnxruntime.InferenceSession(random_models / name / "1" / "model.onnx")
        for name in ("frontend", "encoder")
    }
    for samples in (1_600, 1_679, 1_680, *EDGES[:3], *(edge + 1 for edge in EDGES[:3]), 24_239, 24_240):
        audio, lengths = np.zeros((1, samples), np.int16), np.array([[samples]], np.int32)
        features, frames = sessions["frontend"].run(None, {"audio": audio, "audio_lengths": lengths})
        encoded = sessions["encoder"].run(None, {"features": features, "feature_lengths": frames})
        by_name = dict(zip([v.name for v in sessions["encoder"].get_outputs()], encoded, strict=True))
        sizes = axis_sizes(samples, config)
        assert features.shape[1] == sizes["T"]
        assert by_name["encoder_out"].shape[1] == sizes["T'"]
        assert by_name["speaker_frames"].shape[1] == sizes["T''"]


def test_the_reference_model_has_profiles(reference: Path, repository: Path):
    sizes: dict[str, int] = {}
    for member in MEMBERS:
        check_model(member, repository / member.name / "1" / "model.onnx", sizes)
    buckets = bucket_axes(read_json(repository / "model.json"), Config.load(reference / "config.json"))
    for member in ENGINES:
        assert len(member_profiles(member, buckets, sizes)) == len(buckets)
