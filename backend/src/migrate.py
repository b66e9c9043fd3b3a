"""`python -m src.migrate`: waits for the database, then brings its tables up to date. Exit 0 or 1."""

import signal
import sys
import time

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from src.database.engine import make_migration_engine
from src.database.problems import Problem, address, explain, masked
from src.logs import configure_logging
from src.settings import DatabaseSettings, load_settings

PAUSE_S = 1.0

log = structlog.get_logger("migrate")


class DatabaseAwayError(Exception):
    """The database could not be reached within the limit, or never will be with these settings."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def wait_for_database(engine: Engine, settings: DatabaseSettings) -> None:
    """Returns when the database answers. Raises DatabaseAwayError at once where waiting cannot help."""
    deadline = time.monotonic() + settings.migrate_wait_s
    while (problem := _try_once(engine)) is not None:
        if problem.lasting or time.monotonic() + PAUSE_S > deadline:
            raise DatabaseAwayError(problem)
        log.info("waiting for the database", reason=problem.reason, host=address(settings.database_url))
        time.sleep(PAUSE_S)


def _try_once(engine: Engine) -> Problem | None:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError) as error:
        return explain(error)
    return None


def upgrade(engine: Engine, settings: DatabaseSettings) -> None:
    """Runs Alembic to the newest revision; env.py holds the lock that makes several of us safe."""
    config = Config()
    config.set_main_option("script_location", "src:migrations")
    config.attributes["engine"] = engine
    config.attributes["lock_timeout_s"] = settings.migrate_lock_timeout_s
    command.upgrade(config, "head")


def main() -> int:
    """Exit code: 0 the tables are up to date, 1 they are not and the log says why."""
    # As the first process of a container nothing else ends us: a deleted pod would wait out its grace.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    configure_logging()
    settings = load_settings(DatabaseSettings)
    configure_logging(settings.log_level)
    host = address(settings.database_url)
    engine = make_migration_engine(settings)
    try:
        wait_for_database(engine, settings)
        upgrade(engine, settings)
    except DatabaseAwayError as error:
        problem = error.problem
        log.error("no database", variable="DATABASE_URL", host=host, reason=problem.reason, hint=problem.hint)
        return 1
    except SQLAlchemyError as error:
        text_of_error = masked(str(error.__cause__ or error), settings.database_url)
        log.error("migration failed", host=host, reason=explain(error).reason, error=text_of_error)
        return 1
    log.info("migrated", host=host)
    return 0


if __name__ == "__main__":
    sys.exit(main())
