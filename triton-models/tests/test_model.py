"""The network: one answer for an utterance whatever it is batched with."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch

from mt2kd.config import CONFIGURATIONS, Config
from mt2kd.frontend import SILENCE
from mt2kd.model import Mt2kd
from mt2kd.parts import Downsample, downsampled_length, embed_length
from mt2kd.zipformer import RelativePositions
from mt2kd_training.transducer_loss import transducer_loss

TINY = Config(
    tokens=20,
    labels=5,
    embedding_size=16,
    decoder_dim=24,
    joiner_dim=28,
    embed_channels=(4, 4, 4),
    downsampling=(1, 2, 4, 8),  # a stack without its own downsampling, and one that is slower than the output
    layers=(1, 1, 2, 1),
    dims=(32, 48, 48, 32),
    feed_forward_dims=(48, 64, 64, 48),
    heads=(4, 4, 4, 4),
    kernels=(9, 9, 7, 5),
    speaker_attention=16,
    maximum_frames=400,
)
FRAMES = (10, 11, 12, 13, 14, 15, 16, 17, 23, 24, 25, 57, 100, 163, 164, 165, 166, 167, 168, 169, 170)
REFERENCE = Config.load(CONFIGURATIONS / "reference.json")


@pytest.fixture(scope="module", params=["reference", "with a stack at 50 Hz", "causal"])
def model(request) -> Mt2kd:
    torch.manual_seed(5)
    config = replace(REFERENCE, tokens=30, labels=7) if request.param == "reference" else TINY
    config = replace(config, causal=request.param == "causal")
    model = Mt2kd(config).eval()
    with torch.no_grad():  # what is one or zero at first must not hide a missing mask
        for parameter in model.parameters():
            if parameter.ndim < 2 or not parameter.any():
                parameter.add_(0.2 * torch.randn_like(parameter))
        for name, buffer in model.named_buffers():
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 2.0)
            elif name.endswith("running_mean"):
                buffer.normal_()
    return model


@pytest.fixture(scope="module")
def utterances() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(6)
    return [torch.randn(frames, 80, generator=generator) * 4 - 8 for frames in FRAMES]


def batched(utterances: list[torch.Tensor], frames: int, padding: float) -> tuple[torch.Tensor, torch.Tensor]:
    batch = torch.full((len(utterances), frames, 80), padding)
    for row, utterance in enumerate(utterances):
        batch[row, : len(utterance)] = utterance
    return batch, torch.tensor([[len(utterance)] for utterance in utterances], dtype=torch.int32)


@pytest.fixture(scope="module")
def answers_alone(model, utterances) -> list[dict[str, torch.Tensor]]:
    with torch.inference_mode():
        return [model(*batched([utterance], len(utterance), 0.0)) for utterance in utterances]


@torch.inference_mode()
@pytest.mark.parametrize(("extra", "padding"), [(0, SILENCE), (1, 37.0), (2, 0.0), (3, 37.0), (150, SILENCE)])
def test_an_utterance_gives_the_same_answer_alone_and_in_any_padded_batch(
    model, utterances, answers_alone, extra, padding
):
    together = model(*batched(utterances, max(FRAMES) + extra, padding))
    for row, alone in enumerate(answers_alone):
        frames = alone["tokens"].shape[1]
        assert torch.equal(together["tokens"][row, :frames], alone["tokens"][0])
        assert not together["tokens"][row, frames:].any()
        assert not together["token_scores"][row, frames:].any()
        torch.testing.assert_close(
            together["token_scores"][row, :frames], alone["token_scores"][0], atol=1e-4, rtol=0
        )
        for name in ("tag_logits", "voiceprint"):
            torch.testing.assert_close(together[name][row], alone[name][0], atol=1e-4, rtol=0)


@torch.inference_mode()
def test_frames_inside_an_utterance_do_not_depend_on_padding(model, utterances):
    encoder = model.parts()["encoder"]
    together, lengths, speaker, speaker_lengths = encoder(*batched(utterances, 231, 11.0))
    for row, utterance in enumerate(utterances):
        alone, alone_length, alone_speaker, _ = encoder(*batched([utterance], len(utterance), 0.0))
        assert int(lengths[row]) == int(alone_length[0]) == alone.shape[1]
        assert int(speaker_lengths[row]) == alone_speaker.shape[1]
        torch.testing.assert_close(together[row, : alone.shape[1]], alone[0], atol=1e-4, rtol=0)
        inside = alone_speaker.shape[1]
        torch.testing.assert_close(speaker[row, :inside], alone_speaker[0], atol=1e-4, rtol=0)


@torch.inference_mode()
def test_what_is_heard_before_the_end_matters(model, utterances):
    # A mask that hid too much would pass every test of invariance.
    for place in (-1, -5, 0):
        changed = utterances[-1].clone()
        changed[place] += 3.0
        before = model(*batched(utterances[-1:], len(changed), 0.0))
        after = model(*batched([changed], len(changed), 0.0))
        # (T - 7) // 2 of 170 frames reads all of them but the last.
        assert (before["tag_logits"] != after["tag_logits"]).any() == (place != -1)


@torch.inference_mode()
def test_shapes_types_and_lengths_are_the_contract(model, utterances):
    encoder_out, lengths, speaker_frames, speaker_lengths = model.parts()["encoder"](
        *batched(utterances, 200, SILENCE)
    )
    config = model.config
    frames = embed_length(200)
    factor = config.downsampling[config.speaker_stack]
    assert encoder_out.shape == (len(FRAMES), downsampled_length(frames, 2), max(config.dims))
    width = config.dims[config.speaker_stack]
    assert speaker_frames.shape == (len(FRAMES), downsampled_length(frames, factor), width)
    assert lengths.flatten().tolist() == [((frames - 7) // 2 + 1) // 2 for frames in FRAMES]
    assert speaker_lengths.flatten().tolist() == [
        downsampled_length((frames - 7) // 2, factor) for frames in FRAMES
    ]
    outputs = model(*batched(utterances, 200, SILENCE))
    assert lengths.dtype == speaker_lengths.dtype == outputs["tokens"].dtype == torch.int32
    assert outputs["tag_logits"].shape == (len(FRAMES), config.labels)
    torch.testing.assert_close(outputs["voiceprint"].norm(dim=1), torch.ones(len(FRAMES)))
    assert (outputs["token_scores"] <= 0).all()


def test_every_parameter_gets_a_gradient(model, utterances):
    model.train()
    try:
        features, feature_lengths = batched(utterances[-6:], 170, SILENCE)
        parts = model.parts()
        out, lengths, speaker_frames, speaker_lengths = parts["encoder"](features, feature_lengths)
        noise = torch.randn_like(model.ctc_output(out))
        loss = (model.ctc_output(out) * noise).sum() + parts["at_head"](out, lengths).sum()
        if model.config.decoder_dim:
            targets = torch.randint(1, model.config.tokens, (6, 9))
            logits, counts = model.joiner(out, model.decoder(targets)), torch.arange(4, 10)
            loss = loss + transducer_loss(logits, targets, lengths.flatten(), counts).sum()
        prints = parts["sv_head"](speaker_frames, speaker_lengths)
        (loss + (prints * torch.randn_like(prints)).sum()).backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            # A common offset of all logits of a softmax over time has no effect: its gradient is rounding.
            if name != "ecapa_asp.conv.conv.bias":
                assert parameter.grad.abs().max() > 0, name
    finally:
        model.zero_grad(set_to_none=True)
        model.eval()


def test_repeats_and_blanks_are_collapsed():
    head = Mt2kd(replace(TINY, decoding="ctc")).parts()["asr_head"]
    path = torch.tensor([[0, 3, 3, 0, 3, 4, 4, 4, 5, 5]])
    head.ctc_output = torch.nn.Identity()
    scores = torch.full((1, 10, 6), -9.0).scatter(2, path.unsqueeze(2), -0.25)
    tokens, token_scores = head(scores, torch.tensor([[9]], dtype=torch.int32))
    assert tokens.tolist() == [[0, 3, 0, 0, 3, 4, 0, 0, 5, 0]]
    assert token_scores.tolist() == [[0, -0.25, 0, 0, -0.25, -0.25, 0, 0, -0.25, 0]]


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_downsampling_repeats_the_last_valid_frame(factor):
    torch.manual_seed(1)
    downsample = Downsample(factor)
    torch.nn.init.normal_(downsample.bias)
    weight = downsample.bias.softmax(dim=0)
    for length in range(1, 3 * factor + 1):
        x = torch.randn(1, 3 * factor + 1, 2)
        got = downsample(x, torch.tensor([[length]], dtype=torch.int32))
        groups = downsampled_length(length, factor)
        places = torch.arange(groups * factor).clamp(max=length - 1)
        wanted = (x[:, places].reshape(1, groups, factor, 2) * weight[:, None]).sum(dim=2)
        torch.testing.assert_close(got[:, :groups], wanted)
        assert not got[:, groups:].any()


def test_positions_are_relative():
    positions = RelativePositions(dim=48, maximum=50)
    rows, more = positions(7), positions(20)
    assert rows.shape == (14, 48)
    torch.testing.assert_close(rows, more[13:27])
    # The sine half of a row changes its sign with the offset; the cosine half does not.
    before, after = rows[6 - 3], rows[6 + 3]
    torch.testing.assert_close(before[0::2], after[0::2])
    torch.testing.assert_close(before[1:-1:2], -after[1:-1:2])
    assert (rows[:, -1] == 1).all()


def test_a_configuration_survives_its_file(tmp_path):
    REFERENCE.save(tmp_path / "config.json")
    assert Config.load(tmp_path / "config.json") == REFERENCE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decoding": "beam"}, "decoding: 'beam' (expected: transducer or ctc)"),
        ({"decoding": "ctc", "ctc": False}, "decoding: 'ctc' (expected: transducer, since ctc is false)"),
        ({"decoder_dim": 0}, "decoder_dim: 0 (expected: more than 0, since decoding is 'transducer')"),
        ({"decoder_dim": 30}, "decoder_dim: 30 (expected: 0 or a multiple of 4)"),
        ({"joiner_dim": 0}, "joiner_dim: 0 (expected: at least 1)"),
        ({"context": 0}, "context: 0 (expected: at least 1)"),
    ],
)
def test_an_impossible_speech_output_is_named(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(TINY, **change)


@pytest.mark.parametrize(
    ("change", "owned"),
    [
        ({"ctc": False}, {"decoder", "joiner"}),
        ({"decoder_dim": 0, "joiner_dim": 0, "decoding": "ctc"}, {"ctc_output"}),
        ({"decoding": "ctc"}, {"ctc_output", "decoder", "joiner"}),
    ],
)
def test_a_network_owns_only_its_speech_outputs(change, owned):
    model = Mt2kd(replace(TINY, **change))
    named = {name.split(".")[0] for name in model.state_dict()}
    assert named & {"ctc_output", "decoder", "joiner"} == owned
    answer = model.eval()(torch.randn(1, 60, 80), torch.tensor([[60]], dtype=torch.int32))
    assert answer["tokens"].shape == (1, 13)
