"""Many chats at once, and more of them than one person may send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cluster.browser.api import Api, Person
from tests.cluster.browser.conftest import OpenScreen
from tests.cluster.browser.screen import expect

pytestmark = pytest.mark.cluster
PEOPLE = 5
EACH = 10
LIMIT_PER_MINUTE = 20


def test_50_chats_at_once_are_all_answered_and_none_is_mixed_up(new_person: Callable[..., Person]) -> None:
    with ThreadPoolExecutor(PEOPLE) as pool:
        people = list(pool.map(new_person, [f"Person {number}" for number in range(PEOPLE)]))
    jobs = [(person, f"water plant {number} of {person.name}") for person in people for number in range(EACH)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        answers = list(pool.map(lambda job: apart(job[0]).chat(f"add {job[1]}"), jobs))
    for (_, title), answer in zip(jobs, answers, strict=True):
        assert [call["result"]["title"] for call in answer["tool_calls"]] == [title]
        assert title in answer["response"]
    for person in people:
        assert person.api.titles() == sorted(title for owner, title in jobs if owner is person)
        assert len(person.api.conversations()) == EACH


def test_one_person_may_send_20_messages_in_a_minute_and_is_told_when_there_is_room_again(
    ada: Person, open_screen: OpenScreen
) -> None:
    screen = open_screen(ada)
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(send_hello, ada) for _ in range(LIMIT_PER_MINUTE + 5)]
        statuses = Counter(each.result() for each in sent)
    assert statuses == {200: LIMIT_PER_MINUTE, 429: 5}
    screen.say("add buy milk")
    words = screen.chat.get_by_role("alert").get_by_text("That was 20 messages within a minute.")
    expect(words).to_be_visible()
    screen.shoot("too-many")
    assert ada.api.titles() == []


def send_hello(person: Person) -> int:
    return apart(person).send("POST", "/api/backend/chat", {"message": "hello"}).status_code


def apart(person: Person) -> Api:
    """The same session over a connection of its own: those of `requests` can't be shared between threads."""
    own = Api(person.api.origin)
    own.http.cookies.update(person.api.http.cookies)
    return own
