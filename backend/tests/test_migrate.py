"""`python -m src.migrate`, as the init container runs it: a process with an environment."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

import src.conversations.model
import src.tasks.model  # noqa: F401  both fill SQLModel.metadata
from src.database.engine import make_migration_engine
from tests.conftest import settings_for
from tests.postgres import PASSWORD, free_port

BACKEND = Path(__file__).parents[1]


def start(url: str | None, **environment: str) -> subprocess.Popen[str]:
    variables = {"PATH": os.environ["PATH"], "MIGRATE_WAIT_S": "2", **environment}
    if url is not None:
        variables["DATABASE_URL"] = url
    command = [sys.executable, "-m", "src.migrate"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=BACKEND, env=variables, stdout=pipe, stderr=pipe, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]]]:
    out, err = process.communicate(timeout=180)  # CI machines are busy
    assert err == "", err
    assert PASSWORD not in out
    return process.returncode, [json.loads(line) for line in out.splitlines()]


def test_an_empty_database_gets_its_tables_and_a_second_run_does_nothing(empty_database: str) -> None:
    assert [finish(start(empty_database))[0] for _ in range(2)] == [0, 0]
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM tasks").fetchone() == (0,)


def test_eight_at_once_on_an_empty_database_all_succeed_and_each_revision_runs_once(
    empty_database: str,
) -> None:
    results = [finish(process) for process in [start(empty_database) for _ in range(8)]]
    assert [code for code, _ in results] == [0] * 8
    events = [line["event"] for _, lines in results for line in lines]
    upgrades = [event for event in events if "Running upgrade" in event]
    assert upgrades[0].startswith("Running upgrade  -> 0001")
    assert len(upgrades) == len(set(upgrades))


def test_a_lock_that_is_never_given_back_is_an_error_not_a_hang(empty_database: str) -> None:
    from src.migrations import LOCK_KEY  # noqa: PLC0415

    with psycopg.connect(empty_database) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        code, lines = finish(start(empty_database, MIGRATE_LOCK_TIMEOUT_S="1"))
    assert (code, lines[-1]["event"]) == (1, "migration failed")
    assert "lock timeout" in lines[-1]["error"]


def test_the_models_and_the_migrated_tables_agree(database_url: str) -> None:
    assert {"tasks", "conversations", "messages", "agent_runs", "tool_calls"} <= set(SQLModel.metadata.tables)
    with make_migration_engine(settings_for(database_url)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        assert compare_metadata(context, SQLModel.metadata) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"password": "wrong"}, "the database refused the user name or password"),
        ({"database": "nowhere"}, "the database server has no database of that name"),
        ({"host": "no-such-host.invalid"}, "the database host name cannot be resolved"),
    ],
)
def test_a_wrong_part_of_the_address_is_named(
    empty_database: str, change: dict[str, Any], reason: str
) -> None:
    url = make_url(empty_database).set(**change)
    code, lines = finish(start(url.render_as_string(hide_password=False)))
    last = lines[-1]
    assert (code, last["reason"], last["variable"]) == (1, reason, "DATABASE_URL")
    assert last["host"] == f"{url.host}:{url.port}"
    assert "DATABASE_URL" in last["hint"]


def test_a_wrong_password_is_not_waited_for(empty_database: str) -> None:
    url = make_url(empty_database).set(password="wrong").render_as_string(hide_password=False)
    started = time.monotonic()
    assert finish(start(url, MIGRATE_WAIT_S="60"))[0] == 1
    assert time.monotonic() - started < 15


def test_a_port_where_nobody_listens_is_waited_for_and_then_named() -> None:
    code, lines = finish(start(f"postgresql://u:pw@127.0.0.1:{free_port()}/todo"))
    assert (code, lines[-1]["reason"]) == (1, "the database host refused the connection")
    assert lines[0]["event"] == "waiting for the database"


def test_sigterm_ends_the_wait_at_once() -> None:
    """The handler is ours: without one the first process of a container would not hear it at all."""
    process = start("postgresql://u:p@127.0.0.1:1/x", MIGRATE_WAIT_S="60")
    assert process.stdout
    assert "waiting" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 143


@pytest.mark.parametrize(("url", "problem"), [(None, "is not set"), ("", "is empty"), ("x", "is not a data")])
def test_a_missing_or_bad_variable_is_one_line_and_exit_1(url: str | None, problem: str) -> None:
    code, (line,) = finish(start(url))
    assert (code, line["event"], line["variable"]) == (1, "bad setting", "DATABASE_URL")
    assert line["problem"].startswith(problem)
