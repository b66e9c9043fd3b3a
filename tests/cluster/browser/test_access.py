"""The app without a mouse and for screen readers: every page and every state of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster.browser.accessibility import assert_accessible
from tests.cluster.browser.api import Person
from tests.cluster.browser.conftest import OpenScreen
from tests.cluster.browser.screen import Screen, expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.cluster
LOOKS: Mapping[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
}
PHONE: Mapping[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def test_sign_in_chat_and_list_work_by_keyboard_alone(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen().open("/sign-in")
    keyboard = screen.page.keyboard
    tab_to(screen, screen.page.get_by_label("Email"))
    keyboard.type(ada.email)
    tab_to(screen, screen.page.get_by_role("textbox", name="Password"))
    keyboard.type(ada.password)
    keyboard.press("Enter")

    expect(screen.composer).to_be_focused()
    keyboard.type("add buy milk")
    keyboard.press("Enter")
    screen.settled()
    expect(screen.task("buy milk")).to_be_visible()
    expect(screen.composer).to_be_focused()

    tab_to(screen, screen.tasks.get_by_label("New task"))
    keyboard.type("call mum")
    keyboard.press("Enter")
    expect(screen.task("call mum")).to_be_visible()
    tab_to(screen, screen.task("call mum"))
    keyboard.press("Space")
    expect(screen.task("call mum")).to_be_checked()

    tab_to(screen, screen.page.get_by_role("button", name=re.compile("^Account of ")))
    keyboard.press("Enter")
    tab_to(screen, screen.page.get_by_role("button", name="Sign out"))
    keyboard.press("Enter")
    expect(screen.page).to_have_url(screen.origin + "/sign-in")


def test_conversations_are_renamed_and_deleted_by_keyboard_alone(
    ada: Person, open_screen: OpenScreen
) -> None:
    ada.api.chat("add buy milk")
    screen = open_screen(ada)
    keyboard = screen.page.keyboard
    tab_to(screen, screen.rail.get_by_role("button", name="Rename add buy milk"))
    keyboard.press("Enter")
    expect(screen.rail.get_by_label("Name of the conversation")).to_be_focused()
    keyboard.type("Groceries")
    keyboard.press("Enter")
    tab_to(screen, screen.rail.get_by_role("button", name="Delete Groceries"))
    keyboard.press("Enter")
    expect(screen.rail.get_by_role("button", name="Keep")).to_be_focused()
    keyboard.press("Escape")
    tab_to(screen, screen.rail.get_by_role("button", name="Delete Groceries"))
    keyboard.press("Enter")
    tab_to(screen, screen.rail.get_by_role("button", name="Delete", exact=True))
    with screen.saving():
        keyboard.press("Enter")
    expect(screen.rail.get_by_text("Whatever you talk about is kept here.")).to_be_visible()
    assert ada.api.conversations() == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_stranger_are_accessible(ada: Person, open_screen: OpenScreen, look: str) -> None:
    screen = open_screen(**LOOKS[look]).open("/sign-in")
    assert_accessible(screen, f"sign-in-{look}")
    screen.watch.tolerate("status of 40[14]")
    screen.sign_in(ada.email, "not the right one")
    expect(screen.page.get_by_text("don’t match")).to_be_visible()
    assert_accessible(screen, f"wrong-password-{look}")
    screen.open("/sign-up")
    screen.page.get_by_role("button", name="Create account").click()
    expect(screen.page.get_by_text("Choose a password.")).to_be_visible()
    assert_accessible(screen, f"sign-up-refused-{look}")
    screen.open("/there-is-no-such-page")
    expect(screen.page.get_by_text("There is nothing here")).to_be_visible()
    assert_accessible(screen, f"not-found-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_of_the_app_is_accessible(ada: Person, open_screen: OpenScreen, look: str) -> None:
    screen = open_screen(ada, **LOOKS[look])
    assert_accessible(screen, f"empty-{look}")
    screen.ask("add buy milk, call mum and water the plants")
    screen.ask("mark buy milk as done")
    screen.ask("show my tasks")
    for state, show in STATES.items():
        leave = show(screen)
        assert_accessible(screen, f"{state}-{look}")
        leave()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_phone_is_accessible_in_each_of_its_views(ada: Person, open_screen: OpenScreen, look: str) -> None:
    ada.api.chat("add buy milk")
    screen = open_screen(ada, **PHONE, **LOOKS[look])
    screen.ask("show my tasks")
    assert_accessible(screen, f"phone-chat-{look}")
    screen.chat.get_by_role("button", name="Conversations").click()
    expect(screen.rail.get_by_role("heading", name="Conversations")).to_be_visible()
    assert_accessible(screen, f"phone-conversations-{look}")
    screen.rail.get_by_role("button", name="Back to the chat").click()
    screen.page.get_by_role("button", name=re.compile("^Tasks")).click()
    expect(screen.task("buy milk")).to_be_visible()
    assert_accessible(screen, f"phone-tasks-{look}")


def test_a_screen_reader_hears_that_an_answer_comes_and_then_the_answer(
    ada: Person, open_screen: OpenScreen
) -> None:
    screen = open_screen(ada)
    status = screen.chat.get_by_role("status")
    screen.say("add buy milk")
    expect(status).to_have_text("The assistant is answering")
    screen.settled()
    expect(status).to_contain_text("Added “buy milk”")


def tab_to(screen: Screen, wanted: Locator) -> None:
    """Press Tab until something has the focus; on the way every stop must be seen to have it."""
    expect(wanted).to_be_visible()
    if wanted.evaluate(HAS_FOCUS):
        return
    for _ in range(60):
        screen.page.keyboard.press("Tab")
        stop = screen.page.evaluate(FOCUSED)
        assert stop["shown"], f"nothing shows that this has the focus: {stop['html']}"
        if wanted.evaluate(HAS_FOCUS):
            return
    pytest.fail(f"60 times Tab do not reach {wanted}")


def states() -> Mapping[str, Callable[[Screen], Callable[[], object]]]:
    """How each state of the app is reached; each gives the way back."""

    def escape(screen: Screen) -> Callable[[], object]:
        return lambda: screen.page.keyboard.press("Escape")

    def account(screen: Screen) -> Callable[[], object]:
        screen.page.get_by_role("button", name=re.compile("^Account of ")).click()
        return escape(screen)

    def badge(screen: Screen) -> Callable[[], object]:
        screen.chat.get_by_role("button", name="demo model, no AI").focus()
        expect(screen.page.get_by_role("tooltip")).to_be_visible()
        return escape(screen)

    def conversation(verb: str) -> Callable[[Screen], Callable[[], object]]:
        def show(screen: Screen) -> Callable[[], object]:
            screen.rail.get_by_role("button", name=re.compile(f"^{verb} add buy milk")).click()
            return escape(screen)

        return show

    def done(screen: Screen) -> Callable[[], object]:
        screen.tasks.get_by_role("button", name=re.compile("^Done")).click()
        return lambda: screen.tasks.get_by_role("button", name=re.compile("^All")).click()

    def note(screen: Screen) -> Callable[[], object]:
        screen.tasks.get_by_role("button", name="Add a note").click()
        return lambda: screen.tasks.get_by_role("button", name="Remove the note").click()

    def too_long(screen: Screen) -> Callable[[], object]:
        screen.composer.fill("x" * 2001)
        return lambda: screen.composer.fill("")

    return {
        "chat": lambda _: lambda: None, "account": account, "badge": badge, "rename": conversation("Rename"),
        "delete": conversation("Delete"), "done": done, "note": note, "too-long": too_long,
    }  # fmt: skip


STATES = states()
HAS_FOCUS = "(element) => element === document.activeElement"
# Focus is shown by an outline or a shadow, of the thing itself or of a box around it.
FOCUSED = """() => {
  const at = document.activeElement;
  const shows = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  };
  const chain = [at, at?.parentElement, at?.parentElement?.parentElement].filter(Boolean);
  return { shown: !at || at === document.body || chain.some(shows), html: at?.outerHTML.slice(0, 200) ?? "" };
}"""
