"""DATABASE_URL and the other settings: what is taken, what is refused, and with which words."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from src.database.url import parse_database_url
from src.settings import DatabaseSettings, Settings, load_settings, problems
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
        ("postgresql://u:hun/ter2@db/todo", "@ / \\? in a user name or password are written %40 %2F %3F"),
        ("postgresql://u:hunter2@x@db/todo", "@ / \\? in a user name or password are written %40 %2F %3F"),
        ("postgresql://u:hunter2#@db/todo", "are written %23 and %5C"),
        ("postgresql://u:hunter2@one,two/todo", "one host"),
        (f"{GOOD}?host=one&host=two", "option twice: host"),
        (f"{GOOD}?options=-chunter2", "has options="),
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
        settings_for("mysql://u:hunter2@db/x", log_level="LOUD", database_pool_size="two")
    found = dict(problems(refusal.value))
    assert set(found) == {"DATABASE_URL", "LOG_LEVEL", "DATABASE_POOL_SIZE"}
    assert "hunter2" not in str(found)


def test_settings_never_show_the_password() -> None:
    settings = settings_for("postgresql://u:hunter2@db/todo")
    assert "hunter2" not in f"{settings!r} {settings}"


def refused(**values: object) -> dict[str, str]:
    """{variable: words} for settings that are not taken."""
    with pytest.raises(ValidationError) as refusal:
        settings_for(GOOD, **values)
    found = dict(problems(refusal.value))
    assert "hunter2" not in str(found)
    return found


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("openai_api_key", "", "is empty"),
        ("openai_api_key", "  \n", "is empty"),
        ("better_auth_url", "", "is empty"),
        ("better_auth_url", "localhost:30000", "is not an address"),
        ("better_auth_url", "ftp://localhost", "is not an address"),
        ("better_auth_url", "http://", "is not an address"),
        ("better_auth_url", "http://host:port", "is not an address"),
        ("better_auth_url", "http://a b", "is not an address"),
        ("better_auth_url", "http://u:hunter2@host", "neither a user name"),
        ("better_auth_url", "http://host/hunter2", "has a path"),
        ("jwks_url", "frontend:3000/jwks", "is not an address"),
        ("openai_base_url", "demo-model:8080", "is not an address"),
        ("mcp_url", "/mcp", "is not an address"),
        ("openai_model", "  ", "at least 1 character"),
        ("openai_api", "completions", "'responses' or 'chat_completions'"),
        ("auth_jwt_algorithm", "RS256", "'EdDSA' or 'HS256'"),
        ("auth_jwt_algorithm", "none", "'EdDSA' or 'HS256'"),
        ("auth_jwt_algorithm", "", "'EdDSA' or 'HS256'"),
        ("model_timeout_s", "0", "greater than 0"),
        ("run_timeout_s", "soon", "valid number"),
        ("chat_limit_per_minute", "0", "greater than or equal to 1"),
    ],
)
def test_a_bad_value_is_refused_in_words(variable: str, value: str, words: str) -> None:
    found = refused(**{variable: value})
    assert list(found) == [variable.upper()]
    assert words in found[variable.upper()]


@pytest.mark.parametrize(
    ("secret", "words"), [({}, "is not set"), ({"better_auth_secret": "hunter2"}, "shorter than 32")]
)
def test_hs256_needs_the_shared_secret(secret: dict[str, str], words: str) -> None:
    found = refused(auth_jwt_algorithm="HS256", **secret)
    assert words in found["BETTER_AUTH_SECRET"]


def test_what_a_config_map_may_leave_empty_has_its_default() -> None:
    empty = dict.fromkeys(
        ("jwks_url", "openai_base_url", "openai_model", "mcp_url", "better_auth_secret"), ""
    )
    assert settings_for(GOOD, **empty) == settings_for(GOOD)


def test_the_tools_are_asked_for_on_the_servers_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UVICORN_PORT", raising=False)
    assert settings_for(GOOD).mcp_url == "http://127.0.0.1:8000/mcp"
    monkeypatch.setenv("UVICORN_PORT", "9001")
    assert settings_for(GOOD).mcp_url == "http://127.0.0.1:9001/mcp"
    assert settings_for(GOOD, mcp_url="http://tools:7000/mcp").mcp_url == "http://tools:7000/mcp"


def test_a_slash_at_the_end_of_an_address_is_dropped() -> None:
    assert (
        settings_for(GOOD, better_auth_url=" https://todo.example/ ").better_auth_url
        == "https://todo.example"
    )


def test_no_secret_is_shown() -> None:
    settings = settings_for(GOOD, openai_api_key="hunter2", better_auth_secret="hunter2-" * 8)
    assert "hunter2" not in f"{settings!r} {settings}"


def test_every_variable_that_the_start_may_refuse_has_a_line_in_the_readme() -> None:
    readme = Path(__file__).parents[1].joinpath("README.md").read_text()
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in readme] == []


def test_the_migrator_asks_for_nothing_but_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATABASE_URL", GOOD)
    assert load_settings(DatabaseSettings).database_url.host == "db.example"
