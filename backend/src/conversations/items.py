"""What a conversation shows, in order: messages, and between question and answer what a run has done."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, exists, func, literal, tuple_, union_all
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.conversations.model import AgentRun, Message, ToolCall
from src.conversations.store import Order


@dataclass(frozen=True)
class Place:
    """Where something stands: a message, or a run right after the message that it answers."""

    message_id: int
    run_id: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        """What places are ordered by; a message comes before the runs that answer it."""
        return (self.message_id, self.run_id or 0)


@dataclass(frozen=True)
class Rows:
    """What stands at some places, by id; the calls by run."""

    messages: Mapping[int, Message]
    runs: Mapping[int, AgentRun]
    calls: Mapping[int, Sequence[ToolCall]]


async def list_places(
    session: AsyncSession, conversation_id: int, after: Place | None, limit: int, order: Order
) -> Sequence[Place]:
    """At most `limit` places after a place."""
    nothing = literal(0, BigInteger).label("run_id")
    messages: Any = select(col(Message.id).label("message_id"), nothing).where(
        Message.conversation_id == conversation_id
    )
    runs: Any = select(col(AgentRun.message_id), col(AgentRun.id)).where(
        AgentRun.conversation_id == conversation_id, exists().where(col(ToolCall.run_id) == col(AgentRun.id))
    )
    both = union_all(messages, runs).subquery()
    key = tuple_(both.c.message_id, both.c.run_id)
    query: Any = select(both.c.message_id, both.c.run_id)
    if after is not None:
        there = tuple_(*(literal(part, BigInteger) for part in after.key))
        query = query.where(key < there if order == "desc" else key > there)
    columns = (both.c.message_id, both.c.run_id)
    query = query.order_by(*(column.desc() if order == "desc" else column for column in columns))
    return [Place(row[0], row[1] or None) for row in (await session.exec(query.limit(limit))).all()]


async def place_of_run(session: AsyncSession, conversation_id: int, run_id: int) -> Place | None:
    """Where a run of this conversation stands."""
    query = select(AgentRun.message_id).where(
        AgentRun.conversation_id == conversation_id, AgentRun.id == run_id
    )
    message_id = (await session.exec(query)).one_or_none()
    return None if message_id is None else Place(message_id, run_id)


async def newest_runs(session: AsyncSession, conversation_ids: Sequence[int]) -> Mapping[int, AgentRun]:
    """The newest run of each conversation, by the conversation's id."""
    conversation = col(AgentRun.conversation_id)
    newest = select(func.max(AgentRun.id)).where(conversation.in_(conversation_ids)).group_by(conversation)
    query = select(AgentRun).where(col(AgentRun.id).in_(newest))
    return {row.conversation_id or 0: row for row in (await session.exec(query)).all()}


async def load_rows(session: AsyncSession, places: Sequence[Place]) -> Rows:
    """What stands at the places."""
    message_ids = [place.message_id for place in places if place.run_id is None]
    run_ids = [place.run_id for place in places if place.run_id is not None]
    messages = await session.exec(select(Message).where(col(Message.id).in_(message_ids)))
    runs = await session.exec(select(AgentRun).where(col(AgentRun.id).in_(run_ids)))
    calls: dict[int, list[ToolCall]] = defaultdict(list)
    in_order = select(ToolCall).where(col(ToolCall.run_id).in_(run_ids)).order_by(col(ToolCall.id))
    for call in (await session.exec(in_order)).all():
        calls[call.run_id].append(call)
    return Rows({row.id or 0: row for row in messages.all()}, {row.id or 0: row for row in runs.all()}, calls)
