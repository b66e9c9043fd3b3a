"""Messages and titles that are meant to break something."""

from __future__ import annotations

import pytest

from tests.cluster.browser.api import Person, user_input
from tests.cluster.browser.conftest import OpenScreen
from tests.cluster.browser.screen import Screen, expect

pytestmark = pytest.mark.cluster
LIMIT = 2000
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<a href=javascript:alert(3)>click</a>",
    "[click](javascript:alert(4))",
    "![picture](https://elsewhere.example/x.png)",
    "'); DROP TABLE tasks; --",
    "{{7*7}} ${7*7} %s",
    "مهمة \u202eevil\u202c 任務 👩‍👩‍👧‍👦",
)


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_an_empty_message_is_not_sent(ada: Person, open_screen: OpenScreen, text: str) -> None:
    screen = open_screen(ada)
    screen.composer.fill(text)
    expect(screen.chat.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    screen.composer.press("Enter")
    expect(screen.own_messages).to_have_count(0)
    assert ada.api.send("POST", "/api/backend/chat", {"message": text}).status_code == 422
    assert ada.api.conversations() == []


def test_a_message_that_is_too_long_says_by_how_much(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen(ada)
    screen.composer.fill("x" * (LIMIT + 1))
    expect(screen.chat.get_by_text("2,001 / 2,000: 1 too many")).to_be_visible()
    expect(screen.chat.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    screen.composer.press("Enter")
    expect(screen.composer).to_have_value("x" * (LIMIT + 1))
    screen.shoot("too-long")
    body = {"message": "x" * (LIMIT + 1)}
    assert ada.api.send("POST", "/api/backend/chat", body).status_code == 422
    refused = ada.api.chatkit("threads.create", input=user_input("x" * (LIMIT + 1)))
    assert refused.status_code == 422 or '"type":"error"' in refused.text.replace(" ", ""), refused.text
    assert ada.api.conversations() == []


@pytest.mark.parametrize("character", ["x", "😀"])
def test_a_message_of_just_the_limit_is_answered(
    ada: Person, open_screen: OpenScreen, character: str
) -> None:
    screen = open_screen(ada)
    screen.ask(character * LIMIT)
    expect(screen.own_messages).to_have_text([f"You: {character * LIMIT}"])
    assert ada.api.said(ada.api.conversations()[0]["id"]) == [character * LIMIT]
    assert_no_sideways(screen)
    screen.shoot("longest")


def test_only_emoji_get_an_answer_in_words(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen(ada)
    screen.ask("🥛🐄")
    expect(screen.answers.last).to_contain_text("emoji")
    assert ada.api.titles() == []


def test_hostile_text_is_shown_as_text(ada: Person, open_screen: OpenScreen) -> None:
    """Dialogs and requests to other places are findings of the window itself."""
    for text in HOSTILE:
        ada.api.add_task(text)
    screen = open_screen(ada)
    screen.ask("show my tasks")
    for text in HOSTILE:
        expect(screen.task(text)).to_be_visible()
        screen.ask(text)
    screen.page.reload()
    expect(screen.own_messages).to_have_text(["You: show my tasks", *(f"You: {text}" for text in HOSTILE)])
    assert screen.page.locator("li img, li script, li a[href^='javascript' i]").count() == 0
    screen.shoot("hostile")
    assert ada.api.titles() == sorted(HOSTILE)


def test_a_task_with_a_very_long_title_stays_within_its_place(ada: Person, open_screen: OpenScreen) -> None:
    ada.api.add_task("Donaudampfschifffahrtsgesellschaft" * 5)
    ada.api.add_task("a title of many short words " * 7)
    screen = open_screen(ada)
    screen.ask("show my tasks")
    assert_no_sideways(screen)
    screen.shoot("long-titles")


def test_more_than_a_title_can_hold_is_refused_in_words(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen(ada)
    screen.ask("add " + "very " * 50 + "long task")
    expect(screen.answers.last).not_to_be_empty()
    assert ada.api.titles() == []
    assert ada.api.send("POST", "/api/backend/tasks", {"title": "x" * 201}).status_code == 422


def test_a_body_of_5_mb_is_refused(ada: Person) -> None:
    body = {"message": "x" * 5_000_000}
    for path in ("/api/backend/chat", "/api/backend/chatkit", "/api/backend/tasks"):
        assert ada.api.send("POST", path, body).status_code == 413, path


def assert_no_sideways(screen: Screen) -> None:
    assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
