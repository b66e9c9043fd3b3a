"""Somebody comes to the app for the first time, uses it, and leaves."""

from __future__ import annotations

import re

import pytest

from tests.cluster.browser.api import PASSWORD, Api, Person, new_email
from tests.cluster.browser.conftest import OpenScreen
from tests.cluster.browser.screen import Screen, expect
from tests.cluster.conftest import Deployment

pytestmark = pytest.mark.cluster
CLOSED = ("GET /api/backend/tasks", "GET /api/backend/conversations", "POST /api/backend/chat")


def test_from_sign_up_to_sign_out(open_screen: OpenScreen) -> None:
    screen, email = open_screen(), new_email("Grace Hopper")
    sign_up(screen, email)
    screen.sign_out()
    screen.sign_in(email, PASSWORD)

    screen.ask("add task to buy milk")
    expect(screen.task("buy milk")).to_be_visible(timeout=1000)
    screen.shoot("added")

    screen.page.reload()
    expect(screen.task("buy milk")).to_be_visible()
    expect(screen.own_messages).to_have_text(["You: add task to buy milk"])
    expect(screen.answers).to_have_count(1)

    screen.sign_out()
    screen.open("/")
    assert_closed(screen)


def test_the_back_button_shows_nothing_of_somebody_who_has_signed_out(
    ada: Person, open_screen: OpenScreen
) -> None:
    ada.api.add_task("buy milk")
    screen = open_screen(ada)
    expect(screen.task("buy milk")).to_be_visible()
    with screen.watch.expect("status of 404"):
        screen.open("/there-is-no-such-page")
    ada.api.call("POST", "/api/auth/sign-out", {})
    screen.page.go_back()
    assert_closed(screen)


def test_the_list_follows_the_chat_before_the_answer_has_ended(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen(ada)
    # So long that the demo model, at 15 ms for a word, talks of them for a few seconds.
    titles = [f"water plant {number} with{' rain well lake' * 6}" for number in range(1, 9)]
    screen.say("add these tasks: " + ", ".join(titles))
    expect(screen.task(titles[0])).to_be_visible()
    expect(screen.chat.get_by_role("button", name="Stop answering")).to_be_visible(timeout=1)
    screen.settled()
    for title in titles:
        expect(screen.task(title)).to_be_visible(timeout=1000)
    assert ada.api.titles() == titles


def test_the_answer_streams_in_steps(ada: Person, open_screen: OpenScreen) -> None:
    for number in range(12):
        ada.api.add_task(f"a task with quite a few words in it, number {number}")
    screen = open_screen(ada)
    screen.page.evaluate(WATCH_ANSWER)
    screen.ask("show my tasks")
    lengths = screen.page.evaluate("window.answerLengths")
    assert lengths == sorted(lengths)
    assert len(lengths) >= 10, f"the answer came in {len(lengths)} steps: {lengths}"


def test_tool_calls_and_the_demo_models_badge_are_seen(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen(ada)
    badge = screen.chat.get_by_role("button", name="demo model, no AI")
    expect(badge).to_be_visible()
    screen.ask("add buy milk")
    expect(screen.steps.last).to_have_text(re.compile("Added a task · buy milk, done"))
    screen.ask("mark buy milk as done")
    expect(screen.steps.last).to_have_text(re.compile("Completed a task · buy milk, done"))
    expect(screen.task("buy milk")).to_be_checked()
    screen.page.reload()
    expect(screen.steps.filter(has_text="Added a task")).to_have_count(1)
    expect(screen.steps.filter(has_text="Completed a task")).to_have_count(1)


def test_a_tool_call_that_failed_is_shown_as_failed(ada: Person, open_screen: OpenScreen) -> None:
    ada.api.add_task("buy milk")
    screen = open_screen(ada)
    screen.ask("mark task 99999999 as done")
    expect(screen.steps.filter(has_text="Could not complete a task")).to_have_text(re.compile(", failed$"))
    screen.page.reload()
    expect(screen.steps.filter(has_text="Could not complete a task")).to_have_text(re.compile(", failed$"))


def test_the_list_itself_adds_ticks_off_and_deletes(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen(ada)
    screen.tasks.get_by_label("New task").fill("feed the cat")
    screen.tasks.get_by_label("New task").press("Enter")
    with screen.saving():
        screen.task("feed the cat").check()
    screen.ask("what have I done?")
    expect(screen.answers.last).to_contain_text("feed the cat")
    with screen.saving():
        screen.tasks.get_by_role("button", name="Delete feed the cat").click()
    expect(screen.task("feed the cat")).to_have_count(0)
    screen.page.reload()
    expect(screen.tasks.get_by_text("Nothing to do yet")).to_be_visible()


def sign_up(screen: Screen, email: str) -> None:
    screen.open("/")
    expect(screen.page).to_have_url(screen.origin + "/sign-in")
    screen.shoot("sign-in")
    screen.page.get_by_role("link", name="Create an account").click()
    screen.page.get_by_label("Name").fill("Grace Hopper")
    screen.page.get_by_label("Email").fill(email)
    screen.page.get_by_role("textbox", name="Password").fill(PASSWORD)
    screen.shoot("sign-up")
    screen.page.get_by_role("button", name="Create account").click()
    expect(screen.page).to_have_url(screen.origin + "/")
    expect(screen.chat.get_by_text("What is on your mind, Grace?")).to_be_visible()
    screen.shoot("empty")


def assert_closed(screen: Screen) -> None:
    """Nothing of the app is shown, and its API answers nothing to this browser."""
    expect(screen.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert "buy milk" not in screen.page.content()
    for request in CLOSED:
        method, path = request.split()
        answer = screen.page.request.fetch(
            screen.origin + path, method=method, headers={"Origin": screen.origin}, data={"message": "hello"}
        )
        assert answer.status == 401, f"{request}: {answer.status}"


def test_the_menu_leads_to_the_apis_documentation(
    ada: Person, open_screen: OpenScreen, cluster: Deployment
) -> None:
    screen = open_screen(ada)
    screen.watch.origins.add(cluster.urls["backend"].removesuffix("/docs"))
    screen.page.get_by_role("button", name=re.compile("^Account of ")).click()
    with screen.page.expect_popup() as opened:
        screen.page.get_by_role("link", name="API documentation").click()
    expect(opened.value.get_by_role("heading", name=re.compile("Todo"))).to_be_visible()
    expect(opened.value.get_by_text("/api/{user_id}/tasks").first).to_be_visible()


def test_a_session_cookie_is_worth_nothing_after_sign_out(ada: Person) -> None:
    kept = Api(ada.api.origin)
    kept.http.cookies.update(ada.api.http.cookies)
    assert kept.tasks() == []
    ada.api.call("POST", "/api/auth/sign-out", {})
    assert kept.send("GET", "/api/backend/tasks").status_code == 401
    assert kept.send("GET", "/").headers["location"].endswith("/sign-in")


# Keeps every length that the last answer of the conversation has while it grows.
WATCH_ANSWER = """() => {
  window.answerLengths = [];
  new MutationObserver(() => {
    const said = [...document.querySelectorAll('[role=log] li')].map((li) => li.textContent)
      .filter((text) => text.startsWith('Assistant: ')).at(-1);
    if (said && said.length !== window.answerLengths.at(-1)) window.answerLengths.push(said.length);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
