"""Makes the audio fixtures beside it: synthesised sound, encoded and resampled by reference implementations.

    pip install numpy==2.4.6 scipy==1.17.1 soundfile==0.14.0 soxr==1.1.0
    python make_fixtures.py ../resources/fixtures

* `flac-*.flac` and a `.wav` with the same samples: libFLAC and libsndfile.
* `opus-*.opus` (libopus) and `-expected.wav`: libopus at 48 kHz, mean of the channels, soxr VHQ to 16 kHz.
* `resample-<rate>.wav` and `-expected.wav`: soxr VHQ to 16 kHz; scipy's `resample_poly` agrees or the recipe fails.
"""

import io
import struct
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
import soxr

RATES = (8_000, 11_025, 22_050, 24_000, 44_100, 44_101, 48_000)


def chirp(rate: int, seconds: float, top: float) -> np.ndarray:
    """A sweep from 100 Hz to `top` under a Hann window: float, shape (samples,)."""
    time = np.arange(round(rate * seconds)) / rate
    sweep = scipy.signal.chirp(time, 100, seconds, top)
    return 0.7 * sweep * np.hanning(len(time))


def voice(rate: int, seconds: float, pitch: float) -> np.ndarray:
    """Something that a speech codec takes for speech: a gliding pulse train through three resonances."""
    time = np.arange(round(rate * seconds)) / rate
    phase = np.cumsum(pitch * (1 + 0.2 * np.sin(2 * np.pi * 1.5 * time))) / rate
    pulses = np.diff(np.floor(phase), prepend=0)
    noise = np.sin(1e4 * np.arange(len(time)) ** 1.7)
    sound = pulses + 0.01 * noise
    for centre, width in ((700, 90), (1_220, 120), (2_600, 160)):
        radius = np.exp(-np.pi * width / rate)
        angle = 2 * np.pi * centre / rate
        sound = scipy.signal.lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], sound)
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * time)
    return 0.5 * sound / np.abs(sound).max() * syllables


def write(path: Path, samples: np.ndarray, rate: int, subtype: str) -> None:
    if path.suffix == ".opus":
        # 31 kbit/s a channel: low enough for the codec's hybrid mode.
        soundfile.write(path, samples, rate, format="OGG", subtype=subtype, compression_level=0.9)
    else:
        soundfile.write(path, samples, rate, subtype=subtype)
    print(f"{path.name:36} {path.stat().st_size:6} bytes")


def make_flac(folder: Path) -> None:
    sweep = chirp(16_000, 0.1, 7_000)
    quiet = 0.3 * voice(16_000, 0.1, 140)
    shapes = {
        "s8-mono": (sweep, "PCM_S8"),
        "s16-mono": (sweep, "PCM_16"),
        "s24-stereo": (np.stack([sweep, quiet], axis=1), "PCM_24"),
        "s16-six-channels": (
            np.stack([sweep, quiet, -sweep / 2, -quiet, sweep / 3, quiet * 2], axis=1),
            "PCM_16",
        ),
    }
    for name, (samples, subtype) in shapes.items():
        write(folder / f"flac-{name}.flac", samples, 16_000, subtype)
        decoded, _ = soundfile.read(folder / f"flac-{name}.flac", dtype="int32")
        write(folder / f"flac-{name}.wav", decoded, 16_000, "PCM_24" if "24" in name else "PCM_16")


def packet_modes(ogg: bytes) -> Counter[str]:
    """Coding modes in an Ogg Opus file, from the first byte of each packet (RFC 6716, section 3.1)."""
    modes: Counter[str] = Counter()
    at = 0
    while at < len(ogg):
        count = ogg[at + 26]
        lacing = ogg[at + 27 : at + 27 + count]
        body = at + 27 + count
        start = body
        for size in lacing:
            body += size
            if size < 255:
                config = ogg[start] >> 3
                modes["silk" if config < 12 else "hybrid" if config < 16 else "celt"] += 1
                start = body
        at = body
    return modes


def with_rate_48000(ogg: bytes) -> bytes:
    """The same file with 48 kHz as the rate of its source, which makes libsndfile decode at that rate."""
    first_end = 27 + ogg[26] + sum(ogg[27 : 27 + ogg[26]])
    page = bytearray(ogg[:first_end])
    rate_at = 27 + ogg[26] + 12
    page[rate_at : rate_at + 4] = struct.pack("<I", 48_000)
    page[22:26] = bytes(4)
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum >> 31 else 0)) & 0xFFFFFFFF
    page[22:26] = struct.pack("<I", checksum)
    return bytes(page) + ogg[first_end:]


def make_opus(folder: Path) -> None:
    sweep = chirp(48_000, 0.2, 7_000)
    sounds = {
        "speech-mono-48000": (voice(48_000, 0.4, 150), 48_000),
        "speech-mono-16000": (voice(16_000, 0.4, 110), 16_000),
        "tones-stereo-48000": (np.stack([sweep, 0.5 * sweep[::-1]], axis=1), 48_000),
        "tones-mono-8000": (chirp(8_000, 0.2, 3_000), 8_000),
    }
    for name, (samples, rate) in sounds.items():
        path = folder / f"opus-{name}.opus"
        write(path, samples, rate, "OPUS")
        print(" ", dict(packet_modes(path.read_bytes())))
        decoded, decoded_rate = soundfile.read(io.BytesIO(with_rate_48000(path.read_bytes())), always_2d=True)
        assert decoded_rate == 48_000
        mono = np.clip(decoded, -1, 1).mean(axis=1)
        expected = soxr.resample(mono, 48_000, 16_000, quality="VHQ")
        write(folder / f"opus-{name}-expected.wav", expected, 16_000, "PCM_16")


def make_resample(folder: Path) -> None:
    for rate in RATES:
        samples = np.round(chirp(rate, 0.06, 0.42 * min(rate, 16_000)) * 32_768) / 32_768
        expected = soxr.resample(samples, rate, 16_000, quality="VHQ")
        if rate != 44_101:  # 16,000 phases: scipy would need minutes
            divisor = np.gcd(rate, 16_000)
            other = scipy.signal.resample_poly(
                samples, 16_000 // divisor, rate // divisor, window=("kaiser", 8.0)
            )
            count = min(len(expected), len(other))
            assert np.abs(expected[:count] - other[:count]).max() < 2e-3, rate
        write(folder / f"resample-{rate}.wav", samples, rate, "PCM_16")
        write(folder / f"resample-{rate}-expected.wav", expected, 16_000, "PCM_16")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    make_flac(target)
    make_opus(target)
    make_resample(target)
