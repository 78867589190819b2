"""Where the directions of the training speakers start, from what an encoder already hears."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mt2kd.model import Mt2kd
from mt2kd_training.inference import analyze
from mt2kd_training.speech import SpeechSource

SECONDS = 4.0


def speaker_means(model: Mt2kd, source: SpeechSource, directions: Tensor) -> Tensor:
    """The voiceprint of a few seconds of each speaker, less the mean of all, of unit length.

    Weight imprinting (Qi et al. 2018): a short training meets a speaker a few dozen times, too few for
    directions that start anywhere.

    Args:
        model: whose speaker head already tells voices apart.
        source: of the speakers' recordings.
        directions: [speakers, E], kept where a speaker has no recording.
    """
    audio, places = [], []
    for place, name in enumerate(source.speakers):
        samples = source.sample_of(name, SECONDS)
        if samples is not None:
            audio.append(samples)
            places.append(place)
    was_training = model.training
    prints = np.stack([out["voiceprint"] for out in analyze(model.eval(), audio, ["voiceprint"])])
    model.train(was_training)
    result = directions.clone()
    result[places] = F.normalize(torch.from_numpy(prints - prints.mean(axis=0)), dim=1)
    return result
