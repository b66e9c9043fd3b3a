"""A model that is away, slow, broken or confused: words for a person, a hint in the log, nothing lost."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.chatting import ChatApp, Person, chat_app, user_input
from tests.fake_model import BROKEN_STREAM, GARBAGE, NOTHING, Move, calls, refuses, says
from tests.signin import USER, Issuer

QUICK: dict[str, Any] = {"model_timeout_s": 0.6, "run_timeout_s": 20}


@pytest.fixture
def app(database_url: str, issuer: Issuer) -> Iterator[ChatApp]:
    """The app with a short patience."""
    with chat_app(database_url, issuer, **QUICK) as app:
        yield app


def log_line(output: str, event: str) -> str:
    (line,) = [line for line in output.splitlines() if event in line]
    return line


# What the model does; the code; how often it was asked; what the log says.
FAULTS: list[tuple[list[Move], str, int, str]] = [
    ([refuses(401, "Incorrect API key provided: sk-…")], "model_key_refused", 1, "OPENAI_API_KEY refused"),
    ([refuses(403)], "model_forbidden", 1, "OPENAI_API_KEY"),
    ([refuses(404)], "model_unknown", 1, "OPENAI_MODEL"),
    ([refuses(400)], "model_refused_request", 1, "OPENAI_MODEL"),
    ([refuses(429)], "model_busy", 2, "OPENAI_API_KEY"),
    ([refuses(500)], "model_failing", 2, "OPENAI_BASE_URL"),
    ([refuses(503)], "model_failing", 2, "OPENAI_BASE_URL"),
    ([Move(wait_s=60)], "model_silent", 2, "MODEL_TIMEOUT_S"),
    ([says("a", "b", pause_s=60)], "model_silent", 1, "MODEL_TIMEOUT_S"),
    ([says("I was about to ", "say ", "some", "thing", cut=True)], "model_cut_off", 1, "OPENAI_BASE_URL"),
    ([says("I was about to ", "say ", "some", "thing", short=True)], "model_cut_off", 1, "OPENAI_BASE_URL"),
    ([refuses(429, code="insufficient_quota")], "model_unpaid", 2, "waiting will not help"),
    ([GARBAGE], "model_misbehaved", 1, "OPENAI_API"),
    ([BROKEN_STREAM], "model_garbled", 1, "OPENAI_API"),
    ([NOTHING], "empty_answer", 1, "without text"),
    ([says("")], "empty_answer", 1, "without text"),
    ([says("  \n ")], "empty_answer", 1, "without text"),
    ([calls(("list_tasks", {}))], "too_many_steps", 10, "calling tools"),
    ([calls(("no_such_tool", {}))], "too_many_steps", 10, "calling tools"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[1])
def test_a_fault_is_a_503_in_plain_words_and_the_message_is_kept(
    app: ChatApp,
    me: Person,
    capsys: pytest.CaptureFixture[str],
    fault: tuple[list[Move], str, int, str],
) -> None:
    moves, code, asked, hint = fault
    app.model.plays(*moves)
    answer = me.chat("add buy milk")
    body = answer.json()
    assert (answer.status_code, body["code"], body["conversation_id"]) == (503, code, 1)
    assert answer.headers["Retry-After"]
    assert body["detail"].endswith("Your message is kept.")
    assert not any(word in body["detail"] for word in ("HTTP", "Error", "OPENAI", "sk-", "None"))
    assert len(app.model.asked) == asked
    ((status, error),) = app.runs()
    assert (status, error.partition(":")[0]) == ("failed", code)
    assert me.get("conversations/1/messages")[0]["content"] == "add buy milk"
    line = log_line(capsys.readouterr().out, "chat failed")
    assert hint in line
    assert "sk-" not in line


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:1/v1", "the host refused the connection"),
        ("http://localhost:1/v1", "the host refused the connection"),
        ("http://no-such-model.invalid:8080/v1", "the host name cannot be resolved"),
        ("https://127.0.0.1:{port}/v1", "no TLS came about: is the port a plain http one?"),
    ],
)
def test_a_model_that_cannot_be_reached_is_told_with_host_and_cause(
    database_url: str, issuer: Issuer, capsys: pytest.CaptureFixture[str], address: str, why: str
) -> None:
    address = address.format(port=urlsplit(issuer.jwks_url).port)
    with chat_app(database_url, issuer, openai_base_url=address) as app, app.person() as me:
        answer = me.chat("hello")
        assert (answer.status_code, answer.json()["code"]) == (503, "model_away")
        assert app.runs() == [("failed", f"model_away: APIConnectionError: {why}")]
    output = capsys.readouterr().out
    host = urlsplit(address).netloc
    line = log_line(output, "chat failed")
    assert f" host={host} " in line
    assert f"APIConnectionError: {why}" in line
    assert f"model_host={host}" in log_line(output, "] started ")


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.parametrize("end", ["cut", "short"])
def test_half_an_answer_is_never_taken_for_a_whole_one(
    database_url: str, issuer: Issuer, api: str, end: str
) -> None:
    with chat_app(database_url, issuer, openai_api=api) as app, app.person() as me:
        app.model.plays(says("I was about to ", "say ", "some", "thing", **{end: True}))
        answer = me.chat("hello")
        assert (answer.status_code, answer.json()["code"]) == (503, "model_cut_off")
        app.model.plays(calls(("list_tasks", {})), says("A whole ", "one."))
        assert me.chat("again").json()["response"] == "A whole one."


@pytest.mark.parametrize("first", [refuses(429), refuses(500), refuses(502), Move(wait_s=2)])
def test_one_fault_is_not_seen_at_all(app: ChatApp, me: Person, first: Move) -> None:
    app.model.plays(first, says("Here I am."))
    answer = me.chat("hello")
    assert (answer.status_code, answer.json()["response"]) == (200, "Here I am.")
    assert len(app.model.asked) == 2


def test_a_fault_after_a_tool_does_not_run_the_tool_again(app: ChatApp, me: Person) -> None:
    app.model.plays(calls(("add_task", {"title": "buy milk"})), refuses(500), says("Added."))
    assert me.chat("add buy milk").status_code == 200
    assert me.tasks() == ["buy milk"]


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("no_such_tool", {}, "no_such_tool"),
        ("add_task", '{"title": "buy', "not a JSON object"),
        ("add_task", "[1, 2]", "not a JSON object"),
        ("add_task", {}, "title"),
        ("add_task", {"title": 7}, "title"),
        ("complete_task", {"task_id": 99}, "There is no task 99."),
        ("add_task", {"title": "\0"}, "NUL"),
    ],
)
def test_a_model_that_asks_for_nonsense_is_told_and_may_recover(
    app: ChatApp, me: Person, name: str, arguments: Any, told: str
) -> None:
    app.model.plays(calls((name, arguments)), says("That did not work."))
    answer = me.chat("do it")
    assert answer.status_code == 200, answer.text
    (call,) = answer.json()["tool_calls"]
    assert (call["name"], told in call["result"]["error"]) == (name, True), call
    assert told in str(app.model.asked[1]["input"][-1]["output"])
    assert app.rows("SELECT status FROM tool_calls") == [("failed",)]
    assert app.runs() == [("completed", None)]
    assert me.tasks() == []


def test_a_model_that_never_ends_is_stopped(database_url: str, issuer: Issuer) -> None:
    with chat_app(database_url, issuer, run_timeout_s=1) as app, app.person() as me:
        app.model.plays(says(*["more "] * 100, pause_s=0.1))
        started = time.monotonic()
        answer = me.chat("go on")
        assert (answer.status_code, answer.json()["code"]) == (503, "run_too_long")
        assert time.monotonic() - started < 4


def test_what_was_said_before_a_fault_is_kept(app: ChatApp, me: Person) -> None:
    app.model.plays(says("I was about to ", "say ", "some", "thing", cut=True))
    events = me.stream("hello")
    assert [name for name, _ in events][-1] == "error"
    said = "".join(data["delta"] for name, data in events if name == "text")
    assert said.startswith("I was about to")
    assert [row["content"] for row in me.get("conversations/1/messages")] == ["hello", said]


def test_tools_that_are_away_are_told(database_url: str, issuer: Issuer) -> None:
    with chat_app(database_url, issuer, mcp_url="http://127.0.0.1:1/mcp") as app, app.person() as me:
        answer = me.chat("hello")
        assert (answer.status_code, answer.json()["code"]) == (503, "tools_away")
        assert app.model.asked == []
        assert app.runs()[0][0] == "failed"


def test_over_chatkit_a_fault_is_an_error_event_with_a_retry(app: ChatApp, me: Person) -> None:
    app.model.plays(refuses(429))
    *_, last = me.says("hello")
    assert last == {
        "type": "error",
        "code": "custom",
        "message": "The assistant has too much to do just now. Try again in a moment. Your message is kept.",
        "allow_retry": True,
    }


def test_a_retry_answers_the_stored_message_and_does_nothing_twice(app: ChatApp, me: Person) -> None:
    app.model.plays(calls(("add_task", {"title": "buy milk"})), refuses(401))
    events = me.says("add buy milk")
    item = next(event["item"] for event in events if event["type"] == "thread.item.done")
    assert (item["type"], events[-1]["type"]) == ("user_message", "error")
    app.model.plays(says("I added it."))
    retried = me.kit_events("threads.retry_after_item", thread_id=item["thread_id"], item_id=item["id"])
    assert [event["item_id"] for event in retried if event["type"] == "thread.item.removed"] == ["wf_1"]
    assert [event["item"]["type"] for event in retried if event["type"] == "thread.item.done"] == [
        "workflow",
        "assistant_message",
    ]
    asked = app.model.asked[0]["input"]
    assert [part.get("type", part.get("role")) for part in asked] == [
        "user",
        "function_call",
        "function_call_output",
    ]
    assert me.tasks() == ["buy milk"]
    items = me.kit("items.list", thread_id=item["thread_id"], order="asc").json()["data"]
    assert [item["type"] for item in items] == ["user_message", "workflow", "assistant_message"]
    assert items[1] == next(event["item"] for event in retried if event["type"] == "thread.item.done") | {
        "created_at": items[1]["created_at"]
    }
    assert app.rows("SELECT count(*) FROM messages WHERE role = 'user'") == [(1,)]
    assert [status for status, _ in app.runs()] == ["failed", "completed"]


def test_a_database_that_goes_away_before_the_message_is_stored_is_a_503(app: ChatApp, me: Person) -> None:
    app.execute("ALTER TABLE conversations RENAME TO away")
    rest, kit = me.chat("hello"), me.kit("threads.create", input=user_input("hello"))
    assert (rest.status_code, kit.status_code) == (503, 503)
    assert app.model.asked == []


def test_a_database_that_goes_away_meanwhile_costs_no_answer(app: ChatApp, me: Person) -> None:
    app.model.plays(says("Hello.", wait_s=0.4))
    me.chat("first")
    app.execute(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'"
    )
    app.execute("CREATE TRIGGER no BEFORE UPDATE ON agent_runs EXECUTE FUNCTION no()")
    answer = me.chat("second")
    assert (answer.status_code, answer.json()["response"]) == (200, "Hello.")
    assert app.runs()[-1][0] == "running"
    assert app.rows(f"SELECT count(*) FROM messages WHERE user_id = '{USER}'") == [(3,)]
