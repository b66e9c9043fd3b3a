"""Sign-in and sign-up say in words what is wrong, and let nobody in by other ways."""

from __future__ import annotations

import pytest

from tests.cluster.browser.api import PASSWORD, Api, Person, new_email
from tests.cluster.browser.conftest import OpenScreen
from tests.cluster.browser.screen import Screen, expect

pytestmark = pytest.mark.cluster
WRONG = "Email and password don’t match. Check both and try again."


def test_a_wrong_password_and_an_unknown_email_are_told_alike(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen().open("/sign-in")
    for email, password in ((ada.email, "not the right one"), (new_email("nobody"), PASSWORD)):
        with screen.watch.expect(r"status of 401.*/api/auth/sign-in/email"):
            screen.sign_in(email, password)
            expect(screen.page.get_by_role("alert").get_by_text(WRONG)).to_be_visible()
    screen.shoot("wrong-password")
    screen.sign_in(ada.email, ada.password)
    expect(screen.composer).to_be_visible()


def test_an_email_that_has_an_account_is_told_beside_its_field(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen().open("/sign-up")
    with screen.watch.expect(r"status of 422.*/api/auth/sign-up/email"):
        fill_sign_up(screen, "Ada", ada.email, PASSWORD)
        expect(screen.page.get_by_text("There is an account with this email already.")).to_be_visible()
    expect(screen.page.get_by_label("Email")).to_be_focused()
    screen.shoot("taken")


@pytest.mark.parametrize(
    ("name", "email", "password", "words"),
    [
        ("", "", "", "Tell us what to call you."),
        ("Ada", "ada", PASSWORD, "That does not look like an email address."),
        ("Ada", "ada@example.org", "short", "Use at least 8 characters."),
        ("Ada", "ada@example.org", "", "Choose a password."),
    ],
)
def test_what_is_missing_is_told_without_asking_the_server(
    open_screen: OpenScreen, name: str, email: str, password: str, words: str
) -> None:
    screen = open_screen().open("/sign-up")
    fill_sign_up(screen, name, email, password)
    expect(screen.page.get_by_text(words)).to_be_visible()
    assert not [request for request in screen.watch.requests if "/api/auth/" in request]


def test_after_ten_wrong_passwords_one_has_to_wait(ada: Person, open_screen: OpenScreen) -> None:
    stranger = Api(ada.api.origin)
    for _ in range(10):
        body = {"email": ada.email, "password": "a guess, one of many"}
        assert stranger.send("POST", "/api/auth/sign-in/email", body).status_code == 401
    screen = open_screen().open("/sign-in")
    with screen.watch.expect(r"status of 429.*/api/auth/sign-in/email"):
        screen.sign_in(ada.email, ada.password)
        expect(screen.page.get_by_role("alert").get_by_text("Too many tries.")).to_be_visible()


@pytest.mark.parametrize("path", ["/api/auth/sign-in/email", "/api/backend/tasks", "/api/backend/chatkit"])
def test_another_sites_page_can_change_nothing(ada: Person, path: str) -> None:
    body = {"email": ada.email, "password": ada.password, "title": "planted", "type": "threads.list"}
    for origin in ("https://elsewhere.example", "null", "http://localhost.elsewhere.example"):
        answer = ada.api.http.post(ada.api.origin + path, json=body, headers={"Origin": origin}, timeout=20)
        assert answer.status_code == 403, f"{origin}: {answer.status_code} {answer.text}"
    assert ada.api.titles() == []


def test_no_page_reads_the_session_or_the_token(ada: Person, open_screen: OpenScreen) -> None:
    screen = open_screen().open("/sign-in")
    screen.sign_in(ada.email, ada.password)
    expect(screen.composer).to_be_visible()
    assert "session" not in screen.page.evaluate("document.cookie")
    with screen.watch.expect("status of 403.*/api/auth/token"):
        assert screen.page.evaluate("fetch('/api/auth/token').then((answer) => answer.status)") == 403
    kept = screen.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "eyJ" not in kept + screen.page.content()


def fill_sign_up(screen: Screen, name: str, email: str, password: str) -> None:
    screen.page.get_by_label("Name").fill(name)
    screen.page.get_by_label("Email").fill(email)
    screen.page.get_by_role("textbox", name="Password").fill(password)
    screen.page.get_by_role("button", name="Create account").click()
