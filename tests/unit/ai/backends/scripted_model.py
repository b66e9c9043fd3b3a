"""A server behind the OpenAI API that does as a script says, the faults of real ones included."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Script:
    """What the server answers, and what it was sent: raw bodies, and the key of each."""

    status: int = 200
    content: str | None = "It crashes since OPENAI_API_KEY is missing."
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    raw: bytes | None = None
    finish: str = "stop"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    drip: bool = False
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    base_url: str = ""

    def document(self) -> bytes:
        """The body of the answer."""
        if self.raw is not None:
            return self.raw
        if self.status != 200:
            return json.dumps({"error": {"message": "scripted", "type": "stub", "code": None}}).encode()
        message: dict[str, Any] = {"role": "assistant", "content": self.content}
        if self.calls:
            message["tool_calls"] = [
                {
                    "id": "c",
                    "type": "function",
                    "function": {"name": name, "arguments": json.dumps(arguments)},
                }
                for name, arguments in self.calls
            ]
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
        whole: dict[str, Any] = {"id": "c1", "object": "chat.completion", "created": 1, "model": "stub"}
        return json.dumps({**whole, "choices": [choice], "usage": usage}).encode()


@contextlib.contextmanager
def serving(script: Script) -> Iterator[Script]:
    """Serve the script on a port of this machine while the block runs."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            script.keys.append(self.headers.get("Authorization", ""))
            if script.hang:
                over.wait(60)
                return
            self.send_response(script.status)
            for name, value in {"Content-Type": "application/json", **script.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                while script.drip and not over.is_set():
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.2)
                self.wfile.write(script.document())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    script.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield script
    finally:
        over.set()
        server.shutdown()
        server.server_close()
