from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "environment"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("environment_under_test", str(SCRIPT))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    monkeypatch.setenv("MT2KD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MT2KD_PYTHON", raising=False)
    return module


def interpreter(path: Path, version: str, library: str = "/nowhere/libpython.so") -> str:
    path.write_text(
        f'#!/bin/sh\necho \'{{"version": "{version}", "executable": "{path}", "library": "{library}"}}\'\n'
    )
    path.chmod(0o755)
    return str(path)


def test_says_which_python_is_missing_and_which_are_there(script, monkeypatch, tmp_path):
    others = (interpreter(tmp_path / "a", "3.12.1"), interpreter(tmp_path / "b", "3.9.2"))
    monkeypatch.setattr(script, "CANDIDATES", others)
    with pytest.raises(script.Unavailable, match=r"needs Python 3\.11 .*found: 3\.12\.1, 3\.9\.2"):
        script.find_python(shared_library=False)


def test_the_server_takes_an_interpreter_with_its_shared_library(script, monkeypatch, tmp_path):
    library = tmp_path / "libpython3.11.so"
    candidates = (
        interpreter(tmp_path / "static", "3.11.2"),
        interpreter(tmp_path / "shared", "3.11.7", str(library)),
    )
    monkeypatch.setattr(script, "CANDIDATES", candidates)
    assert script.find_python(shared_library=False)["version"] == "3.11.2"
    with pytest.raises(script.Unavailable, match="shared library"):
        script.find_python(shared_library=True)
    library.touch()
    assert script.find_python(shared_library=True)["version"] == "3.11.7"


def test_an_unknown_name_is_refused_with_the_known_ones():
    answer = subprocess.run([SCRIPT, "nothing"], capture_output=True, text=True)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == "usage: environment {teachers,train,triton}\n"


def test_an_interrupted_environment_is_made_anew(script, tmp_path):
    folder = tmp_path / "env" / "name"

    def interrupted() -> None:
        with script.making(folder):
            folder.mkdir()
            (folder / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with script.making(folder) as needed:
        assert needed
        assert not folder.exists()
        folder.mkdir()
    with script.making(folder) as needed:
        assert not needed


def test_of_many_calls_at_a_time_one_makes_it(script, tmp_path):
    folder, made = tmp_path / "env" / "name", []

    def call(number: int) -> None:
        with script.making(folder) as needed:
            if needed:
                folder.mkdir()
                made.append(number)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(call, range(64)))
    assert len(made) == 1


def test_another_lock_or_interpreter_is_another_environment(script, tmp_path):
    lock = tmp_path / "lock.txt"
    folders = set()
    for text, version in (("a==1", "3.11.2"), ("a==2", "3.11.2"), ("a==1", "3.11.7")):
        lock.write_text(text)
        folders.add(script.cached("name", lock, {"version": version, "executable": "python"}))
    assert len(folders) == 3


@pytest.mark.parametrize("lock", ["teachers", "train", "triton", "uv"])
def test_locks_pin_every_version_by_hash_and_name_no_registry(lock):
    text = (SCRIPT.parent / "environments" / f"{lock}.txt").read_text()
    packages = [entry for entry in text.replace("\\\n", " ").splitlines() if entry and entry[0] != "#"]
    assert packages
    for package in packages:
        assert "==" in package
        assert "--hash=sha256:" in package
    assert "://" not in text
