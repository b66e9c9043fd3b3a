"""What a page does beside what is asked of it: console errors, broken and foreign requests."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request, Response

# Chromium says refused styles and scripts on the console by itself; this says the rest too, such as a blocked
# form, and where it was.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (e) => console.error(
  `CSP: ${e.effectiveDirective} blocked ${e.blockedURI} at ${e.sourceFile}:${e.lineNumber} ${e.sample}`));
"""


@dataclass
class Watch:
    """Findings of all pages of one browser context. Whatever a test doesn't say it expects is a fault."""

    origins: set[str]
    findings: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Listen to a context, its pages to come included."""
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._add(f"exception: {error.error}"))
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("requestfailed", self._on_failure)
        context.on("page", self._on_page)

    def tolerate(self, *patterns: str) -> None:
        """From here on, findings with one of these patterns are no faults; those seen so far neither."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    @contextlib.contextmanager
    def expect(self, *patterns: str) -> Iterator[None]:
        """Within the block each of the patterns has to be found, and is no fault."""
        before = len(self.findings)
        self.tolerate(*patterns)
        yield
        new = self.findings[before:]
        missing = [pattern for pattern in patterns if not any(re.search(pattern, text) for text in new)]
        assert not missing, f"never seen: {missing} among {new}"

    def faults(self) -> list[str]:
        """Findings that nobody expected, in the order in which they came."""
        return [text for text in self.findings if not any(e.search(text) for e in self._expected)]

    def _add(self, text: str) -> None:
        self.findings.append(text)

    def _on_page(self, page: Page) -> None:
        page.on("dialog", self._on_dialog)
        page.on("crash", lambda _: self._add("the page crashed"))

    def _on_dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self._add(f"dialog {dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._add(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("data", "blob", "about"):
            return
        self.requests.append(f"{request.method} {request.url}")
        if f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self._add(f"foreign request: {request.method} {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self._add(f"answer {response.status}: {response.request.method} {response.url}")

    def _on_failure(self, request: Request) -> None:
        # A request that its own page gave up (it was left, or the answer stopped) is not a broken one.
        if request.failure not in ("net::ERR_ABORTED", None):
            self._add(f"failed: {request.method} {request.url}: {request.failure}")
