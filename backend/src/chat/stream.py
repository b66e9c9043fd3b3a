"""Server-sent events that tell when nobody reads them any more."""

import json
from collections.abc import AsyncIterable, Callable
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

EVENT_STREAM = "text/event-stream"
# no-transform and X-Accel-Buffering: proxies must not gather the pieces.
HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """A streaming answer; `on_close` is called when it has ended, whichever way, a hang-up included."""

    def __init__(self, content: AsyncIterable[bytes], on_close: Callable[[], None]) -> None:
        super().__init__(content, media_type=EVENT_STREAM, headers=HEADERS)
        self._on_close = on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._on_close()


def sse(name: str, data: dict[str, Any]) -> bytes:
    """One event with a name and JSON."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
