"""Speaker teacher: Resemblyzer (Apache-2.0; LibriSpeech, VoxCeleb), after GE2E (arXiv 1710.10467)."""

from __future__ import annotations

import librosa
import numpy as np
import torch
from torch import Tensor, nn

from mt2kd_training.recordings import SAMPLE_RATE
from mt2kd_training.teachers.teacher import Kind, digest_of, package_file, windows

VERSION = 1
MEL_BINS, EMBEDDING = 40, 256
PARTIAL = 160  # frames of 10 ms
LEVEL = 10 ** (-30 / 20)  # root mean square up to which soft audio is raised


class VoiceEncoder(nn.Module):
    """Three LSTM layers over 40 mel powers, a linear layer on the last state, ReLU, unit length."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(MEL_BINS, EMBEDDING, 3, batch_first=True)
        self.linear = nn.Linear(EMBEDDING, EMBEDDING)

    def forward(self, mel: Tensor) -> Tensor:
        """Embeds: mel powers [N, 160, 40] → [N, 256]."""
        _, (hidden, _) = self.lstm(mel)
        return nn.functional.normalize(self.linear(hidden[-1]).relu(), dim=1)


class Resemblyzer:
    """The mean over partials of 1.6 s that overlap by half, of unit length: [256].

    Audio below -30 dB is raised to it. Mel powers of 25 ms windows every 10 ms, without a logarithm, as the
    network was trained on. Silence is not cut out, so that the answer is for the utterance as the student
    hears it.
    """

    name = "resemblyzer"
    kind: Kind = "utterance"
    rate_hertz: float | None = None
    first_centre_seconds: float | None = None

    def __init__(self) -> None:
        weights = package_file("resemblyzer", "pretrained.pt")
        self.digest = digest_of(VERSION, weights)
        stored = torch.load(weights, map_location="cpu", weights_only=True)["model_state"]
        self._network = VoiceEncoder().eval()
        for scale in ("similarity_weight", "similarity_bias"):  # of the loss that trained it
            stored.pop(scale, None)
        self._network.load_state_dict(stored)

    @torch.inference_mode()
    def targets(self, samples: np.ndarray) -> np.ndarray:
        """A voiceprint: float32 [S] → [256]."""
        loudness = float(np.sqrt(np.mean(samples**2)))
        samples = samples * np.float32(max(1.0, LEVEL / max(1e-5, loudness)))
        mel = librosa.feature.melspectrogram(
            y=samples, sr=SAMPLE_RATE, n_fft=400, hop_length=160, n_mels=MEL_BINS
        )
        partials = torch.from_numpy(windows(mel.T.astype(np.float32), PARTIAL, PARTIAL // 2))
        return nn.functional.normalize(self._network(partials).mean(dim=0), dim=0).numpy()
