"""The demo model as a real uvicorn process on a loopback port."""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.postgres import free_port
from tests.program import Program


@dataclass(frozen=True)
class Server:
    """A running demo model."""

    process: Program
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """OPENAI_BASE_URL."""
        return f"{self.url}/v1"


@contextmanager
def demo_model(**environment: str) -> Iterator[Server]:
    """A process; it is healthy when it is handed over, unless it ended."""
    port = free_port()
    variables = {"PATH": os.environ["PATH"], "UVICORN_ACCESS_LOG": "false", **environment}
    command = [sys.executable, "-m", "uvicorn", "demo_model.main:app", "--port", str(port)]
    process = Program(command, variables)
    try:
        server = Server(process, port)
        _wait(server)
        yield server
    finally:
        process.end()


def _wait(server: Server) -> None:
    deadline = time.monotonic() + 30
    while server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=5):
                return
        except urllib.error.URLError:
            assert time.monotonic() < deadline, "the demo model did not answer in 30 s"
            time.sleep(0.05)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One without pauses, for most tests."""
    with demo_model(DEMO_WORD_DELAY_MS="0", MAX_BODY_BYTES="200000") as running:
        yield running
