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


@pytest.mark.parametrize("size_bytes", [1_048_577, 5_000_000])
def test_an_announced_body_over_the_limit_is_413_in_words(client: TestClient, size_bytes: int) -> None:
    answer = client.post(TASKS, content=b"x" * size_bytes)
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("That is too much")
    assert "X-Request-ID" in answer.headers


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
        "/api/model",
        "/api/{user_id}/tasks",
        "/api/{user_id}/tasks/{task_id}",
        "/api/{user_id}/tasks/{task_id}/complete",
        "/api/{user_id}/chat",
        "/api/{user_id}/conversations",
        "/api/{user_id}/conversations/{conversation_id}/messages",
        "/chatkit",
    }


OPEN = {"/api/health", "/api/ready", "/api/model"}


def test_every_path_but_the_open_ones_wants_a_token(anonymous: TestClient) -> None:
    """Over all that the app describes, so that a route added later is in the test already."""
    for path, methods in anonymous.get("/openapi.json").json()["paths"].items():
        address = re.sub(r"{\w+}", "1", path)
        statuses = {anonymous.request(method, address, json={}).status_code for method in methods}
        assert statuses == ({200} if path in OPEN else {401}), path
    assert anonymous.post("/mcp", json={}).status_code == 401
