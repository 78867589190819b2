"""The transducer's loss against the sum over all alignments, one by one."""

from __future__ import annotations

import itertools

import pytest
import torch

from mt2kd_training.transducer_loss import transducer_loss


def log_likelihood(logits: torch.Tensor, targets: list[int], frames: int) -> torch.Tensor:
    """Sums every order of ``frames`` blanks, the last of them at the end, and the text's tokens."""
    return log_likelihood_of(logits.log_softmax(dim=-1), targets, frames)


def log_likelihood_of(scores: torch.Tensor, targets: list[int], frames: int) -> torch.Tensor:
    """The same of log-probabilities [T, U + 1, V]."""
    paths = []
    for places in itertools.combinations(range(frames - 1 + len(targets)), len(targets)):
        frame = state = 0
        path = torch.zeros((), dtype=scores.dtype)
        for step in range(frames + len(targets)):
            if step in places:
                path = path + scores[frame, state, targets[state]]
                state += 1
            else:
                path = path + scores[frame, state, 0]
                frame += 1
        assert (frame, state) == (frames, len(targets))
        paths.append(path)
    return torch.stack(paths).logsumexp(dim=0)


def lattice(texts: int, frames: int, tokens: int, vocabulary: int, dtype=torch.float64):
    generator = torch.Generator().manual_seed(100 * frames + tokens)
    logits = 3.0 * torch.randn(texts, frames, tokens + 1, vocabulary, generator=generator, dtype=dtype)
    return logits, torch.randint(1, vocabulary, (texts, tokens), generator=generator)


@pytest.mark.parametrize("frames", [1, 2, 4])
@pytest.mark.parametrize("tokens", [0, 1, 2, 5])  # with several tokens a frame where there are more of them
def test_the_loss_sums_over_all_alignments(frames, tokens):
    logits, targets = lattice(3, frames, tokens, 5)
    logits.requires_grad_()
    whole = torch.full((3,), frames), torch.full((3,), tokens)
    loss = transducer_loss(logits, targets, *whole)
    wanted = torch.stack(
        [-log_likelihood(row, text.tolist(), frames) for row, text in zip(logits, targets, strict=True)]
    )
    torch.testing.assert_close(loss, wanted)
    weights = torch.tensor([1.0, 0.3, -2.0], dtype=torch.float64)
    (ours,) = torch.autograd.grad((loss * weights).sum(), logits)
    (theirs,) = torch.autograd.grad((wanted * weights).sum(), logits)
    torch.testing.assert_close(ours, theirs)


def test_fast_emit_weighs_the_gradient_through_tokens_and_leaves_the_loss():
    logits, targets = lattice(1, 4, 2, 5)
    logits.requires_grad_()
    whole = torch.tensor([4]), torch.tensor([2])
    scores = logits[0].log_softmax(dim=-1)
    (taken,) = torch.autograd.grad(
        log_likelihood_of(scores, targets[0].tolist(), 4), scores, retain_graph=True
    )
    weight = torch.ones_like(taken)
    weight[..., 1:] = 1.25  # all arcs but blanks
    (wanted,) = torch.autograd.grad(-(weight * taken * scores).sum(), logits)
    loss = transducer_loss(logits, targets, *whole, fast_emit=0.25)
    torch.testing.assert_close(loss, transducer_loss(logits, targets, *whole))
    torch.testing.assert_close(torch.autograd.grad(loss.sum(), logits)[0], wanted)


def test_the_gradient_is_that_of_finite_differences():
    logits, targets = lattice(2, 3, 2, 4)
    lengths = torch.tensor([3, 2]), torch.tensor([2, 1])
    assert torch.autograd.gradcheck(
        lambda x: transducer_loss(x, targets, *lengths), logits.requires_grad_(), fast_mode=False
    )


@pytest.mark.parametrize("garbage", [0.0, 80.0])
def test_padding_changes_neither_loss_nor_gradient(garbage):
    logits, targets = lattice(4, 6, 3, 7, torch.float32)
    lengths = [(6, 3), (4, 0), (1, 2), (5, 1)]
    batch = torch.full((4, 9, 6, 7), garbage)
    texts = torch.full((4, 5), -100)
    for row, (frames, tokens) in enumerate(lengths):
        batch[row, :frames, : tokens + 1] = logits[row, :frames, : tokens + 1]
        texts[row, :tokens] = targets[row, :tokens]
    batch.requires_grad_()
    frame_lengths, target_lengths = torch.tensor(lengths).T
    together = transducer_loss(batch, texts, frame_lengths, target_lengths)
    together.sum().backward()
    for row, (frames, tokens) in enumerate(lengths):
        part = logits[row : row + 1, :frames, : tokens + 1].clone().requires_grad_()
        alone = transducer_loss(
            part, targets[row : row + 1, :tokens], torch.tensor([frames]), torch.tensor([tokens])
        )
        alone.sum().backward()
        torch.testing.assert_close(together[row], alone[0])
        torch.testing.assert_close(batch.grad[row, :frames, : tokens + 1], part.grad[0])
        batch.grad[row, :frames, : tokens + 1] = 0.0
    assert not batch.grad.any()


def test_single_precision_holds_over_a_long_text():
    logits, targets = lattice(2, 300, 60, 20)
    lengths = torch.tensor([300, 250]), torch.tensor([60, 55])
    single = transducer_loss(logits.float(), targets, *lengths)
    torch.testing.assert_close(single.double(), transducer_loss(logits, targets, *lengths), rtol=1e-6, atol=0)


def test_half_precision_gets_a_single_precision_loss_and_its_own_gradient():
    logits, targets = lattice(1, 4, 2, 5, torch.float32)
    half = logits.bfloat16().requires_grad_()
    lengths = torch.tensor([4]), torch.tensor([2])
    loss = transducer_loss(half, targets, *lengths)
    torch.testing.assert_close(loss, transducer_loss(half.detach().float(), targets, *lengths))
    loss.sum().backward()
    assert half.grad.dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": torch.ones(1, 3, dtype=torch.long)}, r"targets: \[1, 3\] \(expected: \[1, 2\]"),
        ({"targets": torch.tensor([[1, 0]])}, r"targets: 0 \(expected: 1 to 4\)"),
        ({"targets": torch.tensor([[5, 1]])}, r"targets: 5 \(expected: 1 to 4\)"),
        ({"frame_lengths": torch.tensor([0])}, r"frame_lengths: 0 \(expected: 1 to 4\)"),
        ({"target_lengths": torch.tensor([3])}, r"target_lengths: 3 \(expected: 0 to 2\)"),
    ],
)
def test_an_impossible_length_or_target_is_named(change, message):
    logits, targets = lattice(1, 4, 2, 5)
    given = {"targets": targets, "frame_lengths": torch.tensor([4]), "target_lengths": torch.tensor([2])}
    with pytest.raises(ValueError, match=message):
        transducer_loss(logits, **(given | change))
