"""From a message that came in to a turn that goes on. REST and ChatKit both begin here."""

from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from src.auth.claims import Caller
from src.conversations.intake import Accepted, Intake, accept_message, accept_retry
from src.parts import LoadedParts, Parts
from src.settings import Settings


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


async def take_retry(app: FastAPI, caller: Caller, conversation_id: int, message_id: int) -> Accepted:
    """A stored message, to be answered anew. Raises NoSuchConversationError, TooManyMessagesError."""
    async with AsyncSession(app.state.engine, expire_on_commit=False) as session:
        return await accept_retry(session, _intake(app, caller), conversation_id, message_id)
