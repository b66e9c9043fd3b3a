"""A session with a cache and a PATH of its own, fake programs, and a server of releases on this machine."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from delivery.command import Door
from delivery.console import Console
from delivery.session import Session
from delivery.settings.model import ClusterSettings, Settings, Timeouts

MakeSession = Callable[..., Session]
FakeProgram = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cache, data and PATH of this test; nothing of the machine's own is found or changed."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("DELIVERY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DELIVERY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path


@pytest.fixture
def make_session(console: Console) -> MakeSession:
    """A new run, which remembers nothing of another."""

    def make(*, yes: bool = False, dry_run: bool = False, provider: str = "auto") -> Session:
        settings = Settings("todo", ClusterSettings(provider=provider), {}, Timeouts(), "phase4", 3, {})
        return Session(settings, console, Door(console, dry_run=dry_run), yes)

    return make


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    return make_session()


@pytest.fixture
def program(tmp_path: Path) -> FakeProgram:
    """Makes an executable shell script on PATH; each call of it is a line in calls.log."""

    def make(name: str, body: str = "", folder: str = "bin") -> Path:
        file = tmp_path / folder / name
        file.parent.mkdir(exist_ok=True)
        log = f"""echo "{name} $*" >> "{tmp_path}/calls.log"\n"""
        file.write_text(f"#!/bin/sh\n{log}{body}\n")
        file.chmod(0o755)
        return file

    return make


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], list[str]]:
    """What the fake programs were called with, in order."""

    def read() -> list[str]:
        log = tmp_path / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    return read


class ReleaseServer:
    """Serves files over HTTP, and misbehaves where it is told to.

    `faults` maps paths to one of: stall (half the file, then silence), short (half, then closed), slow (a
    byte at a time), late (after half a second), page (a web page), or a status code.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, str | int] = {}
        self.gets: Counter[str] = Counter()
        self.half_sent = threading.Event()
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._head()

            def do_GET(self) -> None:
                server.gets[self.path] += 1
                if self._head():
                    self._body(server.files[self.path], server.faults.get(self.path, ""))

            def _head(self) -> bool:
                fault = server.faults.get(self.path)
                status = fault if isinstance(fault, int) else 200 if self.path in server.files else 404
                self.send_response(status)
                kind = "text/html; charset=utf-8" if fault == "page" else "application/octet-stream"
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(server.files.get(self.path, b""))))
                self.end_headers()
                return status == 200

            def _body(self, content: bytes, fault: str | int) -> None:
                half = len(content) // 2
                if fault == "late":
                    time.sleep(0.5)
                if fault == "slow":
                    for number in range(len(content)):
                        self.wfile.write(content[number : number + 1])
                        if server._ended.wait(0.05):
                            return
                elif fault in ("stall", "short"):
                    self.wfile.write(content[:half])
                    self.wfile.flush()
                    server.half_sent.set()
                    if fault == "stall":
                        server._ended.wait(60)
                else:
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[ReleaseServer]:
    running = ReleaseServer()
    yield running
    running.close()


@pytest.fixture
def closed_port() -> str:
    """An address where nobody listens."""
    once = ReleaseServer()
    once.close()
    return once.url


@pytest.fixture
def real_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the machine's own programs back on PATH, after the test's."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{_REAL_PATH}")


_REAL_PATH = os.environ["PATH"]
