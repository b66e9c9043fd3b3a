"""What the last lines of a log give away, in the words of the programs that print them."""

from __future__ import annotations

import time

import pytest

from delivery.ai.log_causes import cause_in, error_lines

SETTING = (
    '{"variable": "OPENAI_API", "problem": "Input should be responses or chat_completions", "hint": null,'
    ' "event": "bad setting", "timestamp": "2026-11-24T13:14:21Z", "level": "error", "logger": "settings"}'
)


@pytest.mark.parametrize(
    ("log", "title"),
    [
        (SETTING, "OPENAI_API: Input should be responses or chat_completions"),
        (
            f"2026-11-24T13:14:21.123456789Z {SETTING}",
            "OPENAI_API: Input should be responses or chat_completions",
        ),
        ("DATABASE_URL is not set", "DATABASE_URL is not set"),
        ("ValueError: DATABASE_URL must be set", "DATABASE_URL is not set"),
        ("Error: Missing required environment variable: API_KEY", "API_KEY is not set"),
        ("KeyError: 'BETTER_AUTH_SECRET'", "BETTER_AUTH_SECRET is not set"),
        ('FATAL:  password authentication failed for user "todo"', "the database refuses the password"),
        ("Error: getaddrinfo ENOTFOUND database", "a host name can't be resolved"),
        (
            'could not translate host name "db" to address: Name or service not known',
            "a host name can't be resolved",
        ),
        ("connect ECONNREFUSED 10.96.0.12:5432", "something that it needs does not accept connections"),
        (
            "ssl.SSLCertVerificationError: certificate verify failed: self-signed certificate in chain",
            "a TLS certificate is not trusted",
        ),
        ('relation "task" does not exist', "a table of the database is missing"),
        ("ModuleNotFoundError: No module named 'fastapi'", "module fastapi is not in the image"),
        ("Error: Cannot find module 'next'", "module next is not in the image"),
        (
            "OSError: [Errno 30] Read-only file system: '/app/x'",
            "it writes where the file system is read-only",
        ),
        ("Error: listen EADDRINUSE: address already in use :::3000", "its port is taken in the pod"),
        (
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            "it runs out of memory",
        ),
        (
            'Traceback (most recent call last):\n  File "x"\nRuntimeError: no luck today',
            "RuntimeError: no luck today",
        ),
        ("\x1b[31mERROR\x1b[0m: it fell over", "it fell over"),
    ],
)
def test_a_log_gives_its_cause_away(log: str, title: str) -> None:
    cause = cause_in(f"starting\n{log}\n")
    assert cause
    assert cause.title == title


@pytest.mark.parametrize(
    "log", ["", "started\nlistening on :8080", "GET /api/health 200", '{"level": "info", "event": "up"}']
)
def test_a_log_without_trouble_gives_nothing_away(log: str) -> None:
    assert cause_in(log) is None


def test_the_last_line_of_a_kind_counts() -> None:
    cause = cause_in("A_VARIABLE is not set\nB_VARIABLE is not set")
    assert cause
    assert cause.title == "B_VARIABLE is not set"


def test_lines_of_errors_are_found_in_text_and_json() -> None:
    log = "\n".join(
        [
            "all is well", "ERROR: no", '{"level": "info", "event": "request", "status": 200}',
            '{"level": "info", "event": "request", "status": 503}', '{"level": "error", "event": "it fell"}',
            "Traceback (most recent call last):",
        ]
    )  # fmt: skip
    assert error_lines(log) == [log.splitlines()[index] for index in (1, 3, 4, 5)]


@pytest.mark.parametrize(
    "line", ["A" * 100_000, "missing " * 20_000, "error: " * 20_000, "{" * 50_000, "A_" * 50_000]
)
def test_the_longest_lines_take_no_time(line: str) -> None:
    began = time.monotonic()
    cause_in("\n".join([line] * 50))
    error_lines("\n".join([line] * 50))
    assert time.monotonic() - began < 3
