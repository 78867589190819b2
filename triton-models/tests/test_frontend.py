from __future__ import annotations

import io
import math
import warnings

import kaldi_native_fbank
import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from mt2kd.clips import synthetic_clips
from mt2kd.frontend import Frontend

#: Kaldi sums in single precision; against a double-precision run of the same formula it errs up to here
#: in the mel bins that lie near the floor beside loud ones.
KALDI_TOLERANCE = 5e-3


def kaldi(clip: np.ndarray) -> np.ndarray:
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = 16_000
    options.frame_opts.dither = 0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = 80
    options.mel_opts.low_freq = 20
    options.mel_opts.high_freq = -400
    fbank = kaldi_native_fbank.OnlineFbank(options)
    fbank.accept_waveform(16_000, clip.astype(np.float32) / 32_768)
    fbank.input_finished()
    return np.stack([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])


def made(count: int) -> list[np.ndarray]:
    return list(synthetic_clips(count).values())


def batch(clips: list[np.ndarray], samples: int) -> tuple[torch.Tensor, torch.Tensor]:
    # Padding is noise, not zeros: nothing past a length may be read.
    audio = np.random.default_rng(7).integers(-32_768, 32_767, (len(clips), samples), np.int16)
    for row, clip in zip(audio, clips, strict=True):
        row[: len(clip)] = clip
    return torch.from_numpy(audio), torch.tensor([[len(clip)] for clip in clips], dtype=torch.int32)


def assert_equals_kaldi(clips: list[np.ndarray]) -> None:
    frontend = Frontend()
    for clip in clips:
        features, lengths = frontend(*batch([clip], len(clip)))
        expected = kaldi(clip)
        assert lengths.tolist() == [[len(expected)]] == [[(len(clip) + 80) // 160]]
        np.testing.assert_allclose(features[0].numpy(), expected, rtol=0, atol=KALDI_TOLERANCE)


def test_equals_kaldi_on_synthetic_audio() -> None:
    assert_equals_kaldi(made(24))


def test_equals_kaldi_on_real_audio(real_clips) -> None:
    assert_equals_kaldi(list(real_clips(40).values()))


@pytest.mark.parametrize("samples", [80, 119, 160, 200, 239, 240, 399, 400, 401, 1_600, 1_679, 1_680])
def test_equals_kaldi_at_the_edges(samples: int) -> None:
    assert_equals_kaldi([made(24)[-1][:samples]])


def test_padding_and_neighbours_change_nothing() -> None:
    frontend, clips = Frontend(), made(8)
    features, lengths = frontend(*batch(clips, 100_000))
    for row, length, clip in zip(features, lengths, clips, strict=True):
        alone, _ = frontend(*batch([clip], len(clip)))
        torch.testing.assert_close(row[: int(length)], alone[0], rtol=0, atol=2e-4)
        assert torch.all(row[int(length) :] == math.log(2.0**-23))


def test_silence_is_the_floor_whatever_its_offset() -> None:
    features, _ = Frontend()(
        torch.full((1, 16_000), 12_345, dtype=torch.int16), torch.tensor([[16_000]]).int()
    )
    assert torch.all(features == math.log(2.0**-23))


def test_floating_point_equals_pcm() -> None:
    audio, lengths = batch(made(3), 100_000)
    pcm, _ = Frontend()(audio, lengths)
    floating, _ = Frontend()(audio.float() / 32_768, lengths)
    assert torch.equal(pcm, floating)


def test_exports_without_branches_and_runs_at_other_shapes() -> None:
    frontend, exported = Frontend().eval(), io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        torch.onnx.export(
            frontend,
            batch(made(2), 100_000),
            exported,
            dynamo=False,
            opset_version=17,
            input_names=["audio", "audio_lengths"],
            output_names=["features", "feature_lengths"],
            dynamic_axes={"audio": {0: "N", 1: "S"}, "audio_lengths": {0: "N"}},
        )
    graph = onnx.load_from_string(exported.getvalue()).graph
    assert not {"If", "Loop", "Scan"} & {node.op_type for node in graph.node}
    session = onnxruntime.InferenceSession(exported.getvalue(), providers=["CPUExecutionProvider"])
    for count, samples in [(1, 1_600), (3, 60_001), (8, 200_000)]:
        audio, lengths = batch(made(24)[:count], samples)
        expected = frontend(audio, lengths)
        actual = session.run(None, {"audio": audio.numpy(), "audio_lengths": lengths.numpy()})
        np.testing.assert_allclose(actual[0], expected[0].numpy(), rtol=0, atol=2e-4)
        np.testing.assert_array_equal(actual[1], expected[1].numpy())
