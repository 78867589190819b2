from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mt2kd import export, golden
from mt2kd.clips import synthetic_clips
from mt2kd.contract import ENSEMBLE_OUTPUTS
from mt2kd.repository import build_repository

TYPES = {"INT16": "<i2", "INT32": "<i4", "FP32": "<f4"}


@pytest.fixture(scope="module")
def written(random_reference: Path, random_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    build_repository(random_reference, random_models, "onnxruntime", folder / "repository")
    (folder / "golden").mkdir()
    clips = synthetic_clips(10)
    golden.write(random_reference, folder / "repository", clips, "synthetic", folder / "golden")
    return folder


def test_files_hold_the_audio_and_pytorch_s_answers(written, random_reference):
    index = json.loads((written / "golden" / "index.json").read_text())
    manifest = json.loads((written / "repository" / "model.json").read_text())
    assert index["fingerprint"] == manifest["fingerprint"]
    parts = export.load_parts(random_reference)
    for entry, (name, clip) in zip(index["clips"], synthetic_clips(10).items(), strict=True):
        assert (entry["name"], entry["samples"]) == (name, len(clip))
        np.testing.assert_array_equal(np.fromfile(written / "golden" / entry["audio"], "<i2"), clip)
        answer = golden.expected(parts, clip)
        assert set(entry["outputs"]) == set(ENSEMBLE_OUTPUTS)
        for tensor, stored in entry["outputs"].items():
            values = np.fromfile(written / "golden" / stored["file"], TYPES[stored["type"]])
            np.testing.assert_array_equal(values.reshape(stored["shape"]), answer[tensor])


def test_batches_hold_every_clip_once_and_fit_their_bucket(written):
    index = json.loads((written / "golden" / "index.json").read_text())
    dealt = [clip for batch in index["batches"] for clip in batch["clips"]]
    assert sorted(dealt) == list(range(10))
    for batch in index["batches"]:
        assert 1 <= len(batch["clips"]) <= 8
        assert max(index["clips"][clip]["samples"] for clip in batch["clips"]) <= batch["samples"]
