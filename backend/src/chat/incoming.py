"""From a message that came in to a turn that goes on. REST and ChatKit both begin here."""

import asyncio
from contextlib import suppress

from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from src.auth.claims import Caller
from src.conversations.intake import Accepted, Intake, accept_message, accept_retry, is_being_answered
from src.parts import LoadedParts, Parts
from src.settings import Settings

EARLIER_LIMIT_S = 7.0  # a stopped run ends its tool calls (SETTLE_LIMIT_S in agent/run.py), then is stored
EARLIER_POLL_S = 0.1


def _intake(app: FastAPI, caller: Caller) -> Intake:
    settings: Settings = app.state.settings
    return Intake(caller.user_id, settings.chat_limit_per_minute, settings.openai_model[:200])


async def loaded(app: FastAPI) -> LoadedParts:
    """The parts of the chat. Asked for before anything is stored, so that a fault in them stores nothing."""
    parts: Parts = app.state.parts
    return await parts.ready()


async def take_message(app: FastAPI, caller: Caller, conversation_id: int | None, message: str) -> Accepted:
    """The message, stored. Raises NoSuchConversationError, TooManyMessagesError."""
    async with AsyncSession(app.state.engine, expire_on_commit=False) as session:
        return await accept_message(session, _intake(app, caller), conversation_id, message)


async def _wait_for_earlier(app: FastAPI, caller: Caller, conversation_id: int, message_id: int) -> None:
    """A run that was just stopped still lets its tool calls end. The retry must know of them."""
    with suppress(TimeoutError):
        async with asyncio.timeout(EARLIER_LIMIT_S):
            # Another replica may be at it, so it is the database that is asked.
            while await _is_being_answered(app, caller, conversation_id, message_id):  # noqa: ASYNC110
                await asyncio.sleep(EARLIER_POLL_S)


async def _is_being_answered(app: FastAPI, caller: Caller, conversation_id: int, message_id: int) -> bool:
    async with AsyncSession(app.state.engine) as session:
        return await is_being_answered(session, caller.user_id, conversation_id, message_id)


async def take_retry(app: FastAPI, caller: Caller, conversation_id: int, message_id: int) -> Accepted:
    """A stored message, to be answered anew. Raises NoSuchConversationError, TooManyMessagesError."""
    await _wait_for_earlier(app, caller, conversation_id, message_id)
    async with AsyncSession(app.state.engine, expire_on_commit=False) as session:
        return await accept_retry(session, _intake(app, caller), conversation_id, message_id)
