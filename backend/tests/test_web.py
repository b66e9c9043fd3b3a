"""What surrounds a request: ids, log lines, limits, health, docs."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.conftest import TASKS


def test_a_request_id_comes_back(client: TestClient) -> None:
    assert client.get(TASKS, headers={"X-Request-ID": "a.b_c-1"}).headers["X-Request-ID"] == "a.b_c-1"


@pytest.mark.parametrize("given", ["", "with blank", "x" * 129, 'quote"', "<b>"])
def test_a_request_id_that_is_not_safe_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get(TASKS, headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_health_and_its_alias_answer(client: TestClient) -> None:
    assert [client.get(path).json() for path in ("/api/health", "/health")] == [{"status": "ok"}] * 2


def test_ready_answers_with_a_migrated_database(client: TestClient) -> None:
    answer = client.get("/api/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_an_announced_body_over_the_limit_is_413(client: TestClient) -> None:
    answer = client.post(TASKS, content=b"x" * 1_048_577)
    assert answer.status_code == 413


def test_a_streamed_body_over_the_limit_is_413(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    answer = client.post(TASKS, content=chunks(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert "X-Request-ID" in answer.headers


def test_the_docs_name_nothing_from_elsewhere_and_serve_their_own_files(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    own = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert own and all(address.startswith("/") for address in own)
    assert [client.get(address).status_code for address in own] == [200] * len(own)
    assert client.get("/redoc").status_code == 404


def test_the_schema_describes_the_routes_of_the_contract(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/api/health",
        "/api/ready",
        "/api/{user_id}/tasks",
        "/api/{user_id}/tasks/{task_id}",
        "/api/{user_id}/tasks/{task_id}/complete",
    }
