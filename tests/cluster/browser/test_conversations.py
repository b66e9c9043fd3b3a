"""Several conversations: begun, switched, renamed, deleted; and the same account in two tabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cluster.browser.api import Person
from tests.cluster.browser.conftest import OpenScreen
from tests.cluster.browser.screen import Screen, expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.cluster


def test_conversations_are_begun_switched_renamed_and_deleted(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen(ada)
    screen.ask("add buy milk")
    screen.rail.get_by_role("button", name="New").click()
    expect(screen.own_messages).to_have_count(0)
    screen.ask("add call mum")

    entry(screen, "add buy milk").click()
    expect(screen.own_messages).to_have_text(["You: add buy milk"])
    entry(screen, "add call mum").click()
    expect(screen.own_messages).to_have_text(["You: add call mum"])
    screen.page.go_back()
    expect(screen.own_messages).to_have_text(["You: add buy milk"])

    rename(screen, "add buy milk", "Groceries")
    expect(screen.chat.get_by_role("heading", name="Groceries")).to_be_visible()
    delete(screen, "add call mum")
    expect(entry(screen, "add call mum")).to_have_count(0)

    screen.page.reload()
    expect(entry(screen, "Groceries")).to_be_visible()
    expect(entry(screen, "add call mum")).to_have_count(0)
    assert [each["title"] for each in ada.api.conversations()] == ["Groceries"]
    assert ada.api.titles() == ["buy milk", "call mum"]


def test_deleting_the_open_conversation_leaves_an_empty_one(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen(ada)
    screen.ask("add buy milk")
    delete(screen, "add buy milk")
    expect(screen.chat.get_by_text("What is on your mind, Ada?")).to_be_visible()
    expect(screen.page).to_have_url(screen.origin + "/")
    screen.ask("show my tasks")
    expect(screen.answers.last).to_contain_text("buy milk")


def test_an_answer_goes_on_while_another_conversation_is_looked_at(
    ada: Person, open_screen: OpenScreen
) -> None:
    for number in range(15):
        ada.api.add_task(f"one of many tasks with a long name, number {number}")
    ada.api.chat("hello")
    screen = open_screen(ada)
    screen.say("show my tasks")
    expect(screen.own_messages).to_have_text(["You: show my tasks"])
    entry(screen, "hello").click()
    expect(screen.own_messages).to_have_text(["You: hello"])
    entry(screen, "show my tasks").click()
    screen.settled()
    expect(screen.answers).to_have_count(1)
    expect(screen.answers).to_contain_text("number 14")
    expect(screen.answers).to_contain_text("number 0")


def test_stopping_an_answer_keeps_what_was_said(ada: Person, open_screen: OpenScreen) -> None:
    for number in range(25):
        ada.api.add_task(f"one of many tasks with a really long name, number {number}")
    screen = open_screen(ada)
    screen.say("show my tasks")
    expect(screen.answers).to_contain_text("one of many")
    screen.composer.press("Escape")
    screen.settled()
    expect(screen.own_messages).to_have_text(["You: show my tasks"])
    screen.ask("how many tasks do I have?")
    expect(screen.answers.last).to_contain_text("25 tasks")
    expect(screen.retry).to_have_count(0)


def test_a_window_closed_in_the_middle_of_an_answer_loses_nothing(
    ada: Person, open_screen: OpenScreen
) -> None:
    titles = [f"pack box {number}" for number in range(1, 7)]
    screen = open_screen(ada)
    screen.say("add these tasks: " + ", ".join(titles))
    expect(screen.steps.first).to_be_visible()
    screen.page.close()
    screen = open_screen(ada)
    entry(screen, "add these tasks").click()
    expect(screen.own_messages).to_have_count(1)
    screen.ask("show my tasks")
    assert len(set(ada.api.titles())) == len(ada.api.titles())
    assert set(ada.api.titles()) <= set(titles)


def test_two_tabs_show_the_same_account(ada: Person, open_screen: OpenScreen) -> None:
    first = open_screen(ada)
    first.ask("add buy milk")
    second = Screen(first.page.context.new_page(), first.watch, first.origin, first.folder)
    second.open(first.page.url.removeprefix(first.origin))
    expect(second.own_messages).to_have_text(["You: add buy milk"])
    expect(second.task("buy milk")).to_be_visible()

    second.ask("add call mum")
    first.ask("show my tasks")
    expect(first.answers.last).to_contain_text("call mum")
    expect(first.task("call mum")).to_be_visible()
    first.page.reload()
    said = ["You: add buy milk", "You: add call mum", "You: show my tasks"]
    expect(first.own_messages).to_have_text(said)

    second.sign_out()
    with first.watch.expect("status of 401"):
        first.say("add one more")
        expect(first.page).to_have_url(first.origin + "/sign-in")
    assert ada.api.send("GET", "/api/backend/tasks").status_code == 401


def entry(screen: Screen, title: str) -> Locator:
    """The conversation's button in the list; its name ends in the day."""
    return screen.rail.get_by_role("button", name=re.compile("^" + re.escape(title)))


def rename(screen: Screen, title: str, new: str) -> None:
    entry(screen, title).hover()
    screen.rail.get_by_role("button", name=f"Rename {title}").click()
    name = screen.rail.get_by_label("Name of the conversation")
    name.fill(new)
    with screen.saving():
        name.press("Enter")
    expect(entry(screen, new)).to_be_visible()


def delete(screen: Screen, title: str) -> None:
    entry(screen, title).hover()
    screen.rail.get_by_role("button", name=f"Delete {title}").click()
    question = screen.rail.get_by_role("group", name=f"Delete {title}")
    with screen.saving():
        question.get_by_role("button", name="Delete", exact=True).click()
    expect(question).to_have_count(0)
