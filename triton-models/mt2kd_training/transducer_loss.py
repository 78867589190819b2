"""The transducer's loss (Graves 2012, arXiv 1211.3711, section 2)."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from mt2kd.transducer import BLANK


def transducer_loss(
    logits: Tensor, targets: Tensor, frame_lengths: Tensor, target_lengths: Tensor, fast_emit: float = 0.0
) -> Tensor:
    """Negative log-likelihood of each text, summed over all its alignments; a frame may give several tokens.

    Args:
        logits: [N, T, U + 1, V], halves are widened to FP32, as ``joiner(encoder_out, decoder(targets))``
            gives them; what lies past a length is not read but must be finite. The call needs room for two
            more such tensors; between forward and backward it keeps one.
        targets: [N, U] INT64, 1 to V - 1; what lies past a length may be anything.
        frame_lengths: [N], 1 to T.
        target_lengths: [N], 0 to U.
        fast_emit: λ of FastEmit (arXiv 2010.11148), 0 or more: the gradient through tokens counts 1 + λ
            times, that through blanks once. Without it a token's probability may spread over many frames in
            none of which it beats the blank, and greedy search leaves the token out.

    Returns:
        [N], without FastEmit's term; differentiable once, with respect to the logits.

    Raises:
        ValueError: shapes that do not agree, or a length or a target out of its range.
    """
    frames, tokens = logits.shape[1], logits.shape[2] - 1
    if targets.shape != (len(logits), tokens):
        raise ValueError(f"targets: {list(targets.shape)} (expected: {[len(logits), tokens]}, as the logits)")
    within("frame_lengths", frame_lengths, 1, frames)
    within("target_lengths", target_lengths, 0, tokens)
    inside = torch.arange(tokens, device=targets.device) < target_lengths.unsqueeze(1)
    targets = targets.where(inside, 1)
    within("targets", targets, 1, logits.shape[3] - 1)
    if logits.dtype in (torch.float16, torch.bfloat16):
        logits = logits.float()
    return _TransducerLoss.apply(logits, targets, frame_lengths, target_lengths, fast_emit)


def within(name: str, values: Tensor, low: int, high: int) -> None:
    """Raises ValueError where a value is out of its range."""
    wrong = values[(values < low) | (values > high)]
    if len(wrong):
        raise ValueError(f"{name}: {int(wrong[0])} (expected: {low} to {high})")


class _TransducerLoss(torch.autograd.Function):
    """Forward and backward variables over the lattice of t frames done and u tokens given.

    With b(t, u) and l(t, u) the log-probabilities of blank and of the text's next token,

        α(0, 0) = 0,  α(t, u) = log(exp(α(t-1, u) + b(t-1, u)) + exp(α(t, u-1) + l(t, u-1)))
        β(T, U) = 0,  β(t, u) = log(exp(b(t, u) + β(t+1, u)) + exp(l(t, u) + β(t, u+1)))

    The log-likelihood is L = α(T, U) = β(0, 0). The path takes a blank at (t, u) with the probability
    γ_b = exp(α(t, u) + b(t, u) + β(t+1, u) - L), a token with γ_l likewise, and the gradient of -L is
    softmax · (γ_b + γ_l) - (γ_b at blank, γ_l at the token); with FastEmit γ_l is (1 + λ) times as large.

    Nodes with the same t + u do not depend on each other: both recursions take T + U steps, one for each
    anti-diagonal of all texts. What lies past a text's lengths has log-probability -∞.
    """

    @staticmethod
    def forward(
        context: Any,
        logits: Tensor,
        targets: Tensor,
        frame_lengths: Tensor,
        target_lengths: Tensor,
        fast_emit: float,
    ) -> Tensor:
        log_probabilities = logits.log_softmax(dim=3)
        blank, token = _arcs(log_probabilities, targets, frame_lengths, target_lengths)
        stay, move = _by_diagonal(blank), _by_diagonal(token)  # [T + U, N, U + 1]
        alpha = _alpha(stay, move)
        rows = torch.arange(len(logits), device=logits.device)
        end = (frame_lengths + target_lengths, rows, target_lengths)
        likelihood = alpha[end]
        if context.needs_input_grad[0]:
            beta = _beta(stay, move, end)
            taken = alpha[:-1] - likelihood.unsqueeze(1)
            blanks = (taken + stay + beta[1:, :, :-1]).exp()
            tokens = (taken + move + beta[1:, :, 1:]).exp() * (1 + fast_emit)
            frames = logits.shape[1]
            context.save_for_backward(
                log_probabilities, targets, _by_frame(blanks, frames), _by_frame(tokens, frames)
            )
        return -likelihood

    @staticmethod
    @once_differentiable
    def backward(context: Any, upstream: Tensor) -> tuple[Tensor, None, None, None, None]:
        log_probabilities, targets, blanks, tokens = context.saved_tensors
        upstream = upstream.view(-1, 1, 1)
        blanks, tokens = blanks * upstream, tokens * upstream
        gradient = log_probabilities.exp().mul_((blanks + tokens).unsqueeze(3))
        gradient[..., BLANK] -= blanks
        index = _next_token(targets, log_probabilities.shape[1])
        gradient.scatter_add_(3, index, -tokens.unsqueeze(3))
        return gradient, None, None, None, None


def _next_token(targets: Tensor, frames: int) -> Tensor:
    """The token that each node of the lattice may give: [N, U] → [N, T, U + 1, 1]; after the last, any."""
    return F.pad(targets, (0, 1)).view(len(targets), 1, -1, 1).expand(-1, frames, -1, -1)


def _arcs(
    log_probabilities: Tensor, targets: Tensor, frame_lengths: Tensor, target_lengths: Tensor
) -> tuple[Tensor, Tensor]:
    """Log-probabilities of blank and of the next token at every node, [N, T, U + 1] each."""
    frames, states = log_probabilities.shape[1:3]
    frame = torch.arange(frames, device=targets.device).view(1, -1, 1)
    state = torch.arange(states, device=targets.device)
    inside = (frame < frame_lengths.view(-1, 1, 1)) & (state <= target_lengths.view(-1, 1, 1))
    token = log_probabilities.gather(3, _next_token(targets, frames)).squeeze(3)
    return log_probabilities[..., BLANK].where(inside, -math.inf), token.where(inside, -math.inf)


def _by_diagonal(nodes: Tensor) -> Tensor:
    """[N, T, U + 1] → [T + U, N, U + 1], row t + u; -∞ where a diagonal has left the lattice."""
    frames, states = nodes.shape[1:]
    state = torch.arange(states, device=nodes.device)
    frame = torch.arange(frames + states - 1, device=nodes.device).unsqueeze(1) - state
    inside = (frame >= 0) & (frame < frames)
    rows = nodes[:, frame.clamp(0, frames - 1), state].where(inside, -math.inf)
    return rows.transpose(0, 1).contiguous()


def _by_frame(diagonals: Tensor, frames: int) -> Tensor:
    """The way back: [T + U, N, U + 1] → [N, T, U + 1]."""
    state = torch.arange(diagonals.shape[2], device=diagonals.device)
    frame = torch.arange(frames, device=diagonals.device).unsqueeze(1)
    return diagonals.transpose(0, 1)[:, frame + state, state]


def _alpha(stay: Tensor, move: Tensor) -> Tensor:
    """α on the diagonals 0 to T + U: [T + U, N, U + 1] each → [T + U + 1, N, U + 1]."""
    steps, texts, states = stay.shape
    alpha = stay.new_full((steps + 1, texts, states + 1), -math.inf)  # a column before the first state
    alpha[0, :, 1] = 0.0
    move = F.pad(move[:, :, :-1], (1, 0), value=-math.inf)
    for before, after, blank, token in zip(alpha[:-1], alpha[1:], stay, move, strict=True):
        torch.logaddexp(before[:, 1:] + blank, before[:, :-1] + token, out=after[:, 1:])
    return alpha[:, :, 1:]


def _beta(stay: Tensor, move: Tensor, end: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """β likewise, with a column after the last state: [T + U + 1, N, U + 2]."""
    steps, texts, states = stay.shape
    beta = stay.new_full((steps + 1, texts, states + 1), -math.inf)
    beta[end] = 0.0
    for d in range(steps - 1, -1, -1):
        after = beta[d + 1]
        value = torch.logaddexp(after[:, :-1] + stay[d], after[:, 1:] + move[d])
        torch.maximum(value, beta[d, :, :-1], out=beta[d, :, :-1])  # all but a text's end are -∞ there
    return beta
