"""One JSON line for each request, and its id in and out (X-Request-ID)."""

import logging
import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
# A caller's id goes into logs and back into a header: only what is safe in both.
SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

log = structlog.get_logger("request")


class RequestLog:
    """ASGI middleware, outermost. It never buffers, so answers stream through it."""

    def __init__(self, app: ASGIApp, quiet: frozenset[str]) -> None:
        self.app = app
        self.quiet = quiet  # paths of probes: their lines are for DEBUG

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        # user_id: unknown yet; src/auth/callers.py fills it in.
        with structlog.contextvars.bound_contextvars(request_id=request_id, user_id=None):
            exchange = _Exchange(scope, send, request_id)
            await exchange.run(self.app, receive, self._level(scope))

    def _level(self, scope: Scope) -> int:
        return logging.DEBUG if scope["path"] in self.quiet else logging.INFO


class _Exchange:
    """One request on its way through: remembers the status for the log line."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self.scope = scope
        self.outer_send = send
        self.request_id = request_id
        self.status: int | None = None
        self.started = time.perf_counter()

    async def run(self, app: ASGIApp, receive: Receive, level: int) -> None:
        try:
            await app(self.scope, receive, self.send)
        except Exception:
            log.exception("unhandled error", **self._what())
            if self.status is not None:  # the answer is on its way: all we can do is cut it short
                raise
            body = {"detail": "Something went wrong on our side.", "request_id": self.request_id}
            await JSONResponse(body, status_code=500)(self.scope, receive, self.send)
        finally:
            self._log_line(level)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self.request_id
        await self.outer_send(message)

    def _what(self) -> dict[str, str]:
        return {"method": self.scope["method"], "path": self.scope["path"]}

    def _log_line(self, level: int) -> None:
        duration_ms = round((time.perf_counter() - self.started) * 1000, 1)
        log.log(level, "request", **self._what(), status=self.status, duration_ms=duration_ms)


def request_id_of(scope: Scope) -> str:
    """The caller's id where it is safe, else a new one."""
    given = Headers(scope=scope).get(HEADER, "")
    return given if SAFE_ID.fullmatch(given) else uuid.uuid4().hex
