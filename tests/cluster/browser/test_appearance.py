"""How the app looks: on a phone, light and dark; and the picture of the README, which this makes anew.

TODO_BROWSER_PICTURE=1 puts the picture into docs/images/chat.png.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import Any

import pytest

from delivery.paths import ROOT
from tests.cluster.browser.api import Person
from tests.cluster.browser.conftest import OpenScreen
from tests.cluster.browser.screen import Screen, expect

pytestmark = pytest.mark.cluster
NARROW: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# On both sides of where the layout changes, and what a wide screen leaves at a zoom of 400 %.
WIDTHS = (320, 480, 640, 831, 833, 1024, 1279, 1281, 2560)
PICTURE = ROOT / "docs" / "images" / "chat.png"
PICTURE_BYTES = 200_000
EARLIER = (
    "Add book the dentist and water the plants",
    "What is left for today?",
    "Add plan the garden party",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_of_360_px_needs_no_sideways_scrolling(
    ada: Person, open_screen: OpenScreen, scheme: str
) -> None:
    ada.api.add_task("Donaudampfschifffahrtsgesellschaftskapitän" * 4)
    ada.api.add_task("https://example.org/" + "long/" * 30)
    stranger = open_screen(**NARROW, color_scheme=scheme)
    for path in ("/sign-in", "/sign-up"):
        assert_fits(stranger.open(path), path.strip("/"))
    screen = open_screen(ada, **NARROW, color_scheme=scheme)
    assert_fits(screen, "phone-empty")
    screen.ask("add buy milk")
    screen.ask("show my tasks")
    assert_fits(screen, "phone-chat")
    screen.chat.get_by_role("button", name="Conversations").click()
    assert_fits(screen, "phone-conversations")
    screen.rail.get_by_role("button", name="Back to the chat").click()
    screen.page.get_by_role("button", name=re.compile("^Tasks")).click()
    expect(screen.task("buy milk")).to_be_visible()
    assert_fits(screen, "phone-tasks")


def test_no_width_needs_sideways_scrolling(ada: Person, open_screen: OpenScreen) -> None:
    ada.api.add_task("Donaudampfschifffahrtsgesellschaftskapitän" * 4)
    screen = open_screen(ada)
    screen.ask("show my tasks")
    for width in WIDTHS:
        screen.page.set_viewport_size({"width": width, "height": 700})
        assert_fits(screen, f"width-{width}")


def test_the_theme_is_the_systems_until_one_is_chosen_and_then_kept(
    ada: Person, open_screen: OpenScreen
) -> None:
    screen = open_screen(ada, color_scheme="dark")
    assert brightness(screen) < 60
    screen.page.get_by_role("button", name="Theme: as the system").click()
    expect(screen.page.get_by_role("button", name="Theme: light")).to_be_visible()
    assert brightness(screen) > 200
    screen.page.reload()
    assert brightness(screen) > 200
    screen.page.get_by_role("button", name="Theme: light").click()
    expect(screen.page.get_by_role("button", name="Theme: dark")).to_be_visible()
    screen.page.emulate_media(color_scheme="light")
    assert brightness(screen) < 60


def test_the_readmes_picture(ada: Person, open_screen: OpenScreen) -> None:
    for text in EARLIER:
        ada.api.chat(text)
    for title in ("renew the passport", "return the library books"):
        ada.api.add_task(title)
    screen = open_screen(ada, color_scheme="light")
    for text in ("Add buy milk and call mum", "I watered the plants", "Rename buy milk to buy oat milk"):
        screen.ask(text)
    screen.page.mouse.move(0, 0)
    picture = screen.shoot("chat")
    screen.page.emulate_media(color_scheme="dark")
    screen.shoot("chat-dark")
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.shoot("phone-dark")
    screen.page.emulate_media(color_scheme="light")
    screen.shoot("phone")
    assert picture.stat().st_size < PICTURE_BYTES
    if os.environ.get("TODO_BROWSER_PICTURE"):
        shutil.copyfile(picture, PICTURE)


def assert_fits(screen: Screen, name: str) -> None:
    screen.shoot(name)
    width, seen = screen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    wide = screen.page.evaluate(SPILLED)
    assert width <= seen and not wide, f"{name}: {width} of {seen} px\n" + "\n".join(wide)


def brightness(screen: Screen) -> float:
    """Of the page's paper, 0 to 255."""
    colour = screen.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert found, colour
    return sum(map(int, found.groups())) / 3


# Whatever is seen beyond the window's right edge and can't be scrolled to within its own box.
SPILLED = """() => [...document.querySelectorAll('body *')].filter((element) => {
  const box = element.getBoundingClientRect();
  if (box.width === 0 || box.right <= innerWidth + 1) return false;
  for (let outer = element; outer; outer = outer.parentElement) {
    if (getComputedStyle(outer).overflowX !== 'visible') return false;
  }
  return getComputedStyle(element).visibility !== 'hidden';
}).map((element) => element.outerHTML.slice(0, 160))"""
