"""Where training starts and how it moves."""

from __future__ import annotations

import pytest
import torch

from mt2kd.config import Config
from mt2kd.model import Mt2kd
from mt2kd.zipformer import Convolution, FeedForward, NonlinAttention, SelfAttention
from mt2kd_training.muon import Muon, optimizers, orthogonal
from mt2kd_training.start import SHARE, spread

NUMBERS = {
    "tokens": 12,
    "labels": 3,
    "downsampling": (2, 4, 4),
    "layers": (1, 1, 2),
    "dims": (32, 48, 32),
    "feed_forward_dims": (32, 48, 32),
    "heads": (2, 2, 2),
    "kernels": (7, 7, 7),
    "maximum_frames": 200,
}


@pytest.mark.parametrize("shape", [(24, 40), (40, 24), (16, 40)])
def test_an_orthogonal_update_moves_in_all_directions_alike(shape):
    gradient = torch.randn(shape, generator=torch.manual_seed(8))
    gradient[0] *= 10  # one direction shouts
    values = torch.linalg.svdvals(orthogonal(gradient))
    assert 0.5 < float(values.min()) <= float(values.max()) < 1.3


def test_muon_moves_against_the_gradient_and_keeps_the_norm():
    generator = torch.manual_seed(8)
    start = torch.randn(16, 8, 5, generator=generator)
    gradient = torch.randn(start.shape, generator=generator) * 1e-3
    matrix = torch.nn.Parameter(start.clone())
    optimizer = Muon([matrix], lr=0.01)
    for _ in range(5):
        matrix.grad = gradient.clone()
        optimizer.step()
    assert float((matrix.detach() - start).flatten() @ gradient.flatten()) < 0
    assert float(matrix.detach().norm()) == pytest.approx(float(start.norm()), rel=1e-5)


@pytest.mark.parametrize(("embed_channels", "causal"), [((), False), ((4, 4, 4), False), ((), True)])
def test_a_network_starts_with_every_residual_module_heard(embed_channels, causal):
    torch.manual_seed(9)
    model = Mt2kd(Config(embed_channels=embed_channels, causal=causal, **NUMBERS))
    features, lengths = torch.randn(3, 200, 80) * 4 - 8, torch.full((3, 1), 200, dtype=torch.int32)
    spread(model.eval(), features, lengths)
    shares = []

    def share(_, inputs, output) -> None:
        shares.append(float(output.std() / inputs[0].square().mean().sqrt()))

    for module in model.modules():
        if isinstance(module, (FeedForward, Convolution, SelfAttention, NonlinAttention)):
            module.register_forward_hook(share)
    with torch.inference_mode():
        model(features, lengths)
    assert len(shares) == 8 * sum(NUMBERS["layers"])
    assert shares == pytest.approx([SHARE] * len(shares), rel=1e-3)


@pytest.mark.parametrize("causal", [False, True])
def test_every_parameter_has_one_optimiser(causal):
    model = Mt2kd(Config(embed_channels=(), causal=causal, **NUMBERS))
    losses = torch.nn.Linear(3, 3)
    muon, adam = optimizers(model, losses)
    held = [p for each in (muon, adam) for group in each.param_groups for p in group["params"]]
    assert len(held) == len({id(p) for p in held})
    assert {id(p) for p in held} == {id(p) for p in [*model.parameters(), *losses.parameters()]}
    # What starts at zero keeps that norm in Muon, and would never move.
    assert all(p.any() for group in muon.param_groups for p in group["params"])
