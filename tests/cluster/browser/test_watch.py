"""The watch over every window finds what it is there for; else all other tests would be content."""

from __future__ import annotations

import re

import pytest

from tests.cluster.browser.conftest import OpenScreen

pytestmark = pytest.mark.cluster
POLICY = "default-src 'self'; script-src 'unsafe-inline'"
PAGE = """<!doctype html><title>Faulty</title><script>
  console.error("said aloud");
  alert("hello");
  setTimeout(() => { throw new Error("thrown"); });
  fetch("https://elsewhere.example/x").catch(() => {});
  fetch("/broken").catch(() => {});
  fetch("/dead").catch(() => {});
</script><img src="http://127.0.0.1:9/picture.png"><p style="color: red">styled</p>"""
EXPECTED = (
    r"^console: said aloud", r"^dialog alert: hello", r"^exception: .*thrown", r"^CSP|^console: CSP",
    r"^answer 500: GET .*/broken", r"^failed: GET .*/dead", r"^console: .*(style-src|[Ii]nline style)",
    r"^console: .*elsewhere\.example|^foreign request: GET https://elsewhere\.example",
    r"^console: .*127\.0\.0\.1:9|^foreign request: GET http://127\.0\.0\.1:9",
)  # fmt: skip


def test_the_watch_finds_every_kind_of_fault(open_screen: OpenScreen) -> None:
    screen = open_screen()
    page = screen.page
    headers = {"content-security-policy": POLICY, "content-type": "text/html"}
    page.route("**/faulty", lambda route: route.fulfill(body=PAGE, headers=headers))
    page.route("**/broken", lambda route: route.fulfill(status=500, body="no"))
    page.route("**/dead", lambda route: route.abort("connectionreset"))
    page.goto(screen.origin + "/faulty")
    page.wait_for_timeout(500)
    found = screen.watch.faults()
    screen.watch.tolerate(".")
    missing = [wanted for wanted in EXPECTED if not any(re.search(wanted, text) for text in found)]
    assert not missing, f"not found: {missing}\nin: {found}"


def test_a_request_to_another_place_is_a_fault_even_where_it_succeeds(open_screen: OpenScreen) -> None:
    screen = open_screen()
    screen.page.route("https://elsewhere.example/**", lambda route: route.fulfill(body="hello"))
    screen.page.route(
        "**/open", lambda route: route.fulfill(body="<title>x</title>", content_type="text/html")
    )
    screen.page.goto(screen.origin + "/open")
    screen.page.evaluate("fetch('https://elsewhere.example/x', { mode: 'no-cors' }).then(() => 1)")
    assert screen.watch.faults() == ["foreign request: GET https://elsewhere.example/x"]
    screen.watch.tolerate("elsewhere")
