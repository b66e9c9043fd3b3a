"""What a page that is loaded anew learns of a run that has not answered: `metadata.last_run`."""

from datetime import UTC, datetime, timedelta

import pytest

from src.chat.last_run import CUT_SHORT, GOING_ON, LOST, last_run
from src.conversations.model import AgentRun
from tests.chatting import ChatApp, Json, Person
from tests.fake_model import calls, refuses, says

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def shown(me: Person) -> list[Json]:
    """The metadata in all three answers that have a thread; they never differ."""
    listed = me.kit("threads.list").json()["data"][0]
    opened = me.kit("threads.get_by_id", thread_id=listed["id"]).json()
    renamed = me.kit("threads.update", thread_id=listed["id"], title="t").json()
    assert listed["metadata"] == opened["metadata"] == renamed["metadata"]
    return [listed["metadata"]]


def test_a_failed_run_is_told_after_a_reload_as_the_stream_told_it(app: ChatApp, me: Person) -> None:
    app.model.plays(says("ok"), refuses(401))
    thread_id = me.says("hello")[0]["thread"]["id"]
    assert shown(me) == [{}]
    error = me.says("and now?", thread_id)[-1]
    said = {
        "status": "failed",
        "message": error["message"],
        "after_item": "msg_3",
        "allow_retry": error["allow_retry"],
    }
    assert shown(me) == [{"last_run": said}]
    app.model.plays(says("Here I am."))
    events = me.kit_events("threads.retry_after_item", thread_id=thread_id, item_id="msg_3")
    assert "last_run" not in str(events)
    assert shown(me) == [{}]


def test_each_thread_has_its_own_newest_run(app: ChatApp, me: Person) -> None:
    app.model.plays(says("ok"), refuses(401), calls(("list_tasks", {})), says("ok"))
    for text in ("one", "two", "three"):
        me.says(text)
    threads = me.kit("threads.list").json()["data"]
    assert [list(thread["metadata"]) for thread in threads] == [[], ["last_run"], []]


@pytest.mark.parametrize(
    ("status", "error", "age_s", "told"),
    [
        ("completed", None, 1, None),
        ("cancelled", "the client hung up", 1, ("cancelled", CUT_SHORT, True)),
        ("running", None, 1, ("running", GOING_ON, False)),
        ("running", None, 200, ("failed", LOST, True)),
        ("failed", "model_refused: X", 1, ("failed", "The assistant declined to answer this.", False)),
    ],
)
def test_the_words_follow_from_how_the_run_stands(
    status: str, error: str | None, age_s: int, told: tuple[str, str, bool] | None
) -> None:
    started = NOW - timedelta(seconds=age_s)
    run = AgentRun(
        id=7,
        conversation_id=1,
        message_id=3,
        user_id="u",
        model="m",
        status=status,
        error=error,
        started_at=started,
    )
    said = last_run(run, 120, NOW)
    if told is None:
        assert said is None
        return
    assert said is not None
    assert said["after_item"] == "msg_3"
    assert (said["status"], said["allow_retry"]) == (told[0], told[2])
    assert said["message"].startswith(told[1])


def test_a_thread_without_runs_has_nothing_to_say() -> None:
    assert last_run(None, 120, NOW) is None
