"""A real Chromium with windows on the app; it reaches nothing but this machine and tells what broke."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from delivery.criteria.app_client import Account, AppFault
from delivery.criteria.criterion import NotMeasured, Picture
from delivery.errors import EnvironmentFault
from delivery.session import Session
from delivery.tools.cached_libraries import make_browser_importable
from delivery.tools.chromium import FLAGS, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

WIDE: Mapping[str, int] = {"width": 1280, "height": 800}
STEP_MS = 45_000
# React has taken over the page that the server sent, and nothing on it is "Loading …".
USABLE = """() => {
  if (!document.body) return false;
  const all = [...document.body.querySelectorAll('*')];
  return all.some((element) => Object.keys(element).some((key) => key.startsWith('__react')))
    && !all.some((element) => element.role === 'status' && element.textContent.startsWith('Loading'));
}"""
_TIMINGS = """() => {
  const page = performance.getEntriesByType('navigation')[0];
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return {first_byte: page.responseStart / 1000, painted: paint ? paint.startTime / 1000 : null};
}"""


@dataclass
class Window:
    """One window, without anything that an earlier one left. `foreign` and `broken` are requests."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def open(self, address: str, ready: str = USABLE) -> float:
        """Go to an address; gives the seconds until the page's own `ready` holds."""
        began = time.monotonic()
        self.page.goto(address, wait_until="commit")
        self.page.wait_for_function(ready)
        return time.monotonic() - began

    def timings(self) -> dict[str, float | None]:
        """Seconds to the first byte and to the first paint with content, by the browser's own clock."""
        return dict(self.page.evaluate(_TIMINGS))

    def sign_in(self, account: Account) -> None:
        """Fill in the sign-in form of the open page and send it."""
        self.page.get_by_label("Email").fill(account.email)
        self.page.get_by_role("textbox", name="Password").fill(account.password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def say(self, text: str) -> None:
        """Send a chat message, without waiting for its answer."""
        chat = self.page.get_by_role("region", name="Chat", exact=True)
        composer = chat.get_by_role("textbox", name="Message")
        composer.fill(text)
        composer.press("Enter")

    def wait_for_task(self, title: str) -> None:
        """Wait until the list shows a task of just this title."""
        tasks = self.page.get_by_role("region", name="Tasks", exact=True)
        tasks.get_by_role("checkbox", name=title, exact=True).wait_for()

    def shoot(self, folder: Path, name: str, caption: str) -> Picture:
        """Keep a picture of what is seen."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}.jpeg"
        self.page.screenshot(path=path, type="jpeg", quality=80, animations="disabled", caret="hide")
        return Picture(caption, path)

    def watch(self, address: str) -> None:
        """Note requests to elsewhere, and those that break, from here on."""
        own = urlsplit(address).netloc

        def sent(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in ("http", "https") and parts.netloc != own:
                self.foreign.append(f"{request.method} {request.url}")

        def gave_up(request: Request) -> None:
            # A request that its own page gave up is not a broken one.
            if request.failure not in ("net::ERR_ABORTED", None):
                self.broken.append(f"{request.method} {request.url}: {request.failure}")

        self.page.on("request", sent)
        self.page.on("requestfailed", gave_up)
        self.page.on("pageerror", lambda error: self.broken.append(f"exception: {error}"))


def prepare_browser(session: Session) -> str:
    """Path of Chromium, with the library to drive it; both are got where they are missing.

    Raises NotMeasured where that can't be or may not be.
    """
    try:
        make_browser_importable(session)
        return chromium(session)
    except EnvironmentFault as missing:
        raise NotMeasured(missing.what, missing.why, missing.fix) from None


@contextlib.contextmanager
def open_browser(session: Session) -> Iterator[Browser]:
    """Chromium, while the block runs. Raises NotMeasured where there is none and none can be had.

    What the app did not show in time becomes an AppFault.
    """
    program = prepare_browser(session)
    from playwright.sync_api import Error, TimeoutError, sync_playwright

    only_us = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, only_us])
        except Error as broken:
            raise NotMeasured("Chromium does not start", _first_lines(broken)) from None
        try:
            yield browser
        except TimeoutError as late:
            raise AppFault("the page did not come to what was waited for", _first_lines(late)) from None
        except Error as broken:
            raise AppFault("the page broke off", _first_lines(broken)) from None
        finally:
            browser.close()


@contextlib.contextmanager
def new_window(browser: Browser, address: str) -> Iterator[Window]:
    """A window with nothing in its cache and nobody signed in."""
    context = browser.new_context(viewport=dict(WIDE), reduced_motion="reduce")
    context.set_default_timeout(STEP_MS)
    window = Window(context.new_page())
    window.watch(address)
    try:
        yield window
    finally:
        context.close()


def _first_lines(error: Exception) -> str:
    return "\n".join(str(error).strip().splitlines()[:6])
