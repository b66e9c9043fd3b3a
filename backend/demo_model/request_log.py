"""One JSON line for each request, and its id in and out (X-Request-ID), as the backend does it."""

import logging
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.web.request_log import HEADER, request_id_of

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
        request_id = request_id_of(scope)
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
