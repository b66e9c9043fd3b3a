"""POST /chatkit: the same conversations in ChatKit's protocol."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from chatkit.types import ThreadStreamEvent
from pydantic import TypeAdapter

from tests.chatting import ChatApp, Json, Person, events_of, user_input
from tests.fake_model import calls, says

DATA = Path(__file__).parents[1] / "data"
NOT_MINE = ("thr_1", "thr_999", "thr_0", "1", "", "msg_1", "thr_9" * 9, "thr_x", "thr_²")  # thr_1 is eve's
EVENT: TypeAdapter[Any] = TypeAdapter(ThreadStreamEvent)


def without_times(text: str) -> str:
    return re.sub(r'"created_at":"[^"]+"', '"created_at":"T"', text)


def items(me: Person, thread_id: str, order: str = "asc", **more: Any) -> list[Json]:
    found: list[Json] = me.kit("items.list", thread_id=thread_id, order=order, **more).json()["data"]
    return found


def test_a_stream_is_the_recorded_one(app: ChatApp, me: Person) -> None:
    """The frontend's tests read the same file."""
    app.model.plays(
        calls(("add_task", {"title": "buy milk"}), ("complete_task", {"task_id": 99})),
        says("I added ", "“buy milk”. ", "There is no task 99."),
    )
    stream = me.kit("threads.create", input=user_input("add buy milk, and complete task 99")).text
    assert without_times(stream) == without_times((DATA / "chatkit-stream.txt").read_text())


@pytest.mark.parametrize(
    "name", ["chatkit-stream.txt", "chatkit-stream-error.txt", "chatkit-stream-retry.txt"]
)
def test_the_recorded_streams_are_chatkits(name: str) -> None:
    for event in events_of((DATA / name).read_text()):
        EVENT.validate_python(event)


def test_what_was_streamed_is_what_a_reload_shows(app: ChatApp, me: Person) -> None:
    app.model.plays(calls(("add_task", {"title": "buy milk"})), says("Added ", "it."))
    events = me.says("  add buy milk ")
    done = [event["item"] for event in events if event["type"] == "thread.item.done"]
    thread_id = done[0]["thread_id"]

    def timeless(shown: list[Json]) -> list[Json]:
        return [{key: value for key, value in item.items() if key != "created_at"} for item in shown]

    stored = items(me, thread_id)
    assert timeless(stored) == timeless(done)
    assert all(item["created_at"].endswith("Z") for item in [*stored, *done])
    assert [item["type"] for item in stored] == ["user_message", "workflow", "assistant_message"]
    thread = me.kit("threads.get_by_id", thread_id=thread_id).json()
    assert (thread["title"], thread["items"]["data"]) == ("add buy milk", stored)


def test_the_title_comes_first_and_the_person_may_stop_the_answer(app: ChatApp, me: Person) -> None:
    app.model.plays(says("ok"))
    events = me.says("word " * 40)
    kinds = [event["type"] for event in events]
    assert kinds[:4] == ["thread.created", "thread.item.done", "stream_options", "thread.updated"]
    assert events[2]["stream_options"] == {"allow_cancel": True}
    title = events[3]["thread"]["title"]
    assert title == " ".join(["word"] * 11) + "…"


def test_rest_and_chatkit_are_the_same_conversations(app: ChatApp, me: Person) -> None:
    app.model.plays(says("Hello."))
    number = me.chat("one").json()["conversation_id"]
    me.says("two", f"thr_{number}")
    assert [row["content"] for row in me.get(f"conversations/{number}/messages")] == [
        "one",
        "Hello.",
        "two",
        "Hello.",
    ]
    (thread,) = me.kit("threads.list").json()["data"]
    assert (thread["id"], thread["title"]) == (f"thr_{number}", "one")
    assert len(items(me, thread["id"])) == 4


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_items_come_in_pages_in_both_orders(app: ChatApp, me: Person, order: str) -> None:
    app.model.plays(says("ok"))
    thread_id = me.says("m0")[0]["thread"]["id"]
    for number in range(1, 4):
        app.model.plays(calls(("list_tasks", {})), says("ok"))
        me.says(f"m{number}", thread_id)
    whole = [item["id"] for item in items(me, thread_id, order, limit=100)]
    assert len(whole) == 4 * 2 + 3
    paged: list[str] = []
    after = None
    while True:
        more: Json = {} if after is None else {"after": after}
        page = me.kit("items.list", thread_id=thread_id, order=order, limit=2, **more).json()
        paged += [item["id"] for item in page["data"]]
        if not page["has_more"]:
            break
        after = page["after"]
    assert paged == whole
    assert whole == list(
        reversed([item["id"] for item in items(me, thread_id, "desc" if order == "asc" else "asc")])
    )


