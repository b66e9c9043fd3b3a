"""The MCP server and its transport: streamable HTTP, stateless, so that any replica answers any request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.types import ASGIApp

from src.mcp_server.endpoint import PATH
from src.mcp_server.tools import add_tools, words_of

INSTRUCTIONS = "Tools for the task list of the user whose token is sent along."
# The check of the Host header protects servers of a developer's own machine that ask for no token. Here every
# request needs one, and the host is whatever a Service, a pod or a port-forward is called: it would be a 421.
ANY_HOST = TransportSecuritySettings(enable_dns_rebinding_protection=False)


class TodoServer(MCPServer):
    """The server, with words of our own about arguments that do not fit a tool's schema."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """The SDK's own words are pydantic's, with a link to its web site."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(words_of(error.__cause__)) from error.__cause__
            raise


@asynccontextmanager
async def running_mcp() -> AsyncIterator[ASGIApp]:
    """The server as an ASGI app, for as long as the context is open. It does not look at tokens."""
    server = TodoServer("todo", instructions=INSTRUCTIONS, subscriptions=False)
    add_tools(server)
    app: Starlette = server.streamable_http_app(
        streamable_http_path=PATH, json_response=True, stateless_http=True, transport_security=ANY_HOST
    )
    async with server.session_manager.run():
        yield app
