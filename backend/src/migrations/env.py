"""Alembic's environment, run by src.migrate (the app) or by `alembic` (a developer)."""

from alembic import context
from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel

from src.migrations import LOCK_KEY
from src.tasks.model import Task

METADATA = SQLModel.metadata
assert Task.metadata is METADATA  # the import above is what fills it


def engine_and_lock_timeout_s() -> tuple[Engine, int]:
    """What src.migrate handed over; for a developer's `alembic` command, from the environment."""
    given = context.config.attributes
    if "engine" in given:
        return given["engine"], given["lock_timeout_s"]
    from src.database.engine import make_migration_engine  # noqa: PLC0415  only for the command line
    from src.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    return make_migration_engine(settings), settings.migrate_lock_timeout_s


def lock(connection: Connection, timeout_s: int) -> None:
    """Waits for other migrators. Held to the end of the transaction, so it works behind a pooler as well."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{int(timeout_s)}s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})


def run() -> None:
    """All revisions in one transaction, under the lock: everything or nothing."""
    engine, timeout_s = engine_and_lock_timeout_s()
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
        with context.begin_transaction():
            lock(connection, timeout_s)
            context.run_migrations()


run()
