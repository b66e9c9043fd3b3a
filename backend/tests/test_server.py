"""The real server process: its start, its refusals, its end."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import ENVIRONMENT, TASKS
from tests.postgres import free_port
from tests.program import Program

AWAY = "postgresql://u:pw@127.0.0.1:1/todo"


@contextmanager
def uvicorn(port: int, **environment: str) -> Iterator[Program]:
    variables = {"PATH": os.environ["PATH"], "UVICORN_PORT": str(port), **ENVIRONMENT, **environment}
    process = Program([sys.executable, "-m", "uvicorn", "src.main:app"], variables)
    try:
        yield process
    finally:
        process.end()


def get(port: int, path: str, **headers: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def wait_until_healthy(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            assert get(port, "/api/health") == 200
            return
        except OSError:
            assert time.monotonic() < deadline, "the server did not answer in 30 s"
            time.sleep(0.1)


def test_it_starts_without_its_database_and_ends_cleanly_on_sigterm() -> None:
    port = free_port()
    with uvicorn(port, DATABASE_URL=AWAY) as process:
        wait_until_healthy(port)
        process.send_signal(signal.SIGTERM)
        out, err = process.outcome(15)
    events = [json.loads(line)["event"] for line in out.splitlines()]
    assert "stopped" in events
    assert err == ""


@pytest.mark.parametrize("missing", ["DATABASE_URL", "OPENAI_API_KEY", "BETTER_AUTH_URL"])
def test_a_missing_variable_is_named_with_what_to_do(missing: str) -> None:
    environment = {"DATABASE_URL": AWAY, missing: ""}
    with uvicorn(free_port(), **environment) as process:
        out, err = process.outcome(30)
    (line,) = [json.loads(text) for text in out.splitlines()]
    assert (process.returncode, err, line["event"], line["variable"]) == (1, "", "bad setting", missing)
    assert line["problem"].startswith("is empty")
    assert "Secret" in line["hint"]


def test_all_that_is_missing_is_named_at_once() -> None:
    with uvicorn(free_port(), DATABASE_URL="", OPENAI_API_KEY="", BETTER_AUTH_URL="") as process:
        out, _ = process.outcome(30)
    named = {json.loads(text)["variable"] for text in out.splitlines()}
    assert named == {"DATABASE_URL", "OPENAI_API_KEY", "BETTER_AUTH_URL"}


@pytest.mark.parametrize("url", [None, "", "mysql://u:hunter2@db/x"])
def test_a_bad_database_url_ends_the_start_with_one_json_line_and_exit_1(url: str | None) -> None:
    environment = {} if url is None else {"DATABASE_URL": url}
    with uvicorn(free_port(), **environment) as process:
        out, err = process.outcome(30)
    (line,) = [json.loads(text) for text in out.splitlines()]
    assert (process.returncode, line["variable"], line["level"]) == (1, "DATABASE_URL", "error")
    assert (err, "hunter2" in out) == ("", False)


def test_every_request_leaves_one_json_line_and_probes_only_at_debug(database_url: str) -> None:
    port = free_port()
    with uvicorn(port, DATABASE_URL=database_url, LOG_LEVEL="DEBUG") as process:
        wait_until_healthy(port)
        for path in ("/health", "/api/ready", TASKS, "/nothing"):
            get(port, path, **{"X-Request-ID": "abc-123"})
        process.send_signal(signal.SIGTERM)
        out, _ = process.outcome(15)
    lines = [json.loads(text) for text in out.splitlines()]
    requests = [line for line in lines if line["event"] == "request" and line["request_id"] == "abc-123"]
    # A set: the line is written after the answer has gone out, so the next request may be quicker.
    assert {(line["level"], line["method"], line["path"], line["status"]) for line in requests} == {
        ("debug", "GET", "/health", 200),
        ("debug", "GET", "/api/ready", 200),
        ("info", "GET", TASKS, 401),
        ("info", "GET", "/nothing", 404),
    }
    assert len(requests) == 4
    assert all(isinstance(line["duration_ms"], float) for line in requests)
