"""Replaces a generated folder as a whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


class NotOurs(Exception):
    """A folder that this project did not generate is in the place of one that it would."""


def replace_folder(output: Path, mark: str, write: Callable[[Path], None]) -> None:
    """Lets ``write`` fill a new folder that then takes the place of ``output``.

    A failure leaves ``output`` as it was; a reader never sees a mixture.

    Raises:
        NotOurs: ``output`` is neither absent nor empty nor a folder with the file ``mark`` in it.
    """
    if output.exists() and not (output / mark).is_file() and not (output.is_dir() and empty(output)):
        raise NotOurs(f"{output}: not replaced (expected: absent, empty or a folder with {mark})")
    output.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        new, old = work / "new", work / "old"
        new.mkdir()
        write(new)
        if output.exists():
            os.rename(output, old)
        os.rename(new, output)
    finally:
        shutil.rmtree(work)


def empty(folder: Path) -> bool:
    """Whether a folder has nothing in it."""
    return not any(folder.iterdir())
