"""BETTER_AUTH_URL is reduced to its origin as the frontend does it, whose tests read a copy of the table."""

import json
from pathlib import Path

import pytest

from src.settings import Settings
from src.web.address import parse_origin
from tests.conftest import settings_for

TABLE: list[dict[str, str | None]] = json.loads(
    Path(__file__).with_name("data").joinpath("public_addresses.json").read_text()
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["given"])
def test_an_address_is_its_origin_or_refused(row: dict[str, str | None]) -> None:
    if row["origin"] is not None:
        assert parse_origin(row["given"]) == row["origin"]
        return
    with pytest.raises(ValueError, match=r"is not|is empty|must have|has a"):
        parse_origin(row["given"])


def test_a_path_is_refused_in_words_that_say_what_to_write() -> None:
    with pytest.raises(ValueError, match=r"has a path.*only http://HOST:PORT or https://HOST"):
        parse_origin("https://todo.example/hunter2")


def test_the_issuer_of_tokens_is_the_origin() -> None:
    settings: Settings = settings_for("postgresql://h/todo", better_auth_url="HTTPS://Todo.example:443/")
    assert settings.better_auth_url == "https://todo.example"
