"""The database goes away, comes back, or was never migrated."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from fastapi.testclient import TestClient

from src.application import create_app
from src.database.engine import make_migration_engine
from src.migrate import upgrade
from tests.conftest import TASKS, settings_for
from tests.postgres import free_port, has_server, new_cluster
from tests.signin import Issuer


@contextmanager
def signed_in(url: str, issuer: Issuer) -> Iterator[TestClient]:
    app = create_app(settings_for(url, jwks_url=issuer.jwks_url))
    with TestClient(app, raise_server_exceptions=False, headers=issuer.headers()) as client:
        yield client


def test_the_app_outlives_a_stop_of_its_database_and_serves_when_it_is_back(issuer: Issuer) -> None:
    if os.environ.get("TEST_DATABASE_URL") and not has_server():
        pytest.skip("a given Postgres cannot be stopped, and no server is installed here")
    with new_cluster() as cluster:
        with cluster.running() as url:
            settings = settings_for(url)
            upgrade(make_migration_engine(settings), settings)
        with signed_in(url, issuer) as client:
            for _ in range(2):
                assert (client.get("/api/ready").status_code, client.get(TASKS).status_code) == (503, 503)
                with cluster.running():
                    assert client.get("/api/ready").status_code == 200
                    assert client.post(TASKS, json={"title": "still here"}).status_code == 201
        with cluster.running(), signed_in(url, issuer) as client:
            assert [task["title"] for task in client.get(TASKS).json()] == ["still here"] * 2


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
    capsys: pytest.CaptureFixture[str], issuer: Issuer, host: str, reason: str
) -> None:
    url = f"postgresql://user:pa55word@{host.format(port=free_port())}/todo"
    with signed_in(url, issuer) as client:
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


def test_a_database_without_tables_is_not_ready_and_says_what_to_run(
    empty_database: str, issuer: Issuer
) -> None:
    with signed_in(empty_database, issuer) as client:
        ready, tasks = client.get("/api/ready"), client.get(TASKS)
    assert (ready.status_code, ready.json()["reason"]) == (503, "the database's tables are missing")
    assert tasks.status_code == 503
