"""A client that hangs up, a server that is stopped: the run ends, and what there was is stored."""

import asyncio
import threading
import time

import httpx2
import pytest
from fastapi import FastAPI

from src.parts import Parts
from tests.chatting import ChatApp, Person, chat_app, eventually, user_input
from tests.fake_model import calls, says
from tests.signin import USER, Issuer

STREAM = {"Accept": "text/event-stream"}


def hang_up_after(me: Person, mark: str, path: str, body: object) -> None:
    with me.http.stream("POST", path, json=body, headers=STREAM) as answer:
        for line in answer.iter_lines():
            if mark in line:
                return
    raise AssertionError(f"no {mark} in the stream")


@pytest.mark.parametrize("path", [f"/api/{USER}/chat", "/chatkit"])
def test_a_client_that_hangs_up_ends_the_run_and_what_was_said_is_stored(
    app: ChatApp, me: Person, path: str
) -> None:
    app.model.plays(says("one ", "two ", *["more "] * 200, pause_s=0.1))
    kit = {"type": "threads.create", "params": {"input": user_input("count")}}
    hang_up_after(me, "two ", path, kit if path == "/chatkit" else {"message": "count"})
    eventually(lambda: app.runs()[0][0] != "running")
    assert app.runs() == [("cancelled", "the client hung up, or the server stopped")]
    eventually(lambda: app.model.hung_up == 1)
    asked, said = (row["content"] for row in me.get("conversations/1/messages"))
    assert (asked, said.startswith("one two ")) == ("count", True)
    assert len(said) < 100
    items = me.kit("items.list", thread_id="thr_1", order="asc").json()["data"]
    assert [item["type"] for item in items] == ["user_message", "assistant_message"]
    assert items[1]["content"][0]["text"] == said


def test_no_task_is_left_after_a_hang_up(database_url: str, issuer: Issuer) -> None:
    with chat_app(database_url, issuer) as app, app.person() as me:
        app.model.plays(says("one ", *["more "] * 200, pause_s=0.1))
        hang_up_after(me, "one ", f"/api/{USER}/chat", {"message": "count"})
        eventually(lambda: app.runs()[0][0] == "cancelled")
        eventually(lambda: app.going_on() == ["LifespanOn.main", "Parts.hold", "Server.serve"])


def test_a_hang_up_before_the_first_word_leaves_the_message_and_no_answer(app: ChatApp, me: Person) -> None:
    app.model.plays(says("late", wait_s=30))
    hang_up_after(me, "start", f"/api/{USER}/chat", {"message": "hello"})
    eventually(lambda: app.runs()[0][0] == "cancelled")
    assert [row["content"] for row in me.get("conversations/1/messages")] == ["hello"]


def test_a_hang_up_after_a_tool_keeps_the_tool_call(app: ChatApp, me: Person) -> None:
    app.model.plays(calls(("add_task", {"title": "buy milk"})), says("late", wait_s=30))
    hang_up_after(me, "tool_ended", f"/api/{USER}/chat", {"message": "add buy milk"})
    eventually(lambda: app.runs()[0][0] == "cancelled")
    items = me.kit("items.list", thread_id="thr_1", order="asc").json()["data"]
    assert [item["type"] for item in items] == ["user_message", "workflow"]
    assert me.tasks() == ["buy milk"]


def slow_tasks(app: ChatApp, pause_s: float) -> None:
    """Adding a task takes this long, in the database."""
    app.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        f" 'BEGIN PERFORM pg_sleep({pause_s}); RETURN NEW; END'"
    )
    app.execute("CREATE TRIGGER slow BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION slow()")


RETRY = {"thread_id": "thr_1", "item_id": "msg_1"}


