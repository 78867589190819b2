"""The losses: what they reward, and that unknown labels change nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mt2kd_training.losses import (
    SoundTeacherLoss,
    SpeakerLoss,
    WordFrameLoss,
    ctc_loss,
    speaker_directions,
    tag_choice_loss,
    tag_loss,
)

NOTHING = torch.zeros(0, dtype=torch.long)


def log_probabilities(path: list[int], tokens: int = 5, confidence: float = 8.0) -> torch.Tensor:
    logits = torch.zeros(1, len(path), tokens)
    logits[0, torch.arange(len(path)), torch.tensor(path)] = confidence
    return logits.log_softmax(dim=2)


def test_ctc_prefers_the_spoken_text():
    length, known = torch.tensor([[6]]), torch.tensor([True])

    def loss(path: list[int]) -> float:
        return float(
            ctc_loss(log_probabilities(path), length, torch.tensor([2, 3]), torch.tensor([2]), known)
        )

    assert loss([0, 2, 2, 0, 3, 0]) < 0.1 < loss([0, 2, 2, 0, 0, 0]) < loss([0, 0, 4, 4, 4, 0])


def test_ctc_of_an_empty_text_asks_for_silence():
    length, known = torch.tensor([[4]]), torch.tensor([True])
    silent = ctc_loss(log_probabilities([0, 0, 0, 0]), length, NOTHING, torch.tensor([0]), known)
    talking = ctc_loss(log_probabilities([0, 2, 0, 0]), length, NOTHING, torch.tensor([0]), known)
    assert silent < 0.1 < talking


def test_ctc_reads_neither_padding_nor_utterances_without_text():
    one = log_probabilities([0, 2, 0])
    padded = torch.cat([one, log_probabilities([4, 4])], dim=1)
    batch = torch.cat([padded, log_probabilities([1, 1, 1, 1, 1])])
    lengths, counts = torch.tensor([[3], [5]]), torch.tensor([1, 0])
    alone = ctc_loss(one, lengths[:1], torch.tensor([2]), counts[:1], torch.tensor([True]))
    together = ctc_loss(batch, lengths, torch.tensor([2]), counts, torch.tensor([True, False]))
    torch.testing.assert_close(alone, together)


def test_unknown_tags_change_nothing():
    logits = torch.tensor([[2.0, -1.0, 3.0]])
    targets, weights = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[1.0, 1.0, 0.0]])
    worse = torch.tensor([[2.0, -1.0, -9.0]])
    torch.testing.assert_close(tag_loss(logits, targets, weights), tag_loss(worse, targets, weights))
    assert tag_loss(logits, targets, torch.ones(1, 3)) > tag_loss(worse, targets, torch.ones(1, 3))


def test_the_choice_of_a_mixture_is_best_in_its_proportion():
    targets = torch.tensor([[0.7, 0.3, 0.0]])
    right = (targets + 1e-9).log()
    assert tag_choice_loss(right, targets) < tag_choice_loss(right.flip(1), targets)
    torch.testing.assert_close(tag_choice_loss(right, targets), tag_choice_loss(right + 5.0, targets))


def voiceprints(count: int = 6, size: int = 8) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(count, size, generator=torch.manual_seed(0)), dim=1)


def test_a_margin_makes_the_speaker_task_harder():
    torch.manual_seed(1)
    loss, prints, speakers = SpeakerLoss(torch.randn(4, 8)), voiceprints(), torch.tensor([0, 1, 2, 3, 0, 1])
    assert loss(prints, speakers, 0.2) > loss(prints, speakers, 0.0)
    plain = 30.0 * prints @ torch.nn.functional.normalize(loss.weight, dim=1).T
    torch.testing.assert_close(
        loss(prints, speakers, 0.0), torch.nn.functional.cross_entropy(plain, speakers), atol=1e-3, rtol=1e-4
    )


@pytest.mark.parametrize("angle", [0.0, np.pi])
def test_the_margin_loss_has_a_gradient_at_the_extremes(angle):
    loss = SpeakerLoss(torch.eye(2))
    prints = torch.tensor([[np.cos(angle), np.sin(angle)]], dtype=torch.float32, requires_grad=True)
    loss(prints, torch.tensor([0]), 0.2).backward()
    assert prints.grad.isfinite().all()


def test_unknown_speakers_change_nothing():
    torch.manual_seed(1)
    loss, prints = SpeakerLoss(torch.randn(4, 8)), voiceprints()
    speakers = torch.tensor([0, 1, 2, -1, -1, -1])
    torch.testing.assert_close(loss(prints, speakers, 0.1), loss(prints[:3], speakers[:3], 0.1))
    assert float(loss(prints, torch.full((6,), -1), 0.1)) == 0.0


def test_speakers_start_where_the_teacher_puts_them():
    random = np.random.default_rng(3)
    teacher = {name: random.uniform(size=5) for name in "abcdef"}
    directions = speaker_directions(teacher, list("abcdef"), 8)
    centred = np.stack(list(teacher.values())) - np.mean(list(teacher.values()), axis=0)
    wanted = centred @ centred.T / np.outer(*[np.linalg.norm(centred, axis=1)] * 2)
    torch.testing.assert_close(directions @ directions.T, torch.from_numpy(wanted).float())


def test_fewer_directions_than_the_teachers_keep_the_widest():
    teacher = {"a": np.array([3.0, 0.1]), "b": np.array([1.0, -0.2]), "c": np.array([-4.0, 0.1])}
    directions = speaker_directions(teacher, ["a", "b", "c"], 1).flatten()
    assert (directions * directions[0]).tolist() == [1.0, 1.0, -1.0]


def test_speakers_the_teacher_has_not_heard_get_a_direction_of_their_own():
    teacher = {"a": np.array([1.0, 0.9]), "b": np.array([0.9, 1.0])}
    for known in (teacher, {}):
        directions = speaker_directions(known, ["a", "unheard", "b", "neither"], 8)
        torch.testing.assert_close(directions.norm(dim=1), torch.ones(4))
        assert abs(float(directions[1] @ directions[3])) < 0.99


def test_the_sound_teacher_sees_its_own_windows_and_no_padding():
    torch.manual_seed(2)
    loss = SoundTeacherLoss(4, 3)
    out = torch.randn(2, 60, 4)
    rows = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    lengths = torch.tensor([[48], [60]])  # three windows of 24 frames every 12
    wanted = torch.stack([loss.projection(out[0, s : s + 24].mean(dim=0)) for s in (0, 12, 24)])
    got = loss(out, lengths, [rows, None])
    torch.testing.assert_close(got, ((wanted - torch.from_numpy(rows[:3])) ** 2).mean())
    changed = out.clone()
    changed[0, 48:] = 99.0
    torch.testing.assert_close(got, loss(changed, lengths, [rows, None]))
    assert float(loss(out, lengths, [None, None])) == 0.0


def test_words_are_asked_for_only_where_they_are_known():
    torch.manual_seed(3)
    loss, out = WordFrameLoss(4, 6), torch.randn(1, 4, 4)
    words = torch.tensor([[0, 5, -100, -100]])
    wanted = torch.nn.functional.cross_entropy(loss.projection(out[0, :2]), torch.tensor([0, 5]))
    torch.testing.assert_close(loss(out, words), wanted)
    assert float(loss(out, torch.full((1, 4), -100))) == 0.0