def test_threads_come_in_pages_newest_first(app: ChatApp, me: Person) -> None:
    app.model.plays(says("ok"))
    made = [me.says(f"t{number}")[0]["thread"]["id"] for number in range(5)]
    first = me.kit("threads.list", limit=2).json()
    assert ([row["id"] for row in first["data"]], first["has_more"]) == ([made[4], made[3]], True)
    second = me.kit("threads.list", limit=2, after=first["after"]).json()
    third = me.kit("threads.list", limit=2, after=second["after"]).json()
    assert [row["id"] for row in second["data"] + third["data"]] == [made[2], made[1], made[0]]
    assert third["has_more"] is False
    assert [row["id"] for row in me.kit("threads.list", order="asc").json()["data"]] == made


def test_a_thread_gets_another_title_and_is_deleted_with_all_that_is_in_it(app: ChatApp, me: Person) -> None:
    app.model.plays(calls(("add_task", {"title": "x"})), says("ok"))
    thread_id = me.says("hello")[0]["thread"]["id"]
    renamed = me.kit("threads.update", thread_id=thread_id, title="  Milk ")
    assert (renamed.status_code, renamed.json()["title"]) == (200, "Milk")
    for title in ("", "  ", "t" * 201, "a\0b"):
        assert me.kit("threads.update", thread_id=thread_id, title=title).status_code == 422
    assert me.kit("threads.list").json()["data"][0]["title"] == "Milk"
    assert me.kit("items.feedback", thread_id=thread_id, item_ids=["msg_1"], kind="positive").json() == {}
    assert me.kit("threads.delete", thread_id=thread_id).json() == {}
    for table in ("conversations", "messages", "tool_calls"):
        assert app.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert me.tasks() == ["x"]


def test_a_retry_of_an_older_message_forgets_what_came_after(app: ChatApp, me: Person) -> None:
    app.model.plays(says("first answer"), says("second answer"), says("new answer"))
    thread_id = me.says("one")[0]["thread"]["id"]
    me.says("two", thread_id)
    events = me.kit_events("threads.retry_after_item", thread_id=thread_id, item_id="msg_1")
    removed = [event["item_id"] for event in events if event["type"] == "thread.item.removed"]
    assert removed == ["msg_2", "msg_3", "msg_4"]
    shown = [item["content"][0]["text"] for item in items(me, thread_id)]
    assert shown == ["one", "new answer"]
    assert app.model.asked[-1]["input"] == [{"role": "user", "content": "one"}]


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("threads.get_by_id", {}),
        ("items.list", {}),
        ("items.list", {"after": "wf_1"}),
        ("items.feedback", {"item_ids": ["msg_1"], "kind": "negative"}),
        ("threads.update", {"title": "mine now"}),
        ("threads.delete", {}),
    ],
)
def test_threads_of_others_and_of_nobody_are_the_same_404(
    app: ChatApp, me: Person, kind: str, params: Json
) -> None:
    app.model.plays(calls(("list_tasks", {})), says("eve's secret"))
    with app.person("eve") as eve:
        eve.says("secret")
    for thread_id in NOT_MINE:
        answer = me.kit(kind, thread_id=thread_id, **params)
        assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such conversation."})
    assert app.rows("SELECT title FROM conversations") == [("secret",)]


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("threads.add_user_message", {"thread_id": "thr_1", "input": user_input("hello")}),
        ("threads.add_user_message", {"thread_id": "nonsense", "input": user_input("hello")}),
        ("threads.retry_after_item", {"thread_id": "thr_1", "item_id": "msg_1"}),
        ("threads.retry_after_item", {"thread_id": "thr_2", "item_id": "msg_1"}),
        ("threads.retry_after_item", {"thread_id": "thr_2", "item_id": "msg_4"}),
        ("threads.retry_after_item", {"thread_id": "thr_2", "item_id": "wf_1"}),
    ],
)
def test_a_stream_about_what_is_not_ones_own_is_one_error_event(
    app: ChatApp, me: Person, kind: str, params: Json
) -> None:
    """thr_1 is eve's with messages 1 and 2, thr_2 is mine with 3 and, the assistant's, 4."""
    app.model.plays(says("ok"))
    with app.person("eve") as eve:
        eve.says("secret")
    me.says("mine")
    before = app.rows("SELECT * FROM messages ORDER BY id")
    assert me.kit_events(kind, **params) == [
        {
            "type": "error",
            "code": "custom",
            "message": "There is no such conversation.",
            "allow_retry": False,
        }
    ]
    assert app.rows("SELECT * FROM messages ORDER BY id") == before
    assert len(app.model.asked) == 2


