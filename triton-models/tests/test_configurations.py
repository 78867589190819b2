"""The named configurations: whole files, with the layout and the size of the published networks."""

from __future__ import annotations

import ast
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from mt2kd.config import CONFIGURATIONS, Config
from mt2kd.model import Mt2kd
from mt2kd.published import SIZES, published

DATA = Path(__file__).parent / "data"
HEADS = ("audio_tagging_decoder", "ecapa_")


def read_layout(name: str) -> dict[str, tuple[int, ...]]:
    lines = (DATA / name).read_text(encoding="utf8").splitlines()
    return {key: ast.literal_eval(shape) for key, shape in (line.split("\t") for line in lines)}


def load(name: str, causal: bool = False) -> Config:
    return replace(Config.load(CONFIGURATIONS / f"{name}.json"), causal=causal)


def network(config: Config) -> Mt2kd:
    with torch.device("meta"):
        return Mt2kd(config)


def million_parameters(model: Mt2kd, prefix: str = "") -> float:
    return sum(p.numel() for name, p in model.named_parameters() if name.startswith(prefix)) / 1e6


@pytest.mark.parametrize(
    ("name", "plain", "causal"), [("small", 21.99, 22.33), ("medium", 63.99, 64.56), ("large", 146.6, 147.5)]
)
def test_the_encoders_have_as_many_parameters_as_the_published_ones(name, plain, causal):
    assert million_parameters(network(load(name)), "encoder") == pytest.approx(plain, rel=0.005)
    assert million_parameters(network(load(name, causal=True)), "encoder") == pytest.approx(causal, rel=0.005)


def test_medium_with_all_its_heads_has_the_parameters_of_the_paper():
    assert million_parameters(network(load("medium"))) == pytest.approx(65.65, rel=0.005)


@pytest.mark.parametrize("causal", [False, True])
def test_medium_has_the_published_layout(causal):
    expected = read_layout("zipformer-m-layout.txt")
    if causal:
        expected = {k: v for k, v in expected.items() if ".depthwise_conv." not in k or "convnext" in k}
        expected |= read_layout("zipformer-m-causal-convolutions.txt")
    assert len(expected) == (835 if causal else 739)
    ours = published(network(load("medium", causal)).state_dict())
    assert {k: tuple(v.shape) for k, v in ours.items() if not k.startswith(HEADS)} == expected


@pytest.mark.parametrize("name", [*SIZES, "reference"])
def test_a_file_gives_every_number_and_leaves_none_to_the_default(name):
    values = json.loads((CONFIGURATIONS / f"{name}.json").read_text(encoding="utf8"))
    assert values.keys() == asdict(Config()).keys()
    stacks = {len(values[key]) for key in ("downsampling", "layers", "dims", "feed_forward_dims", "heads")}
    assert stacks == {len(values["kernels"])}


def test_the_default_is_medium_with_a_ctc_output():
    assert Config() == replace(load("medium"), ctc=True)
