"""Targets from two pre-trained encoders, which training uses as an aid: run once, stored in the cache.

* Sounds: the 1024-d inner embedding of YAMNet (Apache-2.0; AudioSet) of every 0.975 s window, hop 0.48 s.
* Speakers: the mean of the 256-d Resemblyzer embeddings (Apache-2.0; LibriSpeech, VoxCeleb) of a speaker.

``python -m mt2kd_training.teachers --data DIR --cache DIR --resemblyzer DIR`` where the last is the folder
of the package's ``pretrained.pt``. Needs ai-edge-litert and librosa, which training itself does not.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mt2kd_training.augment import to_float
from mt2kd_training.recordings import SAMPLE_RATE, DecodedClips, Recordings, data_folder, join_words
from mt2kd_training.sounds import WINDOW_HOP

YAMNET_WINDOW = 15_600
YAMNET_EMBEDDING = "global_average_pooling2d/Mean"
PARTIAL_FRAMES = 160  # Resemblyzer's 1.6 s
SECONDS_PER_SPEAKER = 12


def main() -> None:
    """Writes both sets of targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--resemblyzer", type=Path, required=True)
    arguments = parser.parse_args()
    recordings = Recordings(data_folder(arguments.data))
    clips = DecodedClips.of(recordings, arguments.cache)
    np.savez(arguments.cache / "teacher_speakers.npz", **speakers(recordings, clips, arguments))
    np.savez(arguments.cache / "teacher_sounds.npz", **sounds(recordings, clips))


def sounds(recordings: Recordings, clips: DecodedClips) -> dict[str, np.ndarray]:
    """Clip id → [windows, 1024], centred and scaled over all windows."""
    from ai_edge_litert.interpreter import Interpreter

    model = str(recordings.folder / "teachers" / "yamnet.tflite")
    interpreter = Interpreter(model, num_threads=1, experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    details = interpreter.get_tensor_details()
    embedding = next(t["index"] for t in details if t["name"].endswith(YAMNET_EMBEDDING))
    result = {}
    for clip in recordings.clips.values():
        if clip.split == "train" and clip.source in ("esc-50", "fsdkaggle2018-instruments"):
            samples = to_float(clips[clip.id])
            rows = []
            for start in range(0, max(1, len(samples) - YAMNET_WINDOW + 1), WINDOW_HOP):
                window = (
                    np.resize(samples, YAMNET_WINDOW) if len(samples) < YAMNET_WINDOW else samples[start:]
                )
                interpreter.set_tensor(source, window[None, :YAMNET_WINDOW])
                interpreter.invoke()
                rows.append(interpreter.get_tensor(embedding)[0].copy())
            result[clip.id] = np.stack(rows)
    every = np.concatenate(list(result.values()))
    mean, deviation = every.mean(axis=0), every.std(axis=0) + 0.1
    return {clip_id: ((rows - mean) / deviation).astype(np.float16) for clip_id, rows in result.items()}


def speakers(
    recordings: Recordings, clips: DecodedClips, arguments: argparse.Namespace
) -> dict[str, np.ndarray]:
    """Speaker → [256], of unit length."""
    encoder = VoiceEncoder(arguments.resemblyzer / "pretrained.pt")
    by_speaker = defaultdict(list)
    for clip in recordings.clips.values():
        if clip.split == "train" and clip.speaker:
            by_speaker[clip.speaker].append(clips[clip.id][clip.trim[0] : clip.trim[1]])
    synthetic = DecodedClips(arguments.cache, "synthetic")
    for clip_id in synthetic.ids():
        by_speaker[clip_id.split("|")[0]].append(synthetic[clip_id])
    result = {}
    for speaker, words in by_speaker.items():
        total = np.cumsum([len(word) for word in words])
        few = words[: 1 + int(np.searchsorted(total, SECONDS_PER_SPEAKER * SAMPLE_RATE))]
        result[speaker] = encoder.embed(to_float(join_words(few, [80] * (len(few) - 1))))
    return result


class VoiceEncoder(nn.Module):
    """Resemblyzer's network: three LSTM layers over 40 mel powers, a linear layer, ReLU, unit length."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.lstm = nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)
        self.load_state_dict(torch.load(weights, map_location="cpu")["model_state"], strict=False)
        self.eval()

    @torch.no_grad()
    def embed(self, samples: np.ndarray) -> np.ndarray:
        """Mean over windows of 1.6 s that overlap by half: float32 [samples] → [256]."""
        import librosa

        level = 10 ** (-30 / 20) / max(1e-5, float(np.sqrt(np.mean(samples**2))))
        samples = samples * max(1.0, level)
        mel = librosa.feature.melspectrogram(y=samples, sr=SAMPLE_RATE, n_fft=400, hop_length=160, n_mels=40)
        frames = mel.T.astype(np.float32)
        if len(frames) < PARTIAL_FRAMES:
            frames = np.resize(frames, (PARTIAL_FRAMES, 40))
        starts = range(0, len(frames) - PARTIAL_FRAMES + 1, PARTIAL_FRAMES // 2)
        windows = torch.from_numpy(np.stack([frames[s : s + PARTIAL_FRAMES] for s in starts]))
        _, (hidden, _) = self.lstm(windows)
        partials = torch.relu(self.linear(hidden[-1]))
        mean = (partials / partials.norm(dim=1, keepdim=True)).mean(dim=0)
        return (mean / mean.norm()).numpy()


if __name__ == "__main__":
    main()
