"""The losses: what they reward, and that unknown labels change nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mt2kd.transducer import Decoder, Joiner
from mt2kd_training.losses import (
    SpeakerLoss,
    WordFrameLoss,
    ctc_loss,
    known_transducer_loss,
    tag_choice_loss,
    tag_loss,
)
from mt2kd_training.transducer_loss import transducer_loss

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


def test_the_transducer_reads_neither_padding_nor_utterances_without_text():
    torch.manual_seed(2)
    decoder, joiner = Decoder(5, 8, 2), Joiner(6, 8, 8, 5)
    out = torch.randn(3, 9, 6)
    lengths, tokens, counts = torch.tensor([[6], [9], [4]]), torch.tensor([2, 3, 1]), torch.tensor([2, 0, 1])
    known = torch.tensor([True, False, True])
    got = known_transducer_loss(decoder, joiner, out, lengths, tokens, counts, known)
    each = [
        transducer_loss(
            joiner(out[row : row + 1, :frames], decoder(text)),
            text,
            torch.tensor([frames]),
            torch.tensor([text.shape[1]]),
        )
        for row, frames, text in ((0, 6, torch.tensor([[2, 3]])), (2, 4, torch.tensor([[1]])))
    ]
    torch.testing.assert_close(got, (each[0] + each[1]).squeeze() / 3)
    changed = out.clone()
    changed[0, 6:], changed[1], changed[2, 4:] = 50.0, 50.0, 50.0
    torch.testing.assert_close(
        got, known_transducer_loss(decoder, joiner, changed, lengths, tokens, counts, known)
    )
    nothing = torch.zeros(3, dtype=torch.bool)
    assert float(known_transducer_loss(decoder, joiner, out, lengths, tokens, counts, nothing)) == 0.0


def test_the_transducer_of_an_empty_text_asks_for_silence():
    torch.manual_seed(2)
    decoder, joiner = Decoder(5, 8, 2), Joiner(6, 8, 8, 5)
    arguments = (torch.randn(1, 5, 6), torch.tensor([[5]]), NOTHING, torch.tensor([0]), torch.tensor([True]))
    before = known_transducer_loss(decoder, joiner, *arguments)
    with torch.no_grad():
        joiner.output_linear.bias[0] += 9.0
    assert known_transducer_loss(decoder, joiner, *arguments) < 0.1 < before


def test_words_are_asked_for_only_where_they_are_known():
    torch.manual_seed(3)
    loss, out = WordFrameLoss(4, 6), torch.randn(1, 4, 4)
    words = torch.tensor([[0, 5, -100, -100]])
    wanted = torch.nn.functional.cross_entropy(loss.projection(out[0, :2]), torch.tensor([0, 5]))
    torch.testing.assert_close(loss(out, words), wanted)
    assert float(loss(out, torch.full((1, 4), -100))) == 0.0
