"""The MCP server and its transport: streamable HTTP, stateless, so that any replica answers any request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.types import ASGIApp

from src.mcp_server.endpoint import PATH
from src.mcp_server.tools import add_tools

INSTRUCTIONS = "Tools for the task list of the user whose token is sent along."
# The check of the Host header protects servers of a developer's own machine that ask for no token. Here every
# request needs one, and the host is whatever a Service, a pod or a port-forward is called: it would be a 421.
ANY_HOST = TransportSecuritySettings(enable_dns_rebinding_protection=False)


@asynccontextmanager
async def running_mcp() -> AsyncIterator[ASGIApp]:
    """The server as an ASGI app, for as long as the context is open. It does not look at tokens."""
    server = MCPServer("todo", instructions=INSTRUCTIONS, subscriptions=False)
    add_tools(server)
    app: Starlette = server.streamable_http_app(
        streamable_http_path=PATH, json_response=True, stateless_http=True, transport_security=ANY_HOST
    )
    async with server.session_manager.run():
        yield app
