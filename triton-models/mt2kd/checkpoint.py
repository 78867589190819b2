"""Published checkpoints to reference folders and back: ``python -m mt2kd.checkpoint --help``.

``import`` reads what icefall saves, ``{"model": …}`` with or without ``model_avg``, or a bare state dict, of
a causal network or another. The reference folder that it writes is what ``mt2kd.export --reference`` takes.
``export`` writes ``{"model": …}`` under the published names. Files are read with ``weights_only``: what a
checkpoint holds is never run.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import pickle
import re
import sys
from collections import Counter
from pathlib import Path, PosixPath
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from mt2kd.config import CONFIGURATIONS, Config
from mt2kd.contract import ContractError
from mt2kd.folders import NotOurs, replace_folder
from mt2kd.manifest import digest, read_json, read_lines, speaker
from mt2kd.model import load_reference
from mt2kd.published import CheckpointError, check_layout, clean, fitted, published, served
from mt2kd.repository import MODULE

#: The record of an import; a folder without it is never replaced.
RECORD = "import.json"
#: Of voices that nobody has calibrated. The table is the law of every calibrated ratio: at most e**-t of the
#: strangers reach t. The line stays below ln 2, what a rate of one half asks for, so no voice is accepted.
UNCALIBRATED = {
    "calibration": {"scale": 0.5, "offset": 0.0},
    "false_accept": [
        {"rate": rate, "log_likelihood_ratio": round(-math.log(rate), 4)} for rate in (0.5, 0.0001)
    ],
}
#: What is no tensor and no plain value in a checkpoint of icefall: folders among its options.
OPTIONS = [PosixPath, (PosixPath, "pathlib._local.PosixPath")]  # the second of Python 3.13


def import_checkpoint(
    checkpoint: Path,
    configuration: str,
    tokens: Path,
    labels: Path,
    output: Path,
    *,
    weights: str | None = None,
    calibration: Path | None = None,
    serving: Path | None = None,
) -> dict[str, Any]:
    """Writes a reference folder with weights in single precision; returns the record of it.

    Args:
        checkpoint: a file of ``torch.save``.
        configuration: the name of one of ours, or the path of a file.
        tokens: one piece a line, or a symbol table, ``piece id`` a line.
        labels: one name a line, or a .csv with the columns ``index`` and ``display_name`` as AudioSet has it.
        output: replaced as a whole; must be absent, empty or an earlier import.
        weights: ``model`` or ``model_avg``; None: the average if there is one.
        calibration: of the voices; None: UNCALIBRATED, with which no voice is accepted.
        serving: lengths and buckets; None: those of the reference model.

    Raises:
        CheckpointError: the checkpoint is not one, or is of another network.
        ContractError: a list or one of the JSON files is missing or holds something else.
        NotOurs: ``output`` is something else.
    """
    name, config = load_configuration(configuration)
    pieces, names = read_tokens(tokens), read_labels(labels)
    state, chosen = read_state(checkpoint, weights)
    values, left_out = served(state)
    config = fitted(config, values, len(pieces), len(names))
    check_layout(values, config)
    values = clean(values)
    settings = read_json(serving or MODULE / "reference" / "serving.json")
    if serving is None:
        settings |= {"name": f"mt2kd-{name}", "version": "1"}
    voices = UNCALIBRATED
    if calibration is not None:
        given = read_json(calibration)
        voices = given | speaker(given, config.embedding_size, calibration)
    record = {
        "checkpoint": {"file": checkpoint.name, "sha256": digest(checkpoint), "weights": chosen},
        "configuration": name,
        "parameters": sum(value.numel() for key, value in values.items() if ".running_" not in key),
        "left_out": dict(Counter(re.sub(r"\d+", "*", key) for key in left_out)),
        "calibrated": calibration is not None,
    }

    def write(folder: Path) -> None:
        config.save(folder / "config.json")
        save_file(values, folder / "weights.safetensors")
        for file, lines in (("tokens.txt", pieces), ("labels.txt", names)):
            (folder / file).write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
        for file, value in (("calibration.json", voices), ("serving.json", settings), (RECORD, record)):
            text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
            (folder / file).write_text(text, encoding="utf8")

    replace_folder(output, RECORD, write)
    return record


def export_checkpoint(reference: Path, checkpoint: Path) -> None:
    """Writes the weights of a reference folder as ``{"model": …}`` in single precision, for icefall."""
    state = published(load_reference(reference).state_dict())
    new = checkpoint.with_name(f"{checkpoint.name}.new")
    torch.save({"model": state}, new)
    new.replace(checkpoint)


def load_configuration(configuration: str) -> tuple[str, Config]:
    """Name and numbers of one of our configurations, or of a file."""
    path = (
        Path(configuration) if configuration.endswith(".json") else CONFIGURATIONS / f"{configuration}.json"
    )
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in CONFIGURATIONS.glob("*.json")))
        raise CheckpointError(f"configuration: {configuration!r} (expected: {known} or a .json file)")
    try:
        return path.stem, Config.load(path)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"configuration: {path}: {error}") from error


def read_state(path: Path, weights: str | None) -> tuple[dict[str, Tensor], str]:
    """A checkpoint's state dict, and which of its weights it is: model, model_avg or, if it is bare, all."""
    try:
        with torch.serialization.safe_globals(OPTIONS):
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise CheckpointError(f"{path}: {reason} (expected: a file of torch.save without code)") from error
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path}: {type(loaded).__name__} (expected: a dict of weights)")
    kinds = [kind for kind in ("model_avg", "model") if isinstance(loaded.get(kind), dict)]
    chosen = weights or (kinds or ["all"])[0]
    if chosen != "all" and chosen not in kinds:
        raise CheckpointError(f"weights: {chosen!r} (expected: {' or '.join(kinds) or 'none, it is bare'})")
    state = loaded[chosen] if kinds else loaded
    others = [key for key, value in state.items() if not isinstance(value, Tensor)]
    if others or not state:
        raise CheckpointError(f"{path}: {others[:3]} (expected: tensors only, at least one)")
    return state, chosen