@pytest.mark.parametrize("path", [f"/api/{USER}/chat", "/chatkit"])
def test_a_tool_call_in_flight_at_a_hang_up_ends_and_a_retry_does_not_do_it_again(
    app: ChatApp, me: Person, path: str
) -> None:
    slow_tasks(app, 1)
    both = (("add_task", {"title": "p0"}), ("add_task", {"title": "q0"}))
    app.model.plays(calls(*both), says("late", wait_s=30))
    kit = {"type": "threads.create", "params": {"input": user_input("add p0")}}
    mark = "workflow.task.added" if path == "/chatkit" else "tool_started"
    hang_up_after(me, mark, path, kit if path == "/chatkit" else {"message": "add p0"})
    app.model.plays(says("Added."))
    retried = me.kit_events("threads.retry_after_item", **RETRY)  # at once: the first run is not stored yet
    assert retried[-1]["item"]["content"][0]["text"] == "Added."
    assert app.runs() == [("cancelled", "the client hung up, or the server stopped"), ("completed", None)]
    assert sorted(me.tasks()) == ["p0", "q0"]
    assert app.rows("SELECT run_id, status FROM tool_calls") == [(2, "completed")] * 2
    assert len(app.model.asked[0]["input"]) == 5  # the message, and two calls with what they gave


def test_a_run_that_takes_too_long_in_a_tool_knows_what_the_tool_did(
    database_url: str, issuer: Issuer
) -> None:
    with chat_app(database_url, issuer, run_timeout_s=1) as app, app.person() as me:
        slow_tasks(app, 2)
        app.model.plays(calls(("add_task", {"title": "p0"})), says("late"))
        assert me.chat("add p0").json()["code"] == "run_too_long"
        assert app.rows("SELECT name, status FROM tool_calls") == [("add_task", "completed")]
        assert me.tasks() == ["p0"]


def test_a_tool_that_does_not_end_holds_a_hang_up_for_a_few_seconds_only(app: ChatApp, me: Person) -> None:
    slow_tasks(app, 12)
    app.model.plays(calls(("add_task", {"title": "p0"})), says("late"))
    started = time.monotonic()
    hang_up_after(me, "tool_started", f"/api/{USER}/chat", {"message": "add p0"})
    eventually(lambda: app.runs()[0][0] == "cancelled", limit_s=9)
    assert time.monotonic() - started < 9


def test_a_conversation_goes_on_after_a_hang_up(app: ChatApp, me: Person) -> None:
    app.model.plays(says("one ", *["more "] * 200, pause_s=0.1))
    hang_up_after(me, "one ", f"/api/{USER}/chat", {"message": "count"})
    eventually(lambda: app.runs()[0][0] == "cancelled")
    app.model.plays(says("Of course."))
    assert me.chat("go on", 1).json()["response"] == "Of course."
    assert [item["role"] for item in app.model.asked[0]["input"]] == ["user", "assistant", "user"]


def test_a_server_that_is_stopped_stores_what_there_is(database_url: str, issuer: Issuer) -> None:
    with chat_app(database_url, issuer, grace_s=1) as app, app.person() as me:
        app.model.plays(says("one ", *["more "] * 200, pause_s=0.1))

        def listen() -> None:
            try:
                me.stream("count")
            except httpx2.TransportError:
                """The server is gone."""

        listening = threading.Thread(target=listen)
        listening.start()
        eventually(lambda: len(app.model.asked) == 1)
        time.sleep(0.5)
    listening.join(timeout=30)
    assert app.runs() == [("cancelled", "the client hung up, or the server stopped")]
    ((said,),) = app.rows("SELECT content FROM messages WHERE role = 'assistant'")
    assert said.startswith("one more ")


def test_an_answer_that_is_deleted_meanwhile_is_not_stored(app: ChatApp, me: Person) -> None:
    app.model.plays(says("Hello.", wait_s=1))
    thinking = threading.Thread(target=lambda: me.chat("hello"))
    thinking.start()
    eventually(lambda: len(app.model.asked) == 1)
    with app.person() as again:
        assert again.kit("threads.delete", thread_id="thr_1").status_code == 200
    thinking.join(timeout=30)
    assert app.rows("SELECT count(*) FROM messages") == [(0,)]


async def test_parts_that_cannot_be_loaded_are_an_error_for_all_who_wait() -> None:
    parts = Parts()
    waiting = asyncio.create_task(parts.ready())
    await parts.hold(FastAPI())  # without an engine: loading fails
    with pytest.raises(AttributeError):
        await waiting
    with pytest.raises(AttributeError):
        await parts.ready()
