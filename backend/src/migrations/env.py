"""Alembic's environment, run by src.migrate (the app) or by `alembic` (a developer)."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel

from src.conversations import model as conversations
from src.migrations import LOCK_KEY
from src.tasks import model as tasks

METADATA = SQLModel.metadata
MODELS = (tasks, conversations)  # importing them is what fills METADATA


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leaves the frontend's tables (Better Auth) in the same database out of --autogenerate."""
    return kind != "table" or name in METADATA.tables


def engine_and_lock_timeout_s() -> tuple[Engine, int]:
    """What src.migrate handed over; for a developer's `alembic` command, from the environment."""
    given = context.config.attributes
    if "engine" in given:
        return given["engine"], given["lock_timeout_s"]
    from src.database.engine import make_migration_engine  # noqa: PLC0415  only for the command line
    from src.settings import DatabaseSettings, load_settings  # noqa: PLC0415

    settings = load_settings(DatabaseSettings)
    return make_migration_engine(settings), settings.migrate_lock_timeout_s


def lock(connection: Connection, timeout_s: int) -> None:
    """Waits for other migrators. Held to the end of the transaction, so it works behind a pooler as well."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{int(timeout_s)}s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})


def run() -> None:
    """All revisions in one transaction, under the lock: everything or nothing."""
    engine, timeout_s = engine_and_lock_timeout_s()
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=METADATA, compare_type=True, include_name=ours
        )
        with context.begin_transaction():
            lock(connection, timeout_s)
            context.run_migrations()


run()
