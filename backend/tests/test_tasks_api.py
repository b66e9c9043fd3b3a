"""REST of tasks, against a real Postgres."""

from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from src.database.values import LARGEST_ID as BIG
from tests.conftest import TASKS
from tests.signin import Issuer


def add(client: TestClient, title: str = "Buy milk", **more: Any) -> dict[str, Any]:
    answer = client.post(TASKS, json={"title": title, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def titles(client: TestClient, query: str = "") -> list[str]:
    return [task["title"] for task in client.get(TASKS + query).json()]


def test_a_new_task_is_stored_pending_with_its_times(client: TestClient, database_url: str) -> None:
    task = add(client, "  Buy milk ", description="two litres")
    assert {key: task[key] for key in ("title", "description", "completed", "user_id")} == {
        "title": "Buy milk",
        "description": "two litres",
        "completed": False,
        "user_id": "demo",
    }
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT title, user_id FROM tasks WHERE id = %s", [task["id"]]).fetchone()
    assert row == ("Buy milk", "demo")


def test_the_list_is_newest_first_and_narrowed_by_status(client: TestClient) -> None:
    first, _second = add(client, "first"), add(client, "second")
    client.patch(f"{TASKS}/{first['id']}/complete")
    assert titles(client) == ["second", "first"]
    assert titles(client, "?status=all") == ["second", "first"]
    assert titles(client, "?status=pending") == ["second"]
    assert titles(client, "?status=completed") == ["first"]


def test_the_list_holds_the_newest_of_a_limit_of_1000_at_most(client: TestClient, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO tasks (user_id, title) SELECT 'demo', 'n' || n FROM generate_series(1, 1001) AS n"
        )
    assert titles(client) == [f"n{n}" for n in range(1001, 1, -1)]
    assert titles(client, "?limit=2&status=pending") == ["n1001", "n1000"]
    refused = [client.get(f"{TASKS}?limit={limit}").status_code for limit in ("0", "1001", "x")]
    assert refused == [422] * 3


def test_toggling_twice_ends_where_it_began_and_moves_updated_at(client: TestClient) -> None:
    task = add(client)
    once = client.patch(f"{TASKS}/{task['id']}/complete").json()
    twice = client.patch(f"{TASKS}/{task['id']}/complete").json()
    assert [once["completed"], twice["completed"]] == [True, False]
    assert task["updated_at"] < once["updated_at"] < twice["updated_at"]
    assert twice["created_at"] == task["created_at"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": "Buy oat milk"}, ("Buy oat milk", "old", False)),
        ({"description": None}, ("Buy milk", None, False)),
        ({"completed": True}, ("Buy milk", "old", True)),
        ({"title": "New", "description": "d", "completed": True}, ("New", "d", True)),
    ],
)
def test_put_replaces_the_fields_given_and_keeps_the_others(
    client: TestClient, change: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    task = add(client, description="old")
    after = client.put(f"{TASKS}/{task['id']}", json=change).json()
    assert (after["title"], after["description"], after["completed"]) == expected
    assert client.get(f"{TASKS}/{task['id']}").json() == after


def test_a_deleted_task_is_gone(client: TestClient) -> None:
    task = add(client)
    answer = client.delete(f"{TASKS}/{task['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"{TASKS}/{task['id']}").status_code == 404
    assert titles(client) == []


@pytest.mark.parametrize("task_id", [1, BIG])
@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"title": "x"}),
        ("PATCH", "/complete", None),
        ("DELETE", "", None),
    ],
)
def test_an_id_that_is_nobodys_is_404(
    client: TestClient, method: str, tail: str, body: dict[str, Any] | None, task_id: int
) -> None:
    answer = client.request(method, f"{TASKS}/{task_id}{tail}", json=body)
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such task."})


ROUTES = [
    ("GET", ""),
    ("POST", ""),
    ("GET", "/{id}"),
    ("PUT", "/{id}"),
    ("PATCH", "/{id}/complete"),
    ("DELETE", "/{id}"),
]
OF_ONE_TASK = [(method, tail) for method, tail in ROUTES if "{id}" in tail]


