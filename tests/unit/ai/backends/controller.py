"""A stand-in of kagent's controller, in front of recorded answers or of the real agent runtime."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from delivery.ai.backends.kagent import READ_TOOLS

OURS = [{"type": "McpServer", "mcpServer": {"name": "kagent-tool-server", "toolNames": sorted(READ_TOOLS)}}]


@dataclass
class Controller:
    """A stand-in of kagent's controller: three routes, with what the real runtime was seen to answer."""

    answer: bytes = b""
    status: int = 200
    version: str = "0.9.12"
    tools: list[dict[str, Any]] = field(default_factory=lambda: OURS)
    hang: bool = False
    upstream: str = ""
    requests: list[tuple[str, bytes]] = field(default_factory=list)


@contextlib.contextmanager
def serving(controller: Controller) -> Iterator[int]:
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            controller.requests.append((self.path, b""))
            if self.path == "/version":
                self.reply(200, json.dumps({"kagent_version": controller.version}).encode())
            elif self.path == "/api/agents/kagent/todo-reader":
                agent = {"error": False, "data": {"agent": {}, "tools": controller.tools}}
                self.reply(200, json.dumps(agent).encode())
            else:
                self.reply(404, b'{"error": "Agent not found"}')

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            controller.requests.append((self.path, body))
            if controller.hang:
                over.wait(60)
                return
            if controller.upstream:
                controller.answer = passed_on(controller.upstream, body)
            self.reply(controller.status, controller.answer)

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server.server_port
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def passed_on(upstream: str, body: bytes) -> bytes:
    """What an agent itself answers to this request."""
    request = urllib.request.Request(upstream, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())
