"""Reads and changes of conversations. Every function takes the user's id: no query goes without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import tuple_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from src.conversations.intake import NoSuchConversationError, detach_recent_runs
from src.conversations.model import AgentRun, Conversation, Message

Order = Literal["asc", "desc"]


@dataclass(frozen=True)
class Paging:
    """A piece of a list: at most `limit` rows after the row `after`."""

    limit: int
    after: int | None = None
    order: Order = "desc"


async def list_conversations(session: AsyncSession, user_id: str, page: Paging) -> Sequence[Conversation]:
    """The user's conversations, by their last message."""
    key = tuple_(col(Conversation.updated_at), col(Conversation.id))
    query = select(Conversation).where(Conversation.user_id == user_id)
    if page.after is not None:
        cursor: Any = select(Conversation.updated_at, Conversation.id).where(
            Conversation.user_id == user_id, Conversation.id == page.after
        )
        query = query.where(
            key < cursor.scalar_subquery() if page.order == "desc" else key > cursor.scalar_subquery()
        )
    columns = (col(Conversation.updated_at), col(Conversation.id))
    ordered = query.order_by(*(column.desc() if page.order == "desc" else column for column in columns))
    return (await session.exec(ordered.limit(page.limit))).all()


async def get_conversation(session: AsyncSession, user_id: str, conversation_id: int) -> Conversation:
    """One conversation. Raises NoSuchConversationError."""
    query = select(Conversation).where(Conversation.user_id == user_id, Conversation.id == conversation_id)
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise NoSuchConversationError
    return found


async def list_messages(
    session: AsyncSession, user_id: str, conversation_id: int, page: Paging
) -> Sequence[Message]:
    """Messages of a conversation. Raises NoSuchConversationError."""
    await get_conversation(session, user_id, conversation_id)
    number = col(Message.id)
    query = select(Message).where(Message.conversation_id == conversation_id)
    if page.after is not None:
        query = query.where(number < page.after if page.order == "desc" else number > page.after)
    query = query.order_by(number.desc() if page.order == "desc" else number)
    return (await session.exec(query.limit(page.limit))).all()


async def rename_conversation(session: AsyncSession, user_id: str, conversation_id: int, title: str) -> None:
    """Gives a conversation another title. Raises NoSuchConversationError."""
    mine = (col(Conversation.user_id) == user_id, col(Conversation.id) == conversation_id)
    changed = await session.exec(update(Conversation).where(*mine).values(title=title))
    await session.commit()
    if not changed.rowcount:
        raise NoSuchConversationError


async def delete_conversation(session: AsyncSession, user_id: str, conversation_id: int) -> None:
    """Deletes a conversation with all that was said and done in it. Raises NoSuchConversationError."""
    mine = (col(Conversation.user_id) == user_id, col(Conversation.id) == conversation_id)
    if (await session.exec(select(Conversation.id).where(*mine).with_for_update())).one_or_none() is None:
        raise NoSuchConversationError
    await detach_recent_runs(session, col(AgentRun.conversation_id) == conversation_id)
    await session.exec(delete(Conversation).where(*mine))
    await session.commit()
