"""A real Triton server for tests, which leaves neither processes nor shared memory behind."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
from pathlib import Path

import grpc
import tritonclient.grpc

MODULE = Path(__file__).resolve().parent.parent
SHARED_MEMORY = Path("/dev/shm")
PREFIX = "mt2kd_test_"
PARENT_DEATH_SIGNAL = 1  # of prctl(2)
#: With which its Python backend now and then aborts while it loads models, whoever asks for it
#: (triton-inference-server/server issues 5949 and 8882). It is no finding about the models.
KNOWN_ABORT = "boost::interprocess::lock_exception"
STARTS = 3


class Unavailable(Exception):
    """Triton cannot run on this machine."""


class TritonServer:
    """One server process with the models of a repository in the python flavour, as a context manager.

    It is asked to stop when the test ends, when the interpreter exits and, by the kernel, when that is
    killed. Its stub processes are in its process group, which is killed last; its shared memory carries a
    prefix of its own. What a killed run may still have left is removed by the next one.
    """

    def __init__(self, repository: Path, log: Path, ensemble: str = "mt2kd") -> None:
        self.log = log
        remove_abandoned_memory()
        self.prefix = f"{PREFIX}{os.getpid()}_{secrets.token_hex(4)}_"
        # Bound but not listening, this socket keeps the port ours until the server shares it.
        self.reservation = socket.socket()
        self.reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.reservation.bind(("127.0.0.1", 0))
        port = self.reservation.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.command = [
            str(environment() / "bin" / "tritonserver"),
            f"--model-repository={repository}",
            "--model-control-mode=explicit",
            f"--load-model={ensemble}",  # and with it its members
            "--disable-auto-complete-config",  # which would start every stub twice
            "--grpc-address=127.0.0.1",
            f"--grpc-port={port}",
            "--reuse-grpc-port=true",
            "--allow-http=false",
            "--allow-metrics=false",
            f"--backend-config=python,shm-region-prefix-name={self.prefix}",
        ]

    def __enter__(self) -> TritonServer:
        self.launch()
        atexit.register(self.stop)
        starts = 1
        try:
            while not self.is_ready(last=starts == STARTS):
                self.end()
                self.launch()
                starts += 1
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def launch(self) -> None:
        """Starts the process."""
        libc = ctypes.CDLL(None)  # loaded here: the child of a fork may not
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM),
            )

    def is_ready(self, last: bool, seconds: int = 120) -> bool:
        """Waits until the server takes calls, which it does when every model has loaded.

        Args:
            last: whether a known abort is an error too; else the answer is False.
            seconds: to wait at most.
        """
        with grpc.insecure_channel(self.address) as channel:
            for _ in range(seconds * 5):
                if self.process.poll() is not None:
                    if not last and KNOWN_ABORT in self.log.read_text(errors="replace"):
                        return False
                    raise RuntimeError(
                        f"tritonserver ended with {self.process.returncode}:\n{self.log_tail()}"
                    )
                with contextlib.suppress(grpc.FutureTimeoutError):
                    grpc.channel_ready_future(channel).result(timeout=0.2)
                    return True
        raise TimeoutError(f"tritonserver not ready after {seconds} s:\n{self.log_tail()}")

    def client(self) -> tritonclient.grpc.InferenceServerClient:
        """NVIDIA's own client, connected."""
        return tritonclient.grpc.InferenceServerClient(self.address)

    def log_tail(self) -> str:
        """The last lines that the server wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> None:
        """Ends the server and gives its port back; may be called again."""
        atexit.unregister(self.stop)
        self.reservation.close()
        self.end()

    def end(self) -> None:
        """Ends the server, what is left of its stubs, and their shared memory."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=40)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for region in SHARED_MEMORY.glob(f"{self.prefix}*"):
            region.unlink(missing_ok=True)


def environment() -> Path:
    """The folder of the environment with Triton, made by the first call."""
    answer = subprocess.run([MODULE / "environment", "triton"], capture_output=True, text=True)
    if answer.returncode == 3:
        raise Unavailable(answer.stderr.strip())
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr)
    return Path(answer.stdout.strip())


def remove_abandoned_memory() -> None:
    """Removes regions whose test process is gone."""
    for region in SHARED_MEMORY.glob(f"{PREFIX}*"):
        owner = region.name.removeprefix(PREFIX).split("_")[0]
        if not Path("/proc", owner).exists():
            region.unlink(missing_ok=True)
