"""DATABASE_URL and the other settings: what is taken, what is refused, and with which words."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from src.database.url import parse_database_url
from src.settings import problems
from tests.conftest import settings_for

GOOD = "postgresql://u:p@db.example:5433/todo"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_form_of_the_scheme_reaches_the_same_driver(scheme: str) -> None:
    url = parse_database_url(
        f"{scheme}://u:p%40ss@db.example:5433/todo?sslmode=require&channel_binding=require"
    )
    assert (url.drivername, url.host, url.port, url.database) == (
        "postgresql+psycopg",
        "db.example",
        5433,
        "todo",
    )
    assert (url.password, url.query["sslmode"]) == ("p@ss", "require")


def test_a_root_certificate_that_is_there_is_taken(tmp_path: Path) -> None:
    root = tmp_path / "ca.crt"
    root.write_text("pem")
    assert parse_database_url(f"{GOOD}?sslmode=verify-full&sslrootcert={root}").query["sslrootcert"] == str(
        root
    )
    assert (
        parse_database_url(f"{GOOD}?sslmode=verify-full&sslrootcert=system").query["sslrootcert"] == "system"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("hunter2", "is not a database address"),
        ("postgresql://u:hunter2@db:abc/todo", "is not a database address"),
        ("mysql://u:hunter2@db/todo", "must begin with one of postgresql://"),
        ("postgresql+asyncpg://u:hunter2@db/todo", "must begin with one of"),
        ("postgresql:///todo", "names no host"),
        ("postgresql://u:hunter2@db", "names no database"),
        (f"{GOOD}?sslmode=on", "unknown sslmode"),
        (f"{GOOD}?pgbouncer=true", "option that Postgres clients do not know: pgbouncer"),
        (f"{GOOD}?sslmode=verify-full&sslrootcert=/no/ca.crt", "no such file"),
    ],
)
def test_a_bad_address_is_refused_in_words_that_do_not_quote_it(value: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        parse_database_url(value)
    assert "hunter2" not in str(refusal.value)


def test_all_bad_settings_are_named_at_once() -> None:
    with pytest.raises(ValidationError) as refusal:
        settings_for("mysql://u:hunter2@db/x", log_level="LOUD", database_pool_size="two", demo_user_id="a b")
    found = dict(problems(refusal.value))
    assert set(found) == {"DATABASE_URL", "LOG_LEVEL", "DATABASE_POOL_SIZE", "DEMO_USER_ID"}
    assert "hunter2" not in str(found)


def test_settings_never_show_the_password() -> None:
    settings = settings_for("postgresql://u:hunter2@db/todo")
    assert "hunter2" not in f"{settings!r} {settings}"
