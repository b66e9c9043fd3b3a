"""A real Chromium on the deployed app: windows that tell what they saw, people with accounts of their own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from delivery.paths import ROOT
from delivery.session import open_session
from delivery.tools.cached_libraries import make_browser_importable
from delivery.tools.chromium import FLAGS, chromium
from tests.cluster.browser.api import Person, sign_up
from tests.cluster.browser.screen import Screen, expect
from tests.cluster.browser.watch import Watch
from tests.cluster.conftest import Deployment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

FAILED = pytest.StashKey[bool]()
# Wide enough for the conversations, the chat and the tasks side by side.
WIDE: Mapping[str, int] = {"width": 1280, "height": 800}
STEP_MS = 15_000
# A name under which nobody told the app that it may be reached; only this browser knows it.
STRANGE_HOST = "unheard-of.example"


class OpenScreen(Protocol):
    """Opens a window: of nobody, or of a person who is signed in; options are those of a browser context."""

    def __call__(self, person: Person | None = None, origin: str = "", **options: Any) -> Screen: ...


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Lets fixtures know whether their test failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def origin(request: pytest.FixtureRequest) -> str:
    """Address of the deployed frontend, without a path.

    TODO_BROWSER_URL names another app to look at, such as a development server; tests that change the
    cluster are left out then.
    """
    own = os.environ.get("TODO_BROWSER_URL")
    if own:
        return own.rstrip("/")
    deployed: Deployment = request.getfixturevalue("deployed")
    return deployed.urls["frontend"].rstrip("/")


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Deployment:
    """The deployment, for tests that change it."""
    if os.environ.get("TODO_BROWSER_URL"):
        pytest.skip("TODO_BROWSER_URL names an app without a cluster")
    deployed: Deployment = request.getfixturevalue("deployed")
    return deployed


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each opens windows (contexts) of its own in it."""
    session = open_session({}, yes=True)
    make_browser_importable(session)
    from playwright.sync_api import expect as waiting
    from playwright.sync_api import sync_playwright

    waiting.set_options(timeout=STEP_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(session),
            args=[*FLAGS, f"--host-resolver-rules=MAP {STRANGE_HOST} 127.0.0.1"],
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    """Where a test's pictures and, where it failed, the recording of its windows go."""
    root = Path(os.environ.get("TODO_BROWSER_ARTEFACTS") or ROOT / ".delivery" / "browser")
    return root / re.sub(r"[^\w.-]+", "-", request.node.name)[:100]


@pytest.fixture
def open_screen(
    browser: Browser, origin: str, folder: Path, request: pytest.FixtureRequest
) -> Iterator[OpenScreen]:
    """Opens windows. At the end each of them must have seen nothing that was not expected."""
    windows = Windows(browser, origin, folder)
    yield windows.open
    failed = request.node.stash.get(FAILED, False)
    faults = windows.close(record=failed)
    if faults and not failed:
        pytest.fail("in the browser:\n  " + "\n  ".join(faults))
    if faults:
        print("in the browser:\n  " + "\n  ".join(faults))  # noqa: T201 - pytest shows it with the failure


@dataclass
class Windows:
    """The windows of one test."""

    browser: Browser
    origin: str
    folder: Path
    opened: list[tuple[BrowserContext, Screen]] = field(default_factory=list)

    def open(self, person: Person | None = None, origin: str = "", **options: Any) -> Screen:
        """A new window; a signed-in one shows the person's page, another one nothing yet."""
        where = origin or (person.api.origin if person else self.origin)
        context = self.browser.new_context(**({"viewport": WIDE, "reduced_motion": "reduce"} | options))
        context.set_default_timeout(STEP_MS)
        context.set_default_navigation_timeout(2 * STEP_MS)
        context.tracing.start(snapshots=True)
        watch = Watch({where})
        watch.attach(context)
        screen = Screen(context.new_page(), watch, where, self.folder)
        self.opened.append((context, screen))
        if person:
            context.add_cookies(person.cookies())
            screen.open()
            expect(screen.composer).to_be_visible()
        return screen

    def close(self, record: bool) -> list[str]:
        """Close them all; gives what they saw and nobody expected. `record` keeps recordings and pictures."""
        for number, (context, screen) in enumerate(self.opened, start=1):
            if record and not screen.page.is_closed():
                screen.shoot(f"failed-{number}")
            kept = {"path": self.folder / f"trace-{number}.zip"} if record else {}
            context.tracing.stop(**kept)
            context.close()
        return [fault for _, screen in self.opened for fault in screen.watch.faults()]


@pytest.fixture(scope="session")
def new_person(origin: str) -> Callable[..., Person]:
    """Makes accounts, by the API."""

    def make(name: str = "Ada Lovelace") -> Person:
        return sign_up(origin, name)

    return make


@pytest.fixture
def ada(new_person: Callable[..., Person]) -> Person:
    """Somebody with an account and nothing in it."""
    return new_person("Ada Lovelace")
