"""The database goes away, comes back, or was never migrated."""

import time

import psycopg
import pytest
from fastapi.testclient import TestClient

from src.application import create_app
from tests.conftest import TASKS, settings_for
from tests.postgres import free_port


def test_a_cut_connection_is_replaced_without_a_failed_request(client: TestClient, database_url: str) -> None:
    assert client.get(TASKS).status_code == 200
    with psycopg.connect(database_url) as connection:
        cut = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = 'todo-backend' AND datname = current_database()"
        )
        assert connection.execute(cut).fetchone() == (1,)
    assert client.get(TASKS).status_code == 200


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.0.0.1:{port}", "the database host refused the connection"),
        ("no-such-host.invalid", "the database host name cannot be resolved"),
    ],
)
def test_an_unreachable_database_is_503_in_plain_words(
    capsys: pytest.CaptureFixture[str], host: str, reason: str
) -> None:
    url = f"postgresql://user:pa55word@{host.format(port=free_port())}/todo"
    with TestClient(create_app(settings_for(url)), raise_server_exceptions=False) as client:
        ready, tasks, health = client.get("/api/ready"), client.get(TASKS), client.get("/api/health")
    assert (ready.status_code, ready.json()) == (503, {"status": "not ready", "reason": reason})
    assert (tasks.status_code, tasks.headers["Retry-After"]) == (503, "2")
    assert tasks.json()["detail"].startswith("The database is not reachable")
    assert health.status_code == 200
    assert "pa55word" not in capsys.readouterr().out + ready.text + tasks.text


def test_a_database_that_does_not_answer_costs_no_more_than_the_limit(server_url: str) -> None:
    url = "postgresql://user:pw@192.0.2.1/todo"  # a documentation address: packets to it get no answer
    settings = settings_for(url, ready_timeout_s=0.5)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        started = time.monotonic()
        assert client.get("/api/ready").status_code == 503
        assert time.monotonic() - started < 1.5


def test_a_database_without_tables_is_not_ready_and_says_what_to_run(empty_database: str) -> None:
    with TestClient(create_app(settings_for(empty_database)), raise_server_exceptions=False) as client:
        ready, tasks = client.get("/api/ready"), client.get(TASKS)
    assert (ready.status_code, ready.json()["reason"]) == (503, "the database's tables are missing")
    assert tasks.status_code == 503
