"""Runs kubectl on behalf of a program that is not trusted: reads alone, redacted, bounded, recorded.

The program finds a `kubectl` first on its PATH that hands its arguments to us through a socket. It holds no
kubeconfig itself, so what does not come through here does not reach the cluster.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from delivery.ai.redact import Redactor
from delivery.command import Door
from delivery.errors import DeliveryError

_TIMEOUT_S = 20.0
_ANSWER_BYTES = 24_000
_REQUEST_BYTES = 64_000
_MOST_CALLS = 40
_VERBS = frozenset(
    ("get", "describe", "logs", "events", "top", "explain", "version", "api-resources", "api-versions")
)
_ROLLOUT = frozenset({"history", "status"})
# Everything else is refused: a flag may name another cluster, read a file, or never end.
_FLAGS = frozenset(
    (
        "--namespace", "--all-namespaces", "--output", "--selector", "--field-selector", "--sort-by",
        "--tail", "--since", "--since-time", "--previous", "--container", "--all-containers", "--timestamps",
        "--show-labels", "--limit-bytes", "--no-headers", "--types", "--for", "--ignore-not-found",
        "--containers", "--show-events", "--prefix", "--recursive", "--revision", "--client",
        "--label-columns", "--api-group", "--namespaced", "--max-log-requests", "--show-kind",
        "--request-timeout", "--subresource", "-n", "-A", "-o", "-l", "-p", "-c", "-L",
    )
)  # fmt: skip
_CLIENT = """\
import json, socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.connect({socket!r})
    s.sendall(json.dumps(sys.argv[1:]).encode())
    s.shutdown(socket.SHUT_WR)
    answer = json.loads(s.makefile("rb").read())
sys.stdout.write(answer["stdout"])
sys.stderr.write(answer["stderr"])
sys.exit(answer["code"])
"""


def refusal(argv: Sequence[str]) -> str:
    """Pure: why these arguments of kubectl are not run, empty where they only look."""
    verb = next((word for word in argv if not word.startswith("-")), "")
    words = [word for word in argv if not word.startswith("-")]
    if verb == "rollout":
        if len(words) < 2 or words[1] not in _ROLLOUT:
            return "only `rollout history` and `rollout status` are allowed"
    elif verb not in _VERBS:
        return f"`kubectl {verb}` is not allowed: this session only looks"
    for word in argv:
        flag = word.partition("=")[0] if word.startswith("--") else word[:2]
        if word.startswith("-") and flag not in _FLAGS:
            return f"the flag {flag} is not allowed"
        if "-file=" in word or word[-5:] == "-file":
            return "templates from files are not allowed"
    return ""


class Broker:
    """Serves one program. `commands` are those that were run, as a person would type them."""

    def __init__(self, door: Door, kubectl: Sequence[str], redactor: Redactor) -> None:
        self._door, self._kubectl, self._redactor = door, list(kubectl), redactor
        self.commands: list[str] = []
        self.refused: list[str] = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def serving(self, folder: Path) -> Iterator[Path]:
        """Serve while the block runs; gives the folder that goes first on the program's PATH."""
        path = folder / "kubectl.sock"
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen()
        thread = threading.Thread(target=self._serve, args=(server,), daemon=True)
        thread.start()
        try:
            yield _write_client(folder, path)
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()
            thread.join(timeout=2)

    def answer(self, argv: Sequence[str]) -> dict[str, Any]:
        """Run one kubectl, or say why not."""
        shown = self._redactor.text(shlex.join(["kubectl", *argv]))
        why = refusal(argv)
        if not why and len(self.commands) >= _MOST_CALLS:
            why = f"more than {_MOST_CALLS} commands in one answer are not allowed"
        if why:
            self.refused.append(shown)
            return {"stdout": "", "stderr": f"refused: {why}\n", "code": 1}
        self.commands.append(shown)
        try:
            result = self._door.read([*self._kubectl, *argv], timeout_s=_TIMEOUT_S, accept=None)
        except DeliveryError as fault:
            return {"stdout": "", "stderr": f"{fault.what}\n", "code": 1}
        stdout, stderr = (self._cut(self._redactor.text(text)) for text in (result.stdout, result.stderr))
        return {"stdout": stdout, "stderr": stderr, "code": result.exit_code}

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError, ValueError):
                _reply(connection, self.answer)

    @staticmethod
    def _cut(text: str) -> str:
        if len(text.encode()) <= _ANSWER_BYTES:
            return text
        head = text.encode()[:_ANSWER_BYTES].decode("utf-8", "ignore")
        return f"{head}\n… cut after {_ANSWER_BYTES} bytes: ask for less …\n"


def _reply(connection: socket.socket, answer: Callable[[Sequence[str]], dict[str, Any]]) -> None:
    connection.settimeout(_TIMEOUT_S)
    data = b""
    while len(data) < _REQUEST_BYTES and (piece := connection.recv(_REQUEST_BYTES)):
        data += piece
    argv = json.loads(data)
    if isinstance(argv, list):
        connection.sendall(json.dumps(answer([str(word) for word in argv])).encode())


def _write_client(folder: Path, path: Path) -> Path:
    programs = folder / "bin"
    programs.mkdir(mode=0o700)
    (folder / "client.py").write_text(_CLIENT.format(socket=str(path)), encoding="utf-8")
    start = (
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -SEP {shlex.quote(str(folder / "client.py"))} "$@"\n'
    )
    (programs / "kubectl").write_text(start, encoding="utf-8")
    (programs / "kubectl").chmod(0o700)
    return programs