@pytest.mark.parametrize(("method", "tail"), ROUTES)
def test_without_a_token_every_route_is_401_and_changes_nothing(
    anonymous: TestClient, issuer: Issuer, method: str, tail: str
) -> None:
    task = anonymous.post(TASKS, json={"title": "Buy milk"}, headers=issuer.headers()).json()
    for headers in ({}, {"Authorization": "Bearer nonsense"}, issuer.headers(exp=1)):
        path = TASKS + tail.format(id=task["id"])
        answer = anonymous.request(method, path, json={"title": "x"}, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert anonymous.get(TASKS, headers=issuer.headers()).json() == [task]


def test_a_strangers_body_is_not_even_parsed(anonymous: TestClient) -> None:
    answer = anonymous.post(TASKS, content=b"not json", headers={"content-type": "application/json"})
    assert answer.status_code == 401


@pytest.mark.parametrize(("method", "tail"), ROUTES)
def test_another_users_address_is_403_on_every_route(
    client: TestClient, issuer: Issuer, method: str, tail: str
) -> None:
    task = add(client)
    path = TASKS + tail.format(id=task["id"])
    answer = client.request(method, path, json={"title": "x"}, headers=issuer.headers("eve"))
    assert (answer.status_code, answer.json()) == (403, {"detail": "This belongs to another user."})
    assert client.get(TASKS).json() == [task]


@pytest.mark.parametrize(("method", "tail"), OF_ONE_TASK)
def test_another_users_task_is_404_under_ones_own_address(
    client: TestClient, issuer: Issuer, method: str, tail: str
) -> None:
    task = add(client)
    path = "/api/eve/tasks" + tail.format(id=task["id"])
    answer = client.request(method, path, json={"title": "x"}, headers=issuer.headers("eve"))
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such task."})
    assert client.get(TASKS).json() == [task]


def test_each_user_has_a_list_of_their_own(client: TestClient, issuer: Issuer) -> None:
    add(client, "mine")
    hers = client.post("/api/eve/tasks", json={"title": "hers"}, headers=issuer.headers("eve"))
    assert (hers.status_code, hers.json()["user_id"]) == (201, "eve")
    assert titles(client) == ["mine"]
    listed = client.get("/api/eve/tasks", headers=issuer.headers("eve")).json()
    assert [task["title"] for task in listed] == ["hers"]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"null",
        b"not json",
        b'{"title": ""}',
        b'{"title": "   "}',
        b'{"title": 7}',
        b'{"title": "a\\u0000b"}',
        b'{"title": "\\ud800"}',
        b'{"title": "ok", "description": "\\u0000"}',
        b'{"title": "ok", "description": "' + b"d" * 2001 + b'"}',
        b'{"title": "' + b"t" * 201 + b'"}',
        b'{"title": "ok", "user_id": "eve"}',
    ],
)
def test_a_bad_body_is_422_with_words_and_stores_nothing(client: TestClient, body: bytes) -> None:
    answer = client.post(TASKS, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert all(set(fault) == {"loc", "msg", "type"} for fault in answer.json()["detail"])
    assert titles(client) == []


@pytest.mark.parametrize("body", [{}, {"title": None}, {"completed": None}, {"completed": "maybe"}])
def test_a_bad_change_is_422(client: TestClient, body: dict[str, Any]) -> None:
    task = add(client)
    assert client.put(f"{TASKS}/{task['id']}", json=body).status_code == 422


@pytest.mark.parametrize("task_id", ["0", "-1", str(BIG + 1), "abc", "1.5", "9" * 40])
def test_an_id_that_cannot_be_one_is_422(client: TestClient, task_id: str) -> None:
    assert client.get(f"{TASKS}/{task_id}").status_code == 422


def test_an_unknown_status_is_422(client: TestClient) -> None:
    assert client.get(f"{TASKS}?status=open").status_code == 422


@pytest.mark.parametrize(
    "title",
    ["😀🎉", "<script>alert(1)</script>", "'; DROP TABLE tasks; --", "%s %(x)s", "ünïcödé 中文", "t" * 200],
)
def test_any_text_comes_back_as_it_went_in(client: TestClient, title: str) -> None:
    add(client, title)
    assert titles(client) == [title]


def test_unknown_paths_are_404_and_wrong_methods_405(client: TestClient) -> None:
    assert client.get("/api/nothing").status_code == 404
    assert client.post(f"{TASKS}/1").status_code == 405
