"""The losses of stage 1, against values computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from mt2kd_training.distillation import (
    ClipLoss,
    EmbeddingLoss,
    FrameLoss,
    principal_directions,
    soft_cross_entropy,
)

ZERO, ONE = torch.zeros(2), torch.ones(2)


def test_frames_at_the_encoder_s_rate_are_compared_one_to_one():
    loss = FrameLoss(2, torch.tensor([1.0, 0.0]), torch.tensor([2.0, 1.0]), 25.0)
    with torch.no_grad():
        loss.projection.weight.copy_(torch.eye(2))
        loss.projection.bias.zero_()
    out = torch.tensor([[[1.0, -5.0], [3.0, 2.0], [9.0, 9.0]]])  # ReLU hides the -5; the third is padding
    target = torch.tensor([[1.0, 0.5], [5.0, 0.0]])  # standardised: (0, 0.5), (2, 0)
    got = loss(out, torch.tensor([[2]]), [target])
    assert float(got) == pytest.approx((1.0 + 0.5 + 1.0 + 2.0) / 4)


def test_two_frames_of_a_teacher_twice_as_fast_are_concatenated():
    # As Whisper's in the paper: its frame t lies at 10 ms + 20 ms t after the start of the encoder's first.
    loss = FrameLoss(3, ZERO, ONE, 50.0, first_centre_seconds=0.04)
    target = torch.arange(8.0).reshape(4, 2)
    torch.testing.assert_close(loss._at_encoder_rate(target, 2), target.reshape(2, 4))


def test_a_teacher_of_an_odd_rate_is_resampled_where_its_frames_lie():
    rate, first = 16_000 / 384, 0.02
    loss = FrameLoss(3, torch.zeros(1), torch.ones(1), rate, first)
    seconds = torch.arange(100).unsqueeze(1) / rate + first  # each frame says when it is
    places = loss._at_encoder_rate(seconds, 50)
    wanted = 0.05 + 0.04 * torch.arange(50).unsqueeze(1) + torch.tensor([-0.01, 0.01])
    torch.testing.assert_close(places, wanted, atol=1e-5, rtol=0)


def test_a_slow_teacher_sees_its_own_windows_and_no_padding():
    torch.manual_seed(2)
    loss = FrameLoss(4, ZERO, ONE, 1 / 0.48)
    out = torch.randn(2, 60, 4)
    rows = torch.randn(9, 2)
    lengths = torch.tensor([[48], [20]])  # three windows of 24 frames every 12, and none
    windows = torch.stack([out[0, s : s + 24].relu().mean(dim=0) for s in (0, 12, 24)])
    wanted = (loss.projection(windows) - rows[:3]).abs().mean()
    got = loss(out, lengths, [rows, rows])
    torch.testing.assert_close(got, wanted)
    changed = out.clone()
    changed[0, 48:] = 99.0
    torch.testing.assert_close(got, loss(changed, lengths, [rows, rows]))
    assert float(loss(out[1:, :20], lengths[1:], [rows])) == 0.0


def test_probabilities_are_best_met_where_they_are():
    probabilities = torch.tensor([[0.9, 0.2, 0.0]])
    right = probabilities.clamp(1e-6, 1 - 1e-6).logit()
    assert float(soft_cross_entropy(right, probabilities)) == pytest.approx(0.0, abs=1e-5)
    assert float(soft_cross_entropy(right, probabilities, temperature=3.0)) == pytest.approx(0.0, abs=1e-5)
    # KL of (0.5, 0.5) from (0.9, 0.1), by hand.
    half = soft_cross_entropy(torch.zeros(1, 1), torch.tensor([[0.9]]))
    assert float(half) == pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2), rel=1e-4)


def test_clip_probabilities_read_no_padding():
    torch.manual_seed(1)
    loss, out = ClipLoss(3, torch.full((5,), 0.3)), torch.randn(2, 7, 3)
    lengths, wanted = torch.tensor([[7], [4]]), torch.rand(2, 5)
    changed = out.clone()
    changed[1, 4:] = 40.0
    torch.testing.assert_close(loss(out, lengths, wanted), loss(changed, lengths, wanted))


def test_classes_start_at_their_mean_probability():
    mean = torch.tensor([0.5, 0.01, 0.0])
    loss = ClipLoss(3, mean)
    logits = loss.decoder(torch.zeros(1, 3))
    assert logits.sigmoid().tolist()[0] == pytest.approx([0.5, 0.01, 1e-4], rel=1e-4)


def test_an_embedding_is_met_in_its_principal_directions():
    random = np.random.default_rng(3)
    embeddings = torch.from_numpy(random.uniform(size=(40, 6))).float()
    mean, directions = principal_directions(embeddings, 8)
    loss = EmbeddingLoss(mean, directions)
    right = torch.nn.functional.pad((embeddings - mean) @ directions.T, (0, 2))
    assert float(loss(right, embeddings)) == pytest.approx(0.0, abs=1e-5)
    assert float(loss(-right, embeddings)) == pytest.approx(2.0, abs=1e-5)
    # All directions kept: cosines about the mean are what they were.
    centred = torch.nn.functional.normalize(embeddings - mean, dim=1)
    kept = torch.nn.functional.normalize(right, dim=1)
    torch.testing.assert_close(kept @ kept.T, centred @ centred.T, atol=1e-5, rtol=0)


def test_fewer_directions_than_the_teachers_keep_the_widest():
    rows = torch.tensor([[3.0, 0.1], [1.0, -0.2], [-4.0, 0.1]])
    _, directions = principal_directions(rows, 1)
    assert directions.abs().tolist()[0] == pytest.approx([1.0, 0.0], abs=0.05)
