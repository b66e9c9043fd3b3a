"""Sign-in and chat work at every address under which the app is reached, and say so where they can't."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.cluster.browser.api import PASSWORD, new_email
from tests.cluster.browser.conftest import STRANGE_HOST, OpenScreen
from tests.cluster.browser.screen import Screen, expect
from tests.cluster.browser.workloads import node_address, port_forward
from tests.cluster.conftest import Deployment

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_at_the_printed_port_by_name_and_by_number(open_screen: OpenScreen, origin: str, host: str) -> None:
    use_the_app(open_screen(origin=f"http://{host}:{urlsplit(origin).port or 80}"))


def test_at_the_nodes_own_address(open_screen: OpenScreen, cluster: Deployment) -> None:
    use_the_app(open_screen(origin=node_address(cluster)))


def test_through_a_port_forward_at_another_port(open_screen: OpenScreen, cluster: Deployment) -> None:
    with port_forward(cluster, "frontend", 3000) as address:
        screen = open_screen(origin=address)
        use_the_app(screen)
        screen.page.close()


def test_an_address_the_app_does_not_know_is_told_in_words(open_screen: OpenScreen, origin: str) -> None:
    screen = open_screen(origin=f"http://{STRANGE_HOST}:{urlsplit(origin).port or 80}").open("/sign-up")
    with screen.watch.expect(r"status of 403.*/api/auth/sign-up/email"):
        fill(screen)
        expect(screen.page.get_by_role("alert").get_by_text("TRUSTED_ORIGINS")).to_be_visible()
    screen.shoot("unknown-address")


def use_the_app(screen: Screen) -> None:
    """A new account, a chat that changes the list, out, and in again."""
    screen.open("/sign-up")
    email = fill(screen)
    expect(screen.page).to_have_url(screen.origin + "/")
    screen.ask("add buy milk")
    expect(screen.task("buy milk")).to_be_visible()
    with screen.saving():
        screen.task("buy milk").check()
    screen.sign_out()
    screen.sign_in(email, PASSWORD)
    expect(screen.task("buy milk")).to_be_checked()


def fill(screen: Screen) -> str:
    """Send the sign-up form of the open page; gives the email."""
    email = new_email("visitor")
    screen.page.get_by_label("Name").fill("Visitor")
    screen.page.get_by_label("Email").fill(email)
    screen.page.get_by_role("textbox", name="Password").fill(PASSWORD)
    screen.page.get_by_role("button", name="Create account").click()
    return email
