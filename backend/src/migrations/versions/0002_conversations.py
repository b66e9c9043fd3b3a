"""The tables of conversations: messages, the agent's runs and their tool calls."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _key(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    target = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.BigInteger(), target, nullable=nullable)


def _user() -> sa.Column[str]:
    return sa.Column("user_id", sa.String(64), nullable=False)


def _now(name: str) -> sa.Column[datetime]:
    # Not now(): that is when the transaction began, which may be before it got the rate limit's lock.
    default = sa.func.clock_timestamp()
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=default)


def upgrade() -> None:
    """Creates the four tables."""
    op.create_table(
        "conversations",
        _identity(),
        _user(),
        sa.Column("title", sa.String(200), nullable=True),
        _now("created_at"),
        _now("updated_at"),
    )
    op.create_index("ix_conversations_user_id_updated_at", "conversations", ["user_id", "updated_at"])
    op.create_table(
        "messages",
        _identity(),
        _key("conversation_id", "conversations"),
        _user(),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        _now("created_at"),
        sa.CheckConstraint("role IN ('user', 'assistant')", name="ck_messages_role"),
    )
    op.create_index("ix_messages_conversation_id", "messages", ["conversation_id"])
    op.create_index("ix_messages_user_id", "messages", ["user_id"])
    _create_runs_and_calls()


def _create_runs_and_calls() -> None:
    op.create_table(
        "agent_runs",
        _identity(),
        _key("conversation_id", "conversations", nullable=True),
        _key("message_id", "messages", nullable=True),
        _user(),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        _now("started_at"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'completed', 'failed', 'cancelled')", name="ck_agent_runs_status"
        ),
    )
    op.create_index("ix_agent_runs_conversation_id", "agent_runs", ["conversation_id"])
    op.create_index("ix_agent_runs_message_id", "agent_runs", ["message_id"])
    op.create_index("ix_agent_runs_user_id_started_at", "agent_runs", ["user_id", "started_at"])
    op.create_table(
        "tool_calls",
        _identity(),
        _key("run_id", "agent_runs"),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('completed', 'failed')", name="ck_tool_calls_status"),
    )
    op.create_index("ix_tool_calls_run_id", "tool_calls", ["run_id"])


def downgrade() -> None:
    """Drops the four tables, with all that is in them."""
    for table in ("tool_calls", "agent_runs", "messages", "conversations"):
        op.drop_table(table)
