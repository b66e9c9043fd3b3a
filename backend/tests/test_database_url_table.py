"""The table of addresses that the kit's schema of .env is tried on too: both must say the same."""

import json
from pathlib import Path

import pytest

from src.database.url import parse_database_url

TABLE: dict[str, list[str]] = json.loads(Path(__file__).with_name("database_urls.json").read_text())
WORDS = r"form is|must begin|unknown sslmode|do not know|written|one host|twice|has options="


@pytest.mark.parametrize("url", TABLE["taken"])
def test_takes(url: str) -> None:
    assert parse_database_url(url).database == "todo"


@pytest.mark.parametrize("url", TABLE["refused"])
def test_refuses(url: str) -> None:
    with pytest.raises(ValueError, match=WORDS):
        parse_database_url(url)
