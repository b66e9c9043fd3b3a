"""What a run leaves behind: its tool calls as they end, then its answer and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from src.conversations.intake import Accepted
from src.conversations.model import AgentRun, Conversation, Message, Role, RunStatus, ToolCall
from src.database.values import cleaned, cleaned_json


@dataclass(frozen=True)
class CallRecord:
    """A tool call that has ended. `result` is None where it gave nothing that can be kept."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None
    status: str
    duration_ms: int


@dataclass(frozen=True)
class RunEnd:
    """How a run went. `text` is what the assistant said, perhaps cut short; `error` is for the operator."""

    status: RunStatus
    text: str
    error: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


async def load_messages(session: AsyncSession, accepted: Accepted, limit: int) -> Sequence[Message]:
    """The newest messages of the conversation, oldest first, up to the one that is being answered."""
    query = (
        select(Message)
        .where(Message.conversation_id == accepted.conversation_id, col(Message.id) <= accepted.message_id)
        .order_by(col(Message.id).desc())
        .limit(limit)
    )
    return list(reversed((await session.exec(query)).all()))


async def load_calls(session: AsyncSession, run_id: int) -> Sequence[ToolCall]:
    """What a run has done so far (for a retry: what the attempts before it did)."""
    query = select(ToolCall).where(ToolCall.run_id == run_id).order_by(col(ToolCall.id))
    return (await session.exec(query)).all()


async def store_call(session: AsyncSession, run_id: int, call: CallRecord) -> None:
    """Keeps a tool call, in a transaction of its own: what was done must be known even if the pod dies."""
    row = ToolCall(
        run_id=run_id,
        name=cleaned(call.name)[:200],
        arguments=cleaned_json(call.arguments),
        result=cleaned_json(call.result),
        status=call.status,
        duration_ms=call.duration_ms,
    )
    session.add(row)
    await session.commit()


async def store_end(session: AsyncSession, accepted: Accepted, end: RunEnd) -> bool:
    """Keeps the answer and closes the run. False where the run is no longer wanted: its conversation was
    deleted, or a retry has taken its place."""
    values = {
        "status": end.status,
        "error": cleaned(end.error) if end.error else None,
        "finished_at": func.clock_timestamp(),
        "prompt_tokens": end.prompt_tokens,
        "completion_tokens": end.completion_tokens,
    }
    wanted = (
        col(AgentRun.id) == accepted.run_id,
        col(AgentRun.status) == RunStatus.RUNNING,
        col(AgentRun.conversation_id) == accepted.conversation_id,
    )
    # The conversation first, as everywhere: two transactions that lock in one order cannot deadlock.
    await _lock_conversation(session, accepted.conversation_id)
    closed = await session.exec(update(AgentRun).where(*wanted).values(**values))
    if not closed.rowcount:
        await session.rollback()
        return False
    if end.text.strip():
        session.add(_answer(accepted, end.text))
    await session.commit()
    return True


async def _lock_conversation(session: AsyncSession, conversation_id: int) -> None:
    change = update(Conversation).where(col(Conversation.id) == conversation_id)
    await session.exec(change.values(updated_at=func.clock_timestamp()))


def _answer(accepted: Accepted, text: str) -> Message:
    return Message(
        id=accepted.answer_id,
        conversation_id=accepted.conversation_id,
        user_id=accepted.user_id,
        role=Role.ASSISTANT,
        content=cleaned(text),
    )
