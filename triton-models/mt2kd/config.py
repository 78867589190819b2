"""The numbers of a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

#: Named configurations: small, medium and large (the published Zipformer-S, -M and -L), and the trained one.
CONFIGURATIONS = Path(__file__).resolve().parent.parent / "configurations"


@dataclass(frozen=True)
class Config:
    """The numbers of a network; the default is the 66 M-parameter model of the paper (Zipformer-M)."""

    tokens: int = 500  # blank included, as id 0
    labels: int = 527
    embedding_size: int = 192
    ctc: bool = True  # whether there is a CTC output
    context: int = 2  # tokens that the transducer's decoder sees
    decoder_dim: int = 512  # of the transducer; 0: there is none
    joiner_dim: int = 512
    decoding: str = "transducer"  # of the served head: transducer or ctc
    feature_bins: int = 80
    embed_channels: tuple[int, ...] = (8, 32, 128)  # of the 2-d front end; none: the thin one
    downsampling: tuple[int, ...] = (1, 2, 4, 8, 4, 2)  # of each stack, from 50 frames a second
    layers: tuple[int, ...] = (2, 2, 3, 4, 3, 2)
    dims: tuple[int, ...] = (192, 256, 384, 512, 384, 256)
    feed_forward_dims: tuple[int, ...] = (512, 768, 1024, 1536, 1024, 768)
    heads: tuple[int, ...] = (4, 4, 4, 8, 4, 4)
    kernels: tuple[int, ...] = (31, 31, 15, 15, 15, 31)
    query_head_dim: int = 32
    value_head_dim: int = 12
    position_head_dim: int = 4
    position_dim: int = 48
    speaker_stack: int = 2  # whose layers, averaged, are what the speaker head sees
    speaker_attention: int = 128
    causal: bool = False  # depthwise convolutions that see only the past and their own chunk
    maximum_frames: int = 4000  # at 50 Hz: the length of the positional table
    dropout: float = 0.1

    def __post_init__(self) -> None:
        """Raises ValueError where the numbers of the speech outputs do not go together."""
        if self.decoding not in ("transducer", "ctc"):
            raise ValueError(f"decoding: {self.decoding!r} (expected: transducer or ctc)")
        if self.decoding == "ctc" and not self.ctc:
            raise ValueError("decoding: 'ctc' (expected: transducer, since ctc is false)")
        if self.decoding == "transducer" and not self.decoder_dim:
            raise ValueError("decoder_dim: 0 (expected: more than 0, since decoding is 'transducer')")
        if self.decoder_dim < 0 or self.decoder_dim % 4:
            raise ValueError(f"decoder_dim: {self.decoder_dim} (expected: 0 or a multiple of 4)")
        for name in ("joiner_dim", "context"):
            if self.decoder_dim and getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} (expected: at least 1)")

    @classmethod
    def load(cls, path: Path) -> Config:
        """Reads a configuration from JSON; fields that it lacks keep their default."""
        return cls.of(json.loads(Path(path).read_text(encoding="utf8")))

    def values(self) -> dict[str, Any]:
        """Its fields as JSON has them: lists for tuples."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Config:
        """A configuration of such fields; those that are missing keep their default."""
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    def save(self, path: Path) -> None:
        """Writes the configuration as JSON."""
        Path(path).write_text(json.dumps(self.values(), indent=1) + "\n", encoding="utf8")
