"""One JSON line for each request, and its id in and out (X-Request-ID), as the backend does it."""

import logging
import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
# A caller's id goes into logs and back into a header: only what is safe in both.
SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
PROBE = "/health"

log = structlog.get_logger("request")


class RequestLog:
    """ASGI middleware, outermost. What a handler puts into scope["state"]["facts"] is in the line too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if SAFE_ID.fullmatch(given) else uuid.uuid4().hex
        facts: dict[str, object] = {"status": None}
        scope.setdefault("state", {})["facts"] = facts

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                facts["status"] = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                duration_ms = round((time.perf_counter() - started) * 1000, 1)
                level = logging.DEBUG if scope["path"] == PROBE else logging.INFO
                log.log(
                    level,
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    **facts,
                    duration_ms=duration_ms,
                )
