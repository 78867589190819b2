"""The transducer's decoder and joiner, and greedy search over known joiners."""

from __future__ import annotations

import pytest
import torch
from conftest import random_head

from mt2kd.transducer import Decoder, Joiner, TransducerHead

TOKENS = 5


@pytest.fixture
def decoder() -> Decoder:
    torch.manual_seed(3)
    return Decoder(TOKENS, 8, 2)


def test_the_decoder_sees_the_last_two_tokens_and_blanks_before_the_first(decoder):
    texts = torch.tensor([[1, 2, 3], [4, 2, 3]])
    states = decoder(texts)
    assert states.shape == (2, 4, 8)
    contexts = torch.tensor([[0, 0], [0, 1], [1, 2], [2, 3]])
    for state, context in zip(states[0], contexts, strict=True):
        # Each output channel reads the four embedding channels of its group, at both places.
        embedded = decoder.embedding.weight[context].view(2, 2, 4)
        kernel = decoder.conv.weight.view(2, 4, 4, 2)
        wanted = torch.einsum("pgi,goip->go", embedded, kernel).flatten().relu()
        torch.testing.assert_close(state, wanted)
    torch.testing.assert_close(states[0, 3], states[1, 3])
    assert (states[0, 2] != states[1, 2]).any()


def test_a_negative_id_has_a_vector_of_zeros(decoder):
    unknown = decoder(torch.tensor([[-1, -100]]))[0, 2]
    assert not unknown.any()
    assert decoder(torch.tensor([[0, 0]]))[0, 2].any()


def test_the_tables_of_the_search_give_what_the_decoder_gives(decoder):
    rows = decoder.rows()
    for first in range(TOKENS):
        for second in range(TOKENS):
            wanted = decoder(torch.tensor([[first, second]]))[0, 2]
            torch.testing.assert_close((rows[0, first] + rows[1, second]).relu(), wanted)


def test_the_joiner_puts_every_frame_and_every_state_together():
    torch.manual_seed(4)
    joiner = Joiner(6, 8, 7, TOKENS)
    frames, states = torch.randn(2, 3, 6), torch.randn(2, 4, 8)
    logits = joiner(frames, states)
    assert logits.shape == (2, 3, 4, TOKENS)
    wanted = joiner.output_linear(
        (joiner.encoder_proj(frames[1, 2]) + joiner.decoder_proj(states[1, 3])).tanh()
    )
    torch.testing.assert_close(logits[1, 2, 3], wanted)


def known_head(context: int, seen_at: int) -> TransducerHead:
    """Frames are one-hot by token; a frame gives its token unless the context holds it at ``seen_at``.

    A frame raises its token's logit to almost 20, the context lowers it by almost 40; blank's is 10.
    """
    decoder, joiner = Decoder(TOKENS, 8, context), Joiner(TOKENS, 8, 2 * TOKENS, TOKENS)
    with torch.no_grad():
        for parameter in [*decoder.parameters(), *joiner.parameters()]:
            parameter.zero_()
        eye = torch.eye(TOKENS)
        eye[0] = 0.0  # blank raises and lowers nothing
        decoder.embedding.weight[:, :TOKENS] = eye
        for channel in range(8):
            decoder.conv.weight[channel, channel % 4, seen_at] = 1.0
        joiner.encoder_proj.weight[:TOKENS] = 9.0 * eye
        joiner.decoder_proj.weight[TOKENS:, :TOKENS] = 9.0 * eye
        joiner.output_linear.weight[:, :TOKENS] = 20.0 * eye
        joiner.output_linear.weight[:, TOKENS:] = -40.0 * eye
        joiner.output_linear.bias[0] = 10.0
    return TransducerHead(decoder, joiner).eval()


def path(head: TransducerHead, frames: list[int], length: int | None = None) -> list[int]:
    encoder_out = torch.eye(TOKENS)[torch.tensor([frames])]
    tokens, scores = head(encoder_out, torch.tensor([[length or len(frames)]], dtype=torch.int32))
    assert tokens.dtype == torch.int32
    assert ((scores < 0) == (tokens > 0)).all()
    return tokens[0].tolist()


def test_a_known_joiner_gives_the_known_path():
    not_twice = known_head(context=2, seen_at=1)  # the last token
    assert path(not_twice, [0, 3, 3, 0, 3, 4, 3, 0, 0]) == [0, 3, 0, 0, 0, 4, 3, 0, 0]
    not_the_last_but_one = known_head(context=2, seen_at=0)
    assert path(not_the_last_but_one, [3, 3, 3, 4, 3, 4, 4]) == [3, 3, 0, 4, 0, 4, 0]
    assert path(known_head(context=1, seen_at=0), [3, 3, 4, 3]) == [3, 0, 4, 3]


def test_a_frame_gives_at_most_one_token_though_the_joiner_would_give_more():
    head = known_head(context=2, seen_at=1)
    frame = torch.tensor([[[0.0, 0.0, 1.0, 1.0, 0.0]]])  # 2, after it 3, and so on for ever
    joined = head.joiner(frame, head.decoder(torch.tensor([[2, 3]])))
    assert joined.argmax(dim=3).tolist() == [[[2, 3, 2]]]
    tokens, _ = head(frame, torch.tensor([[1]], dtype=torch.int32))
    assert tokens.tolist() == [[2]]


def test_a_score_is_the_log_probability_of_its_token():
    head = known_head(context=2, seen_at=1)
    encoder_out = torch.eye(TOKENS)[torch.tensor([[3, 0, 2]])] * 0.1
    tokens, scores = head(encoder_out, torch.tensor([[3]], dtype=torch.int32))
    assert tokens.tolist() == [[3, 0, 2]]
    states = head.decoder(torch.tensor([[3, 2]]))
    expected = head.joiner(encoder_out, states).log_softmax(dim=3)
    torch.testing.assert_close(
        scores, torch.stack([expected[0, 0, 0, 3], torch.zeros(()), expected[0, 2, 1, 2]])[None]
    )


def test_frames_past_the_end_give_nothing():
    head = known_head(context=2, seen_at=1)
    assert path(head, [3, 4, 2, 1], length=2) == [3, 4, 0, 0]


def test_an_utterance_gives_the_same_tokens_alone_and_in_any_padded_batch():
    head = random_head(width=10, context=2)
    lengths = [1, 2, 30, 7, 40]
    batch = torch.full((5, 43, 10), 9.0)
    utterances = [torch.randn(length, 10) for length in lengths]
    for row, utterance in enumerate(utterances):
        batch[row, : len(utterance)] = utterance
    with torch.inference_mode():
        tokens, scores = head(batch, torch.tensor(lengths, dtype=torch.int32).unsqueeze(1))
        assert tokens[2:].any(dim=1).all()
        for row, utterance in enumerate(utterances):
            length = len(utterance)
            alone, alone_scores = head(utterance[None], torch.tensor([[length]], dtype=torch.int32))
            assert tokens[row, :length].tolist() == alone[0].tolist()
            torch.testing.assert_close(scores[row, :length], alone_scores[0], atol=1e-5, rtol=0)
            assert not tokens[row, length:].any()
            assert not scores[row, length:].any()
