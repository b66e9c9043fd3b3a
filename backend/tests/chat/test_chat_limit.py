"""The rate limit: so many messages a minute for each user, counted in the database by all replicas."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.chatting import ChatApp, chat_app, user_input
from tests.fake_model import refuses, says
from tests.signin import USER, Issuer

LIMIT = 3


def older(app: ChatApp, seconds: int) -> None:
    app.execute(f"UPDATE agent_runs SET started_at = started_at - interval '{seconds} seconds'")


def test_the_message_after_the_last_is_429_with_a_time_and_is_not_stored(
    database_url: str, issuer: Issuer
) -> None:
    with chat_app(database_url, issuer, chat_limit_per_minute=LIMIT) as app, app.person() as me:
        app.model.plays(says("ok"))
        assert [me.chat("x").status_code for _ in range(LIMIT)] == [200] * LIMIT
        older(app, 20)
        answer = me.chat("x")
        assert answer.status_code == 429
        assert 35 <= int(answer.headers["Retry-After"]) <= 40
        assert answer.json()["detail"].startswith(f"That was {LIMIT} messages within a minute. Try again in ")
        assert len(app.model.asked) == LIMIT
        assert app.rows("SELECT count(*) FROM conversations") == [(LIMIT,)]
        with app.person("eve") as eve:
            assert eve.chat("x").status_code == 200
        older(app, 41)
        assert me.chat("x").status_code == 200


def test_over_chatkit_it_is_an_error_event_alone(database_url: str, issuer: Issuer) -> None:
    with chat_app(database_url, issuer, chat_limit_per_minute=1) as app, app.person() as me:
        app.model.plays(says("ok"))
        thread = me.says("x")[0]["thread"]["id"]
        for kind, params in (
            ("threads.create", {"input": user_input("y")}),
            ("threads.add_user_message", {"thread_id": thread, "input": user_input("y")}),
            ("threads.retry_after_item", {"thread_id": thread, "item_id": "msg_1"}),
        ):
            (event,) = me.kit_events(kind, **params)
            assert (event["type"], event["allow_retry"]) == ("error", True)
            assert event["message"].startswith("That was 1 messages within a minute")
        assert app.rows("SELECT count(*) FROM messages") == [(2,)]


def test_two_replicas_count_together_and_no_race_lets_more_through(database_url: str, issuer: Issuer) -> None:
    values: dict[str, Any] = {"chat_limit_per_minute": 5}
    with chat_app(database_url, issuer, **values) as one, chat_app(database_url, issuer, **values) as other:
        for app in (one, other):
            app.model.plays(says("ok"))

        def send(number: int) -> int:
            with (one if number % 2 else other).person() as me:
                return me.chat("x").status_code

        with ThreadPoolExecutor(20) as pool:
            statuses = sorted(pool.map(send, range(20)))
    assert statuses == [200] * 5 + [429] * 15
    assert one.rows("SELECT count(*) FROM messages WHERE role = 'user'") == [(5,)]


def test_deleting_conversations_and_retrying_are_no_way_around(database_url: str, issuer: Issuer) -> None:
    with chat_app(database_url, issuer, chat_limit_per_minute=4) as app, app.person() as me:
        app.model.plays(says("ok"))
        for number in (1, 2):
            me.chat("x")
            assert me.kit("threads.delete", thread_id=f"thr_{number}").status_code == 200
        thread = me.says("a")[0]["thread"]["id"]
        me.says("b", thread)
        first = me.kit("items.list", thread_id=thread, order="asc").json()["data"][0]["id"]
        (event,) = me.kit_events("threads.retry_after_item", thread_id=thread, item_id=first)
        assert event["type"] == "error"
        assert me.chat("x").status_code == 429
        assert app.rows("SELECT count(*) FROM agent_runs WHERE conversation_id IS NULL") == [(2,)]


def test_failed_runs_count_as_well(database_url: str, issuer: Issuer) -> None:
    with chat_app(database_url, issuer, chat_limit_per_minute=1) as app, app.person() as me:
        app.model.plays(refuses(401))
        assert [me.chat("x").status_code for _ in range(2)] == [503, 429]
        assert app.rows(f"SELECT count(*) FROM messages WHERE user_id = '{USER}'") == [(1,)]
