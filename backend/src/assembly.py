"""Puts the heavy parts together; only src/parts.py imports this, and not at the start."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from src.agent.model_client import model_client
from src.chat.chatkit_server import TodoChatKit
from src.chat.chatkit_store import ConversationStore
from src.chat.turn import running_turns
from src.mcp_server.server import running_mcp
from src.parts import LoadedParts
from src.settings import Settings

# What these say of a request or a fault, our own lines say better.
QUIET = {
    "chatkit": logging.WARNING,
    "httpx2": logging.WARNING,
    "mcp": logging.WARNING,
    "openai": logging.WARNING,
    "openai.agents": logging.CRITICAL,
}


@asynccontextmanager
async def assembled(settings: Settings, engine: AsyncEngine) -> AsyncIterator[LoadedParts]:
    """The parts, closed in the right order: first what runs, then what it runs with."""
    if settings.log_level != "DEBUG":
        for name, level in QUIET.items():
            logging.getLogger(name).setLevel(level)
    async with (
        running_mcp() as mcp,
        model_client(settings) as model,
        running_turns(engine, settings, model) as turns,
    ):
        yield LoadedParts(mcp, turns, TodoChatKit(ConversationStore(engine)))
