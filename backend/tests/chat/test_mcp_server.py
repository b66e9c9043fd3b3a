"""The tools, through the real MCP client, over a real port."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.chatting import ChatApp, Person
from tests.signin import USER

HANDSHAKE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
TOOLS = {"add_task", "list_tasks", "complete_task", "delete_task", "update_task"}


@asynccontextmanager
async def client(app: ChatApp, user: str = USER, mode: Any = "auto") -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers=app.issuer.headers(user), trust_env=False) as http,
        Client(streamable_http_client(f"{app.url}/mcp", http_client=http), mode=mode) as connected,
    ):
        yield connected


async def call(tools: Client, name: str, **arguments: Any) -> Any:
    result = await tools.call_tool(name, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def refusal(tools: Client, name: str, **arguments: Any) -> str:
    result = await tools.call_tool(name, arguments)
    assert result.is_error
    (block,) = result.content
    assert block.type == "text"
    return block.text


def post(app: ChatApp, path: str = "/mcp", **headers: str) -> httpx2.Response:
    return httpx2.post(
        app.url + path, json=HANDSHAKE, headers={**ACCEPT, **headers}, trust_env=False, follow_redirects=False
    )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_tools_are_listed_to_clients_of_both_eras(app: ChatApp, mode: str) -> None:
    async with client(app, mode=mode) as tools:
        listed = {tool.name: tool for tool in (await tools.list_tools()).tools}
    assert set(listed) == TOOLS
    assert all(tool.description for tool in listed.values())


async def test_no_tool_has_a_user_for_a_parameter(app: ChatApp) -> None:
    async with client(app) as tools:
        schemas = [tool.input_schema for tool in (await tools.list_tools()).tools]
    names = {name for schema in schemas for name in schema["properties"]}
    assert names == {"title", "description", "status", "task_id"}


async def test_a_task_is_added_listed_changed_completed_and_deleted(app: ChatApp, me: Person) -> None:
    async with client(app) as tools:
        added = await call(tools, "add_task", title="  Buy milk ", description="two litres")
        number = added["id"]
        assert added == {"id": number, "title": "Buy milk", "description": "two litres", "completed": False}
        await call(tools, "update_task", task_id=number, title="Buy oat milk")
        assert (await call(tools, "complete_task", task_id=number))["completed"] is True
        assert (await call(tools, "complete_task", task_id=number))["completed"] is True
        shown = {"id": number, "title": "Buy oat milk", "description": "two litres", "completed": True}
        assert await call(tools, "list_tasks") == {"tasks": [shown], "total": 1}
        assert me.tasks() == ["Buy oat milk"]
        assert await call(tools, "delete_task", task_id=number) == shown
    assert me.tasks() == []


async def test_the_list_is_narrowed_by_status_and_cut_at_a_hundred(app: ChatApp, me: Person) -> None:
    async with client(app) as tools:
        first = await call(tools, "add_task", title="first")
        await call(tools, "complete_task", task_id=first["id"])
        for number in range(101):
            me.http.post(f"/api/{me.name}/tasks", json={"title": f"t{number}"})
        pending = await call(tools, "list_tasks", status="pending")
        completed = await call(tools, "list_tasks", status="completed")
    assert (len(pending["tasks"]), pending["total"]) == (100, 101)
    assert [task["title"] for task in completed["tasks"]] == ["first"]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("complete_task", {"task_id": 7}, "There is no task 7."),
        ("delete_task", {"task_id": 7}, "There is no task 7."),
        ("update_task", {"task_id": 7, "title": "x"}, "There is no task 7."),
        ("complete_task", {"task_id": 2**70}, f"There is no task {2**70}."),
        ("delete_task", {"task_id": -1}, "There is no task -1."),
        ("add_task", {"title": "   "}, "A title must not be empty."),
        ("add_task", {"title": "t" * 201}, "A title has at most 200 characters."),
        ("update_task", {"task_id": 1, "title": "t" * 201}, "A title has at most 200 characters."),
        ("add_task", {"title": "t", "description": "d" * 2001}, "A description has at most 2000 characters."),
        ("add_task", {}, "The call lacks: title."),
        ("add_task", {"title": 7}, "A title must be text."),
        ("complete_task", {"task_id": "milk"}, "task_id must be a whole number."),
        ("list_tasks", {"status": "new"}, "status must be one of 'all', 'pending' or 'completed'."),
        ("add_task", {"title": "a\0b"}, "A title must not contain the character NUL."),
        ("update_task", {"task_id": 7}, "arguments: give at least one of title, description, completed."),
    ],
)
async def test_what_cannot_be_done_is_said_in_words_for_a_model(
    app: ChatApp, name: str, arguments: dict[str, Any], words: str
) -> None:
    async with client(app) as tools:
        assert await refusal(tools, name, **arguments) == words


async def test_unknown_tools_are_tool_errors(app: ChatApp) -> None:
    async with client(app) as tools:
        assert "no_such_tool" in await refusal(tools, "no_such_tool")


async def test_another_users_tasks_are_neither_seen_nor_touched(app: ChatApp, me: Person) -> None:
    async with client(app, "eve") as tools:
        secret = (await call(tools, "add_task", title="secret"))["id"]
    async with client(app) as tools:
        assert await call(tools, "list_tasks") == {"tasks": [], "total": 0}
        for name, more in (("complete_task", {}), ("delete_task", {}), ("update_task", {"title": "x"})):
            assert await refusal(tools, name, task_id=secret, **more) == f"There is no task {secret}."
    assert app.rows("SELECT user_id, title, completed FROM tasks") == [("eve", "secret", False)]


async def test_a_user_id_that_a_model_makes_up_changes_nothing(app: ChatApp) -> None:
    async with client(app, "eve") as tools:
        await call(tools, "add_task", title="mine", user_id=USER)
        await call(tools, "list_tasks", user_id=USER)
    assert app.rows("SELECT user_id FROM tasks") == [("eve",)]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}],
)
async def test_without_a_good_token_it_is_401(app: ChatApp, headers: dict[str, str]) -> None:
    answer = post(app, **headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "host", ["backend:8000", "backend.todo.svc.cluster.local", "10.0.0.7:8000", "x.example"]
)
def test_any_host_name_is_taken(app: ChatApp, host: str) -> None:
    answer = post(app, Host=host, Origin="http://somewhere.example", **app.issuer.headers())
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["serverInfo"]["name"] == "todo"


def test_the_address_answers_without_a_redirect_and_keeps_no_session(app: ChatApp) -> None:
    answer = post(app, **app.issuer.headers())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert "mcp-session-id" not in answer.headers


async def test_a_database_that_is_away_is_a_tool_error_in_words(app: ChatApp) -> None:
    async with client(app) as tools:
        app.execute("ALTER TABLE tasks RENAME TO away")
        words = await refusal(tools, "add_task", title="x")
    assert words == "The task list cannot be reached just now. Nothing was changed. Try again later."


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_nothing_to_wait_for_or_to_end(app: ChatApp, method: str) -> None:
    answer = httpx2.request(
        method, f"{app.url}/mcp", headers={**ACCEPT, **app.issuer.headers()}, trust_env=False
    )
    assert answer.status_code == 405


def test_a_body_that_is_no_json_is_refused(app: ChatApp) -> None:
    answer = httpx2.post(
        f"{app.url}/mcp", content=b"{broken", headers={**ACCEPT, **app.issuer.headers()}, trust_env=False
    )
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"]["code"] == -32700
