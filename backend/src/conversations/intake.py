"""A message comes in: the rate limit, its conversation, the message and its run, in one transaction.

It is committed before the model is asked, so nothing a person wrote is lost with the model or the pod.
The limit counts runs, so a retry counts as well. An advisory lock for each user makes count and insert one
step, for all replicas. Times are clock_timestamp(): now() is when a transaction began to wait for the lock.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, exists, func, text
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from src.conversations.model import AgentRun, CallStatus, Conversation, Message, Role, RunStatus, ToolCall
from src.conversations.text import title_of

LIMIT_LOCK = 0x63686174  # "chat": the first half of the lock's key, the second is a hash of the user's id
WINDOW_S = 60
_WINDOW_START = func.clock_timestamp() - text(f"interval '{WINDOW_S} seconds'")


class NoSuchConversationError(Exception):
    """There is no such conversation or message for this user."""


class TooManyMessagesError(Exception):
    """The user's limit for this minute is reached."""

    def __init__(self, limit: int, retry_after_s: int) -> None:
        super().__init__(f"That was {limit} messages within a minute. Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Intake:
    """Who may add how much, and which model the run is for."""

    user_id: str
    limit_per_minute: int
    model: str


@dataclass(frozen=True)
class Accepted:
    """A stored message with its run. `answer_id` is kept free for the answer.

    `gone_*`: what a retry has taken away, the runs being those whose tool calls went over to this one.
    """

    user_id: str
    conversation_id: int
    title: str | None
    message_id: int
    run_id: int
    answer_id: int
    gone_messages: Sequence[int] = ()
    gone_runs: Sequence[int] = ()


async def accept_message(
    session: AsyncSession, intake: Intake, conversation_id: int | None, message: str
) -> Accepted:
    """Stores the message, in a new conversation where none is given.

    Raises NoSuchConversationError, TooManyMessagesError.
    """
    await _hold_to_limit(session, intake)
    if conversation_id is None:
        conversation = Conversation(user_id=intake.user_id, title=title_of(message))
        session.add(conversation)
        await session.flush()
    else:
        conversation = await _touch(session, intake.user_id, conversation_id)
    assert conversation.id is not None
    row = Message(conversation_id=conversation.id, user_id=intake.user_id, role=Role.USER, content=message)
    session.add(row)
    await session.flush()
    assert row.id is not None
    return await _start_run(session, intake, conversation, row.id)


async def accept_retry(
    session: AsyncSession, intake: Intake, conversation_id: int, message_id: int
) -> Accepted:
    """A new run for a stored message; what came after the message is deleted.

    What earlier runs have done for it is done, so their tool calls go over to the new run.
    Raises NoSuchConversationError, TooManyMessagesError.
    """
    await _hold_to_limit(session, intake)
    conversation = await _touch(session, intake.user_id, conversation_id)
    query = select(Message.id).where(
        Message.id == message_id, Message.conversation_id == conversation_id, Message.role == Role.USER
    )
    if (await session.exec(query)).one_or_none() is None:
        raise NoSuchConversationError
    gone_runs = await _runs_with_calls(session, conversation_id, message_id)
    gone_messages = await delete_messages(session, conversation_id, col(Message.id) > message_id)
    earlier = select(AgentRun.id).where(AgentRun.message_id == message_id)
    accepted = await _start_run(session, intake, conversation, message_id, commit=False)
    failed = col(ToolCall.status) == CallStatus.FAILED
    await session.exec(delete(ToolCall).where(col(ToolCall.run_id).in_(earlier), failed))
    await session.exec(
        update(ToolCall).where(col(ToolCall.run_id).in_(earlier)).values(run_id=accepted.run_id)
    )
    await _close_earlier(session, message_id, accepted.run_id)
    await session.commit()
    return replace(accepted, gone_messages=gone_messages, gone_runs=gone_runs)


async def is_being_answered(
    session: AsyncSession, user_id: str, conversation_id: int, message_id: int
) -> bool:
    """Whether a run for the message goes on; one that was just stopped does until it is stored."""
    query = select(AgentRun.id).where(
        AgentRun.user_id == user_id,
        AgentRun.conversation_id == conversation_id,
        AgentRun.message_id == message_id,
        AgentRun.status == RunStatus.RUNNING,
    )
    return (await session.exec(query.limit(1))).one_or_none() is not None


async def delete_messages(
    session: AsyncSession, conversation_id: int, which: ColumnElement[bool]
) -> Sequence[int]:
    """Deletes messages of a conversation, with their runs; the caller commits. Returns their ids."""
    messages = select(Message.id).where(col(Message.conversation_id) == conversation_id, which)
    await detach_recent_runs(session, col(AgentRun.message_id).in_(messages))
    query: Any = delete(Message).where(col(Message.conversation_id) == conversation_id, which)
    deleted = await session.exec(query.returning(col(Message.id)))
    return sorted(deleted.scalars().all())


async def _runs_with_calls(session: AsyncSession, conversation_id: int, message_id: int) -> Sequence[int]:
    """The runs from this message on that have used tools."""
    query = (
        select(AgentRun.id)
        .where(AgentRun.conversation_id == conversation_id, col(AgentRun.message_id) >= message_id)
        .where(exists().where(col(ToolCall.run_id) == col(AgentRun.id)))
        .order_by(col(AgentRun.id))
    )
    return [number for number in (await session.exec(query)).all() if number is not None]


async def detach_recent_runs(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Keeps the runs that the rate limit still has to count; else deleting would be a way around it."""
    runs = select(AgentRun.id).where(which)
    await session.exec(delete(ToolCall).where(col(ToolCall.run_id).in_(runs)))
    recent = col(AgentRun.started_at) > _WINDOW_START
    await session.exec(update(AgentRun).where(which, recent).values(conversation_id=None, message_id=None))


async def _hold_to_limit(session: AsyncSession, intake: Intake) -> None:
    lock = select(func.pg_advisory_xact_lock(LIMIT_LOCK, func.hashtext(intake.user_id)))
    await session.exec(lock)
    newest = (
        select(AgentRun.started_at)
        .where(AgentRun.user_id == intake.user_id, col(AgentRun.started_at) > _WINDOW_START)
        .order_by(col(AgentRun.started_at).desc())
        .limit(intake.limit_per_minute)
        .subquery()
    )
    age_s = func.extract("epoch", func.clock_timestamp() - func.min(newest.c.started_at))
    count, oldest_s = (await session.exec(select(func.count(), age_s).select_from(newest))).one()
    if count >= intake.limit_per_minute:
        await session.rollback()
        raise TooManyMessagesError(intake.limit_per_minute, max(1, math.ceil(WINDOW_S - float(oldest_s))))


async def _touch(session: AsyncSession, user_id: str, conversation_id: int) -> Conversation:
    query: Any = (
        update(Conversation)
        .where(col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id)
        .values(updated_at=func.clock_timestamp())
        .returning(Conversation)
    )
    found: Conversation | None = (await session.exec(query)).scalar_one_or_none()
    if found is None:
        await session.rollback()
        raise NoSuchConversationError
    return found


async def _start_run(
    session: AsyncSession,
    intake: Intake,
    conversation: Conversation,
    message_id: int,
    *,
    commit: bool = True,
) -> Accepted:
    assert conversation.id is not None
    run = AgentRun(
        conversation_id=conversation.id,
        message_id=message_id,
        user_id=intake.user_id,
        model=intake.model,
        status=RunStatus.RUNNING,
    )
    session.add(run)
    await session.flush()
    sequence = func.nextval(func.pg_get_serial_sequence("messages", "id"))
    answer_id = (await session.exec(select(sequence))).one()
    assert run.id is not None
    if commit:
        await session.commit()
    return Accepted(intake.user_id, conversation.id, conversation.title, message_id, run.id, answer_id)


async def _close_earlier(session: AsyncSession, message_id: int, run_id: int) -> None:
    """Runs that a killed pod has left open, or that are still going on elsewhere."""
    open_runs = (
        col(AgentRun.message_id) == message_id,
        col(AgentRun.id) != run_id,
        col(AgentRun.status) == RunStatus.RUNNING,
    )
    closed = {"status": RunStatus.CANCELLED, "error": "retried", "finished_at": func.clock_timestamp()}
    await session.exec(update(AgentRun).where(*open_runs).values(**closed))