@pytest.mark.parametrize("text", ["", "  \n", "x" * 2001, "a\0b"])
def test_a_message_of_a_bad_length_is_one_error_event_and_stores_nothing(
    app: ChatApp, me: Person, text: str
) -> None:
    (event,) = me.says(text)
    assert (event["type"], event["allow_retry"]) == ("error", False)
    assert "1 to 2000 characters" in event["message"]
    assert app.rows("SELECT count(*) FROM conversations") == [(0,)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"type": "threads.explode", "params": {}}',
        b'{"type": "threads.create", "params": {}}',
        b'{"type": "threads.create", "params": {"input": {"attachments": [], "inference_options": {},'
        b' "content": [{"type": "input_text", "text": "\\ud800"}]}}}',
        b'{"type": "items.list", "params": {"thread_id": 7}}',
        b'{"type": "attachments.create", "params": {"name": "a", "size": 1, "mime_type": "b"}}',
        b'{"type": "input.transcribe", "params": {"audio_base64": "", "mime_type": "b"}}',
        b'{"type": "threads.custom_action", "params": {"thread_id": "thr_1", "action": {"type": "x"}}}',
        b'{"type": "threads.add_client_tool_output", "params": {"thread_id": "thr_1", "result": 1}}',
    ],
)
def test_what_is_no_request_of_ours_is_422(app: ChatApp, me: Person, body: bytes) -> None:
    answer = me.http.post("/chatkit", content=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    assert app.rows("SELECT count(*) FROM conversations") == [(0,)]


def test_attachments_that_do_not_exist_are_refused_before_anything_is_stored(
    app: ChatApp, me: Person
) -> None:
    given = {**user_input("hello"), "attachments": ["atc_1"]}
    (event,) = me.kit_events("threads.create", input=given)
    assert (event["type"], event["message"]) == ("error", "Attachments are not taken here.")
    assert app.rows("SELECT count(*) FROM conversations") == [(0,)]


def test_a_page_is_never_larger_than_a_hundred(app: ChatApp, me: Person) -> None:
    app.model.plays(says("ok"))
    thread_id = me.says("hello")[0]["thread"]["id"]
    app.execute(
        "INSERT INTO messages (conversation_id, user_id, role, content)"
        " SELECT 1, 'demo', 'user', 'm' || n FROM generate_series(1, 150) n"
    )
    assert len(items(me, thread_id, limit=100_000)) == 100
    assert len(items(me, thread_id, limit=-5)) == 1
    assert json.loads(me.kit("items.list", thread_id=thread_id, limit=0).text)["has_more"] is True
