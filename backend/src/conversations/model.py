"""The tables `conversations`, `messages`, `agent_runs` and `tool_calls`, and what the API shows of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from src.conversations.text import TITLE_LENGTH


class Role(StrEnum):
    """Who said it."""

    USER = "user"
    ASSISTANT = "assistant"


class RunStatus(StrEnum):
    """How a run stands. A pod that is killed leaves its runs `running`; a retry closes them."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CallStatus(StrEnum):
    """How a tool call ended."""

    COMPLETED = "completed"
    FAILED = "failed"


def _key(table: str, *, nullable: bool = False) -> Column[Any]:
    target = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(BigInteger, target, nullable=nullable, index=True)


def _identity() -> Column[Any]:
    return Column(BigInteger, Identity(), primary_key=True)


def _now() -> Column[Any]:
    return Column(DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp())


class Conversation(SQLModel, table=True):
    """A row of `conversations`. `updated_at` moves with every message."""

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_user_id_updated_at", "user_id", "updated_at"),)

    id: int | None = Field(default=None, sa_column=_identity())
    user_id: str = Field(sa_column=Column(String(64), nullable=False))
    title: str | None = Field(default=None, sa_column=Column(String(TITLE_LENGTH)))
    created_at: datetime | None = Field(default=None, sa_column=_now())
    updated_at: datetime | None = Field(default=None, sa_column=_now())


class Message(SQLModel, table=True):
    """A row of `messages`: what a person or the assistant said."""

    __tablename__ = "messages"
    __table_args__ = (CheckConstraint("role IN ('user', 'assistant')", name="ck_messages_role"),)

    id: int | None = Field(default=None, sa_column=_identity())
    conversation_id: int = Field(sa_column=_key("conversations"))
    user_id: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    role: str = Field(sa_column=Column(String(16), nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime | None = Field(default=None, sa_column=_now())


class AgentRun(SQLModel, table=True):
    """A row of `agent_runs`: one attempt to answer the message `message_id`.

    Both keys are null where the conversation was deleted within the minute that the rate limit looks at.
    """

    __tablename__ = "agent_runs"
    __table_args__ = (
        Index("ix_agent_runs_user_id_started_at", "user_id", "started_at"),
        CheckConstraint(
            "status IN ('running', 'completed', 'failed', 'cancelled')", name="ck_agent_runs_status"
        ),
    )

    id: int | None = Field(default=None, sa_column=_identity())
    conversation_id: int | None = Field(default=None, sa_column=_key("conversations", nullable=True))
    message_id: int | None = Field(default=None, sa_column=_key("messages", nullable=True))
    user_id: str = Field(sa_column=Column(String(64), nullable=False))
    model: str = Field(sa_column=Column(String(200), nullable=False))
    status: str = Field(sa_column=Column(String(16), nullable=False))
    error: str | None = Field(default=None, sa_column=Column(Text))
    started_at: datetime | None = Field(default=None, sa_column=_now())
    finished_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    prompt_tokens: int | None = Field(default=None, sa_column=Column(Integer))
    completion_tokens: int | None = Field(default=None, sa_column=Column(Integer))


class ToolCall(SQLModel, table=True):
    """A row of `tool_calls`: what a run did, in order of its id."""

    __tablename__ = "tool_calls"
    __table_args__ = (CheckConstraint("status IN ('completed', 'failed')", name="ck_tool_calls_status"),)

    id: int | None = Field(default=None, sa_column=_identity())
    run_id: int = Field(sa_column=_key("agent_runs"))
    name: str = Field(sa_column=Column(String(200), nullable=False))
    arguments: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    status: str = Field(sa_column=Column(String(16), nullable=False))
    duration_ms: int = Field(sa_column=Column(Integer, nullable=False))


class ConversationRead(BaseModel):
    """A conversation as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str | None
    created_at: datetime
    updated_at: datetime


class MessageRead(BaseModel):
    """A message as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    role: Role
    content: str
    created_at: datetime
