"""The app as a person sees it: one browser window, found by roles and names, never by class."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from delivery.criteria.browser_window import USABLE
from tests.cluster.browser.watch import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Response

# An answer with its tool calls, on two busy cores.
ANSWER_MS = 60_000


def expect(actual: Any) -> Any:
    """Playwright's `expect`, which waits until a thing is so. Imported late: it lies outside the .venv."""
    from playwright.sync_api import expect as waiting

    return waiting(actual)


@dataclass(frozen=True)
class Screen:
    """One window. `folder` takes its pictures."""

    page: Page
    watch: Watch
    origin: str
    folder: Path

    @property
    def chat(self) -> Locator:
        return self.page.get_by_role("region", name="Chat", exact=True)

    @property
    def tasks(self) -> Locator:
        return self.page.get_by_role("region", name="Tasks", exact=True)

    @property
    def rail(self) -> Locator:
        """The list of conversations."""
        return self.page.get_by_role("navigation", name="Conversations")

    @property
    def log(self) -> Locator:
        """What was said in the open conversation."""
        return self.chat.get_by_role("log", name="Conversation")

    @property
    def composer(self) -> Locator:
        return self.chat.get_by_role("textbox", name="Message")

    @property
    def retry(self) -> Locator:
        return self.chat.get_by_role("button", name="Retry")

    @property
    def own_messages(self) -> Locator:
        """What the person said."""
        return self.log.get_by_role("listitem").filter(has_text=re.compile("^You: "))

    @property
    def answers(self) -> Locator:
        """What the assistant said."""
        return self.log.get_by_role("listitem").filter(has_text=re.compile("^Assistant: "))

    @property
    def steps(self) -> Locator:
        """The tool calls of the open conversation, a line each."""
        done = self.log.get_by_role("listitem").filter(has_text=re.compile("^Done by the assistant: "))
        return done.get_by_role("listitem")

    def task(self, title: str) -> Locator:
        """The box of the task with just this title."""
        return self.tasks.get_by_role("checkbox", name=title, exact=True)

    def open(self, path: str = "/") -> Screen:
        """Go to a page of the app and wait until it can be used and shows what it has."""
        self.page.goto(self.origin + path)
        self.page.wait_for_function(USABLE)
        return self

    def say(self, text: str) -> None:
        """Send a message, without waiting for its answer."""
        expect(self.composer).to_be_editable()
        self.composer.fill(text)
        self.composer.press("Enter")

    def ask(self, text: str) -> None:
        """Send a message and wait until it is answered to the end."""
        before = self.answers.count()
        self.say(text)
        expect(self.answers).to_have_count(before + 1, timeout=ANSWER_MS)
        self.settled()

    def settled(self) -> None:
        """Wait until no answer is on its way."""
        expect(self.chat.get_by_role("button", name="Send", exact=True)).to_be_visible(timeout=ANSWER_MS)

    def saving(self) -> Any:
        """A block that ends when the server has answered a change made in it; the page shows it before."""
        return self.page.expect_response(_answers_a_change)

    def sign_out(self) -> None:
        """Leave by the account menu."""
        self.page.get_by_role("button", name=re.compile("^Account of ")).click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page).to_have_url(self.origin + "/sign-in")

    def sign_in(self, email: str, password: str) -> None:
        """Fill in the sign-in form of the open page and send it."""
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_role("textbox", name="Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def shoot(self, name: str) -> Path:
        """Keep a picture of what is seen."""
        path = self.folder / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled", caret="hide")
        return path


def _answers_a_change(answer: Response) -> bool:
    request = answer.request
    if request.url.endswith("/api/backend/chatkit"):
        return bool(re.search(r'"threads\.(update|delete)"', request.post_data or ""))
    return "/api/backend/tasks" in request.url and request.method != "GET"
