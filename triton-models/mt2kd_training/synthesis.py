"""Synthesised speech: short strings of the core words by the voices of flite and espeak-ng.

The product's demonstration speaks with a synthesiser, so its voices are a small share of the training. No
figure is measured on them. Run it once before training: ``python -m mt2kd_training.synthesis --cache DIR``.
Both programs come with Debian: ``apt-get install flite espeak-ng``.
"""

from __future__ import annotations

import argparse
import io
import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from mt2kd_training.recordings import CORE_WORDS, SAMPLE_RATE, DecodedClips

FLITE_VOICES = ("slt", "rms", "awb", "kal", "kal16")
FLITE_STRETCHES = (0.85, 1.0, 1.15, 1.3)
ESPEAK_VOICES = (
    "en-us",
    "en-us+f2",
    "en-us+f4",
    "en-us+m3",
    "en-us+m7",
    "en-gb",
    "en-gb+f3",
    "en-gb-scotland",
)
ESPEAK_SETTINGS = ((130, 35), (150, 50), (165, 65))  # words a minute, pitch
STRINGS_PER_VOICE = 40


def main() -> None:
    """Renders everything into the cache."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    choose = random.Random(7)
    clips = {}
    for voice in FLITE_VOICES:
        for stretch in FLITE_STRETCHES:
            for text in _texts(choose):
                clips[f"flite_{voice}|{stretch}|{text}"] = flite(text, voice, stretch)
    for voice in ESPEAK_VOICES:
        for speed, pitch in ESPEAK_SETTINGS:
            for text in _texts(choose):
                clips[f"espeak_{voice}_{pitch}|{speed}|{text}"] = espeak(text, voice, speed, pitch)
    DecodedClips.write(arguments.cache, "synthetic", clips)
    print(f"{len(clips)} clips, {sum(map(len, clips.values())) / SAMPLE_RATE / 60:.0f} minutes")


def _texts(choose: random.Random) -> list[str]:
    """Every core word alone, and strings of two to six of them."""
    strings = [" ".join(choose.choices(CORE_WORDS, k=choose.randint(2, 6))) for _ in range(STRINGS_PER_VOICE)]
    return [*CORE_WORDS, *strings]


def flite(text: str, voice: str, stretch: float) -> np.ndarray:
    """Speech by flite: int16 [samples] at 16 kHz."""
    # Commas make the pauses in which people say a list of words.
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        options = ["-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", text.replace(" ", ", ")]
        subprocess.run(["flite", *options, "-o", wav.name], check=True)
        return _at_16_khz(Path(wav.name).read_bytes())


def espeak(text: str, voice: str, speed: int, pitch: int) -> np.ndarray:
    """Speech by espeak-ng: int16 [samples] at 16 kHz."""
    options = ["-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text.replace(" ", ", ")]
    return _at_16_khz(subprocess.run(["espeak-ng", *options], check=True, capture_output=True).stdout)


def _at_16_khz(wav: bytes) -> np.ndarray:
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    if rate != SAMPLE_RATE:
        divisor = np.gcd(rate, SAMPLE_RATE)
        samples = resample_poly(samples, SAMPLE_RATE // divisor, rate // divisor)
    return np.clip(samples * 32_768, -32_768, 32_767).astype(np.int16)


if __name__ == "__main__":
    main()
