"""The parts that take seconds to import (agents SDK, MCP server, ChatKit): loaded beside the running server.

So the server answers its probes at once, and only a first chat that comes very early waits a moment.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI
from starlette.types import ASGIApp

if TYPE_CHECKING:
    from src.chat.chatkit_server import TodoChatKit
    from src.chat.turn import Turns

log = structlog.get_logger("chat")


@dataclass(frozen=True)
class LoadedParts:
    """What chat and tools need once it is there."""

    mcp: ASGIApp
    turns: "Turns"
    chatkit: "TodoChatKit"


class Parts:
    """app.state.parts: a promise of LoadedParts."""

    def __init__(self) -> None:
        self._loaded: asyncio.Future[LoadedParts] = asyncio.get_running_loop().create_future()
        self._stopping = asyncio.Event()

    async def ready(self) -> LoadedParts:
        """The parts, as soon as they are loaded."""
        return await asyncio.shield(self._loaded)

    async def hold(self, app: FastAPI) -> None:
        """Loads the parts and keeps them open until `stop`; one task does both, as task groups demand."""
        try:
            assembly = await asyncio.to_thread(import_module, "src.assembly")
            async with assembly.assembled(app.state.settings, app.state.engine) as parts:
                self._loaded.set_result(parts)
                await self._stopping.wait()
        except Exception as error:
            if not self._loaded.done():
                self._loaded.set_exception(error)
                self._loaded.exception()  # seen: whoever waits raises it, and the log has it
            log.exception("chat parts failed")

    def stop(self) -> None:
        """Lets `hold` end."""
        self._stopping.set()


@asynccontextmanager
async def chat_parts(app: FastAPI) -> AsyncIterator[None]:
    """Puts Parts into app.state for as long as the context is open. app.state.engine must be there."""
    parts = app.state.parts = Parts()
    holding = asyncio.create_task(parts.hold(app))
    try:
        yield
    finally:
        parts.stop()
        await holding
