"""Fixtures of the chat's tests: the app under a real uvicorn with a fake model, and somebody signed in."""

from collections.abc import Iterator

import pytest

from tests.chatting import ChatApp, Person, chat_app
from tests.signin import Issuer


@pytest.fixture
def app(database_url: str, issuer: Issuer) -> Iterator[ChatApp]:
    """The app with default settings, but for the rate limit."""
    with chat_app(database_url, issuer) as app:
        yield app


@pytest.fixture
def me(app: ChatApp) -> Iterator[Person]:
    """Somebody."""
    with app.person() as person:
        yield person