def read_tokens(path: Path) -> list[str]:
    """Pieces in the order of their ids; a symbol table may end with disambiguation symbols, #0 and so on."""
    lines = read_lines(path)
    pairs = [line.split() for line in lines]
    if not all(len(pair) == 2 and pair[1].isdecimal() for pair in pairs):
        return lines
    table = {int(number): piece for piece, number in pairs if not re.fullmatch(r"#\d+", piece)}
    if sorted(table) != list(range(len(table))):
        raise ContractError(f"{path}: ids {min(table)} to {max(table)} (expected: 0 to {len(table) - 1})")
    return [table[number] for number in range(len(table))]


def read_labels(path: Path) -> list[str]:
    """Names in the order of the tagging head's outputs."""
    if path.suffix != ".csv":
        return read_lines(path)
    try:
        with open(path, encoding="utf8", newline="") as file:
            names = {int(row["index"]): row["display_name"] for row in csv.DictReader(file)}
        return [names[index] for index in range(len(names))]
    except FileNotFoundError as error:
        raise ContractError(f"{path}: no such file") from error
    except (KeyError, ValueError) as error:
        expected = "columns index, from 0, and display_name"
        raise ContractError(f"{path}: {error!r} (expected: {expected})") from error


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        prog="mt2kd.checkpoint", description="Published checkpoints in and out of reference folders."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    take = commands.add_parser("import", help="a checkpoint to a reference folder")
    take.add_argument("checkpoint", type=Path)
    take.add_argument(
        "--configuration", required=True, help="small, medium, large, reference or a .json file"
    )
    take.add_argument("--tokens", type=Path, required=True, help="one piece a line, or `piece id`")
    take.add_argument("--labels", type=Path, required=True, help="one name a line, or AudioSet's .csv")
    take.add_argument("--output", type=Path, required=True, help="folder to make or to replace")
    take.add_argument("--weights", choices=["model", "model_avg"], help="default: model_avg if it is there")
    take.add_argument("--calibration", type=Path, help="of the voices; default: none is ever accepted")
    take.add_argument("--serving", type=Path, help="lengths and buckets; default: the reference model's")
    give = commands.add_parser("export", help="a reference folder to a checkpoint")
    give.add_argument("reference", type=Path)
    give.add_argument("checkpoint", type=Path)
    options = vars(parser.parse_args())
    try:
        if options.pop("command") == "export":
            export_checkpoint(**options)
            print(options["checkpoint"])
            return 0
        record = import_checkpoint(**options)
    except (CheckpointError, ContractError, NotOurs) as error:
        print(f"mt2kd.checkpoint: {error}", file=sys.stderr)
        return 1
    weights, parameters = record["checkpoint"]["weights"], record["parameters"]
    size = f"{record['configuration']}, {parameters / 1e6:.2f} M parameters"
    print(f"{options['output']}: {size}, weights {weights}")
    for keys, count in record["left_out"].items():
        print(f"left out: {keys} ({count})")
    if not record["calibrated"]:
        print("not calibrated: no voice is accepted until --calibration gives how to read their cosines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
