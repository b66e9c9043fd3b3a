"""The whole way with the real demo model: app, agent, MCP tools, both APIs of models."""

from typing import Any

import pytest

from demo_model.application import create_app
from demo_model.settings import Settings
from tests.chatting import chat_app
from tests.signin import Issuer


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
def test_tasks_are_added_listed_completed_renamed_and_deleted_by_talking(
    database_url: str, issuer: Issuer, api: str
) -> None:
    model = create_app(Settings(word_delay_ms=0))
    values: dict[str, Any] = {"openai_model": "demo-model", "openai_api": api}
    with chat_app(database_url, issuer, model, **values) as app, app.person() as me:
        number = me.chat("add task to buy milk").json()["conversation_id"]
        assert me.tasks() == ["buy milk"]
        assert me.chat("add a task to call Ann and add a task to pay the rent", number).status_code == 200
        assert set(me.tasks()) == {"buy milk", "call Ann", "pay the rent"}
        assert "milk" in me.chat("list my tasks", number).json()["response"]
        me.chat("complete buy milk", number)
        assert [task["title"] for task in me.get("tasks?status=completed")] == ["buy milk"]
        me.chat("rename call Ann to call Bob", number)
        me.chat("delete pay the rent", number)
        assert set(me.tasks()) == {"buy milk", "call Bob"}
        assert {status for status, _ in app.runs()} == {"completed"}


def test_the_demo_model_over_chatkit_streams_words_and_shows_its_tools(
    database_url: str, issuer: Issuer
) -> None:
    model = create_app(Settings(word_delay_ms=0))
    with chat_app(database_url, issuer, model, openai_model="demo-model") as app, app.person() as me:
        events = me.says("add task to buy milk")
        deltas = [event["update"] for event in events if event["type"] == "thread.item.updated"]
        assert len([one for one in deltas if one["type"].endswith("text_delta")]) > 1
        (workflow,) = [
            event["item"]["workflow"]
            for event in events
            if event["type"] == "thread.item.done" and event["item"]["type"] == "workflow"
        ]
        assert [(task["title"], task["content"]) for task in workflow["tasks"]] == [
            ("Added a task", "buy milk")
        ]
