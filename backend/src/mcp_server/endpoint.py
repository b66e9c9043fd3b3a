"""The address /mcp: who calls is found from the token, then the MCP server takes over."""

from contextlib import suppress

import structlog
from fastapi import HTTPException
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from src.auth.callers import identify
from src.parts import Parts

PATH = "/mcp"


class McpEndpoint:
    """ASGI app. 401 without a good token; the caller travels on in the request's state."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: Starlette = scope["app"]
        try:
            caller = await identify(app.state.verifier, Headers(scope=scope))
        except HTTPException as refusal:
            answer = JSONResponse({"detail": refusal.detail}, refusal.status_code, refusal.headers)
            await answer(scope, receive, send)
            return
        structlog.contextvars.bind_contextvars(user_id=caller.user_id)
        parts: Parts = app.state.parts
        mcp = (await parts.ready()).mcp
        state = {**scope.get("state", {}), "caller": caller, "engine": app.state.engine}
        with suppress(ClientDisconnect):  # nobody is left to be told anything
            await mcp({**scope, "state": state}, receive, send)


# An exact path, not a mount: a mount would answer /mcp with a redirect to /mcp/. POST only: without sessions
# there is nothing that a GET could wait for, and open ones would hold up the end of a pod.
route = Route(PATH, McpEndpoint(), methods=["POST"], include_in_schema=False)
