"""The model manifest: what gateway and model agree on besides the tensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mt2kd.cohort import Cohort
from mt2kd.contract import MAXIMUM_BATCH_SIZE, MEMBERS, SAMPLE_RATE_HERTZ, TOKEN_SECONDS, ContractError

SCHEMA = 1


def build_manifest(reference: Path, models: Mapping[str, Path], embedding_size: int) -> dict[str, Any]:
    """The manifest of exported models.

    Args:
        reference: the folder with serving.json, tokens.txt, labels.txt and calibration.json.
        models: the ONNX file of each member.
        embedding_size: of the speaker head's voiceprints.

    Raises:
        ContractError: a file is missing or holds something else.
    """
    serving = read_json(reference / "serving.json")
    path = reference / "calibration.json"
    calibration = read_json(path)
    labels = read_lines(reference / "labels.txt")
    parts = {member.name: digest(models[member.name]) for member in MEMBERS}
    # Two models whose parts are equal are the same model, whatever they are called.
    listed = "".join(f"{name} {value}\n" for name, value in parts.items())
    return {
        "schema": SCHEMA,
        "name": serving["name"],
        "version": serving["version"],
        "fingerprint": "sha256:" + hashlib.sha256(listed.encode()).hexdigest(),
        "sample_rate_hertz": SAMPLE_RATE_HERTZ,
        "minimum_samples": serving["minimum_samples"],
        "maximum_samples": serving["maximum_samples"],
        "bucket_seconds": serving["bucket_seconds"],
        "tokens": read_lines(reference / "tokens.txt"),
        "token_seconds": TOKEN_SECONDS,
        "labels": labels,
        **tag_thresholds(calibration, labels, path),
        "embedding_size": embedding_size,
        "max_batch_size": MAXIMUM_BATCH_SIZE,
        "speaker": speaker(calibration, embedding_size, path),
        "parts": parts,
    }


def speaker(calibration: Any, embedding_size: int, path: Path) -> dict[str, Any]:
    """How a score becomes a natural-log likelihood ratio, and which ratio gives which false-accept rate.

    With a cohort the score is the normalised one, else the cosine.
    """
    try:
        fitted: dict[str, Any] = {
            "calibration": {key: float(calibration["calibration"][key]) for key in ("scale", "offset")},
            "false_accept": [
                {key: float(point[key]) for key in ("rate", "log_likelihood_ratio")}
                for point in calibration["false_accept"]
            ],
        }
    except (KeyError, TypeError, ValueError) as error:
        expected = "calibration {scale, offset} and false_accept [{rate, log_likelihood_ratio}]"
        raise ContractError(f"{path.name}: {error!r} (expected: {expected})") from error
    if "cohort" in calibration:
        try:
            fitted["cohort"] = Cohort.from_json(calibration["cohort"], embedding_size).to_json()
        except ContractError as error:
            raise ContractError(f"{path.name}: {error}") from error
    return fitted


def tag_thresholds(calibration: Any, labels: list[str], path: Path) -> dict[str, list[float]]:
    """The probability from which each label counts as heard, in the labels' order; empty if not fitted."""
    thresholds = calibration.get("tag_thresholds") if isinstance(calibration, dict) else None
    if thresholds is None:
        return {}
    if not isinstance(thresholds, dict) or thresholds.keys() != set(labels):
        found = sorted(set(thresholds) ^ set(labels)) if isinstance(thresholds, dict) else thresholds
        raise ContractError(f"{path.name}: tag_thresholds: {found!r} (expected: one number for each label)")
    for label, value in thresholds.items():
        if not isinstance(value, float | int) or not 0 <= value <= 1:
            raise ContractError(f"{path.name}: tag_thresholds.{label}: {value!r} (expected: 0 to 1)")
    return {"tag_thresholds": [float(thresholds[label]) for label in labels]}


def read_json(path: Path) -> Any:
    """Parses a JSON file of the reference folder."""
    try:
        return json.loads(path.read_text(encoding="utf8"))
    except FileNotFoundError as error:
        raise ContractError(f"{path}: no such file") from error
    except ValueError as error:
        raise ContractError(f"{path}: {error} (expected: JSON)") from error


def read_lines(path: Path) -> list[str]:
    """One entry a line; its index is its line, from 0."""
    try:
        lines = path.read_text(encoding="utf8").removesuffix("\n").split("\n")
    except FileNotFoundError as error:
        raise ContractError(f"{path}: no such file") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or lines.index(line) != number - 1:
            raise ContractError(f"{path}:{number}: {line!r} (expected: one name a line, none twice)")
    return lines


def digest(path: Path) -> str:
    """SHA-256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
