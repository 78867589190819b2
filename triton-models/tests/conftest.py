"""What several tests share: recordings where they are, the reference model, a network of random weights."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from triton_server import Unavailable, environment

MODULE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(MODULE))

from mt2kd import clips, export  # noqa: E402
from mt2kd.config import Config  # noqa: E402
from mt2kd.model import Mt2kd  # noqa: E402
from mt2kd.repository import build_repository  # noqa: E402
from mt2kd.transducer import Decoder, Joiner, TransducerHead  # noqa: E402


def skip_aloud(reason: str) -> None:
    """Skips the test so that nobody takes a green run for a full one."""
    warnings.warn(reason, stacklevel=2)
    pytest.skip(reason)


def require_triton() -> None:
    """Skips where Triton cannot run; fails there if MT2KD_REQUIRE_TRITON is 1, as in CI."""
    try:
        environment()
    except Unavailable as reason:
        if os.environ.get("MT2KD_REQUIRE_TRITON") == "1":
            pytest.fail(f"MT2KD_REQUIRE_TRITON is 1, but {reason}")
        skip_aloud(f"NOT TESTED on a real Triton: {reason}")


@pytest.fixture(scope="session")
def real_clips() -> Callable[[int], dict[str, np.ndarray]]:
    """Chooses so many recordings of different lengths, shortest first."""
    folder = clips.data_folder()
    if folder is None:
        skip_aloud("NOT TESTED on real audio: set MT2KD_DATA to the folder with manifest.tsv")
    return lambda count: clips.real_clips(folder, count)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The reference folder; MT2KD_REFERENCE names that of another model."""
    return Path(os.environ.get("MT2KD_REFERENCE") or MODULE / "reference")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The onnxruntime flavour of that model; MT2KD_REPOSITORY names another's."""
    return Path(os.environ.get("MT2KD_REPOSITORY") or MODULE / "repository")


@pytest.fixture(scope="session")
def random_reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete reference folder of a very small network with random weights."""
    folder = tmp_path_factory.mktemp("random") / "reference"
    folder.mkdir()
    config = replace(
        Config(),
        tokens=12,
        labels=5,
        embedding_size=16,
        decoder_dim=32,
        joiner_dim=24,
        embed_channels=(4, 8, 8),
        downsampling=(2, 4, 2),
        layers=(1, 1, 1),
        dims=(32, 48, 32),
        feed_forward_dims=(64, 64, 64),
        heads=(2, 2, 2),
        kernels=(15, 15, 15),
        speaker_stack=1,
        speaker_attention=16,
    )
    config.save(folder / "config.json")
    torch.manual_seed(0)
    weights = Mt2kd(config).state_dict()
    save_file({name: value.contiguous() for name, value in weights.items()}, folder / "weights.safetensors")
    (folder / "tokens.txt").write_text("<blk>\n" + "".join(f"▁word{i}\n" for i in range(11)), encoding="utf8")
    (folder / "labels.txt").write_text("".join(f"label {i}\n" for i in range(5)), encoding="utf8")
    calibration = {
        "calibration": {"scale": 20.0, "offset": -8.0},
        "false_accept": [{"rate": 0.01, "log_likelihood_ratio": 2.5}],
    }
    (folder / "calibration.json").write_text(json.dumps(calibration), encoding="utf8")
    (folder / "serving.json").write_bytes((MODULE / "reference" / "serving.json").read_bytes())
    return folder


@pytest.fixture(scope="session")
def random_models(random_reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That network exported: MEMBER/1/model.onnx."""
    folder = tmp_path_factory.mktemp("exported")
    assert export.export(random_reference, folder) <= export.TOLERANCE
    return folder


def random_head(width: int, context: int) -> TransducerHead:
    """A transducer's head of random weights that gives a token in about every other frame."""
    torch.manual_seed(11)
    head = TransducerHead(Decoder(30, 16, context), Joiner(width, 16, 12, 30)).eval()
    with torch.no_grad():
        head.joiner.output_linear.weight *= 20.0
        head.joiner.output_linear.bias[0] += 12.0
    return head


@pytest.fixture(scope="session")
def short_reference(random_reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference folder of that network, with CTC and four buckets up to 6 s."""
    folder = tmp_path_factory.mktemp("short") / "reference"
    shutil.copytree(random_reference, folder)
    replace(Config.load(folder / "config.json"), decoding="ctc").save(folder / "config.json")
    serving = json.loads((folder / "serving.json").read_text())
    serving |= {"maximum_samples": 96_000, "bucket_seconds": [1, 2, 4, 6]}
    (folder / "serving.json").write_text(json.dumps(serving))
    return folder


@pytest.fixture(scope="session")
def short_repository(short_reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its onnxruntime flavour."""
    models, folder = (tmp_path_factory.mktemp("short") / name for name in ("models", "repository"))
    export.export(short_reference, models)
    build_repository(short_reference, models, "onnxruntime", folder)
    return folder


FIGURES = pytest.StashKey[dict[str, float]]()


def record_figure(config: pytest.Config, name: str, value: float) -> None:
    """Has a measured figure printed at the end of the run."""
    config.stash.setdefault(FIGURES, {})[name] = value


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(FIGURES, {})
    if figures:
        terminalreporter.section("largest difference from PyTorch")
        for name, value in figures.items():
            terminalreporter.write_line(f"{value:.1e}  {name}")
