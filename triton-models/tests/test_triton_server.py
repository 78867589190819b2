"""The server of the tests cleans up after itself, also when the test is killed."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import require_triton
from triton_server import SHARED_MEMORY, TritonServer

from mt2kd.cohort import Cohort
from mt2kd.repository import build_repository

TESTS = Path(__file__).resolve().parent
PROGRAM = """
import sys
from pathlib import Path
from triton_server import TritonServer
with TritonServer(Path(sys.argv[1]), Path(sys.argv[2])) as server:
    print(server.process.pid, server.prefix, flush=True)
    sys.stdin.read()
"""
#: Aborts as Triton does, so many times; then it takes calls.
ABORTING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import grpc
starts, address, aborts = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with open(starts, "a") as file:
    file.write("x")
if starts.stat().st_size <= aborts:
    sys.exit("terminate called: boost::interprocess::lock_exception")
server = grpc.server(ThreadPoolExecutor(1))
server.add_insecure_port(address)
server.start()
server.wait_for_termination()
"""


@pytest.fixture(scope="module")
def served(random_reference, random_models, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    build_repository(random_reference, random_models, "python", folder / "repository")
    return folder / "repository"


def group_members(leader: int) -> set[int]:
    """Processes of the group of a server: itself and its stubs."""
    members = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getpgid(int(entry.name)) == leader:
                    members.add(int(entry.name))
            except ProcessLookupError:
                continue
    return members


@pytest.mark.triton
def test_the_server_gives_back_a_manifest_with_a_cohort_of_full_size(
    random_reference, random_models, tmp_path
):
    require_triton()
    reference = shutil.copytree(random_reference, tmp_path / "reference")
    fitted = json.loads((reference / "calibration.json").read_text())
    # As many bytes as 250 speakers of 192 dimensions.
    fitted["cohort"] = Cohort.of(np.random.default_rng(0).normal(size=(3000, 16)), 50).to_json()
    (reference / "calibration.json").write_text(json.dumps(fitted))
    manifest = build_repository(reference, random_models, "python", tmp_path / "repository")
    assert len(manifest["speaker"]["cohort"]["voiceprints"]) == 64_000
    with TritonServer(tmp_path / "repository", tmp_path / "log") as server, server.client() as client:
        config = client.get_model_config("mt2kd").config
    assert json.loads(config.parameters["manifest"].string_value) == manifest


@pytest.mark.triton
def test_a_server_that_aborts_as_its_python_backend_does_is_started_again(tmp_path):
    require_triton()
    starts, server = tmp_path / "starts", TritonServer(tmp_path, tmp_path / "log")
    server.command = [sys.executable, "-c", ABORTING, str(starts), server.address, "2"]
    with server:
        assert server.process.poll() is None
    assert starts.read_text() == "xxx"
    server = TritonServer(tmp_path, tmp_path / "log")
    server.command = [sys.executable, "-c", ABORTING, str(starts), server.address, "9"]
    with pytest.raises(RuntimeError, match="lock_exception"), server:
        pass
    assert starts.read_text() == "xxx" + "xxx"


@pytest.mark.triton
def test_stopping_leaves_no_process_and_no_shared_memory(served, tmp_path):
    require_triton()
    with TritonServer(served, tmp_path / "log") as server:
        assert len(group_members(server.process.pid)) == 6  # the server and five stubs
        assert list(SHARED_MEMORY.glob(f"{server.prefix}*"))
    assert not group_members(server.process.pid)
    assert not list(SHARED_MEMORY.glob(f"{server.prefix}*"))


@pytest.mark.triton
def test_a_killed_test_leaves_no_process_and_no_shared_memory(served, tmp_path):
    require_triton()
    command = [sys.executable, "-c", PROGRAM, served, tmp_path / "log"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as test:
        pid, prefix = test.stdout.readline().decode().split()
        processes = [os.pidfd_open(member) for member in group_members(int(pid))]
        assert len(processes) == 6
        test.send_signal(signal.SIGKILL)
    for process in processes:
        ended, _, _ = select.select([process], [], [], 60)
        assert ended
        os.close(process)
    assert not list(SHARED_MEMORY.glob(f"{prefix}*"))
