"""The process: its errors, its limits, its log, its start and its size."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.demo_model.conftest import Server, demo_model
from tests.program import BACKEND

KEY = {"Authorization": "Bearer demo"}
MODEL = {"model": "demo-model"}
HI = {"model": "demo-model", "messages": [{"role": "user", "content": "hi"}]}
RESPONSES, CHAT = "/v1/responses", "/v1/chat/completions"
HEAVY = ("sqlalchemy", "agents", "openai", "fastapi", "pydantic", "mcp", "psycopg")
IDLE_MIB = 45


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.url, headers=KEY, timeout=30, trust_env=False) as client:
        yield client


def fault(answer: httpx2.Response) -> tuple[int, str | None, str | None]:
    """Status, param and code of an error in OpenAI's shape."""
    (error,) = answer.json().values()
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"] and error["type"] == "invalid_request_error"
    return answer.status_code, error["param"], error["code"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic demo", "demo"])
@pytest.mark.parametrize("path", ["/v1/models", RESPONSES, CHAT])
def test_without_a_key_it_is_401(http: httpx2.Client, header: str | None, path: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    method = "GET" if path == "/v1/models" else "POST"
    with httpx2.Client(base_url=http.base_url, trust_env=False) as keyless:
        answer = keyless.request(method, path, headers=headers, content=b"" if method == "GET" else b"{}")
    assert fault(answer) == (401, None, None)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (RESPONSES, b"", (400, None, None)),
        (RESPONSES, b"not json", (400, None, None)),
        (RESPONSES, b"\xff\xfe", (400, None, None)),
        (RESPONSES, b"[]", (400, None, None)),
        (RESPONSES, b'{"model": "demo-model", "input": "hi", "temperature": NaN}', (400, None, None)),
        (RESPONSES, b"[" * 100_000, (400, None, None)),
        (RESPONSES, {"input": "hi"}, (400, "model", "missing_required_parameter")),
        (RESPONSES, {"model": 7, "input": "hi"}, (400, "model", "invalid_type")),
        (RESPONSES, {"model": "gpt-5", "input": "hi"}, (404, "model", "model_not_found")),
        (RESPONSES, MODEL, (400, "input", "missing_required_parameter")),
        (RESPONSES, {**MODEL, "input": 7}, (400, "input", "invalid_type")),
        (RESPONSES, {**MODEL, "input": ["hi"]}, (400, "input[0]", "invalid_type")),
        (RESPONSES, {**MODEL, "input": [{}]}, (400, "input[0].role", "missing_required_parameter")),
        (RESPONSES, {**MODEL, "input": [{"role": "cat"}]}, (400, "input[0].role", "invalid_value")),
        (RESPONSES, {**MODEL, "input": [{"role": "user", "content": 7}]},
         (400, "input[0].content", "invalid_type")),
        (RESPONSES, {**MODEL, "input": [{"type": "function_call"}]},
         (400, "input[0].call_id", "missing_required_parameter")),
        (RESPONSES, {**MODEL, "input": "hi", "stream": "yes"}, (400, "stream", "invalid_type")),
        (RESPONSES, {**MODEL, "input": "hi", "tools": {}}, (400, "tools", "invalid_type")),
        (RESPONSES, {**MODEL, "input": "hi", "previous_response_id": "resp_1"},
         (400, "previous_response_id", "previous_response_not_found")),
        (RESPONSES, {**MODEL, "input": "hi", "background": True},
         (400, "background", "unsupported_parameter")),
        (RESPONSES, {**MODEL, "input": "hi", "text": {"format": {"type": "json_object"}}},
         (400, "text.format", "unsupported_parameter")),
        (CHAT, {"messages": []}, (400, "model", "missing_required_parameter")),
        (CHAT, MODEL, (400, "messages", "missing_required_parameter")),
        (CHAT, {**MODEL, "messages": []}, (400, "messages", "empty_array")),
        (CHAT, {**MODEL, "messages": "hi"}, (400, "messages", "invalid_type")),
        (CHAT, {**MODEL, "messages": [{}]}, (400, "messages[0].role", "missing_required_parameter")),
        (CHAT, {**MODEL, "messages": [{"role": "cat"}]}, (400, "messages[0].role", "invalid_value")),
        (CHAT, {**MODEL, "messages": [{"role": "user", "content": [7]}]},
         (400, "messages[0].content[0]", "invalid_type")),
        (CHAT, {**MODEL, "messages": [{"role": "assistant", "tool_calls": [{"id": "x"}]}]},
         (400, "messages[0].tool_calls[0].function", "missing_required_parameter")),
        (CHAT, {**HI, "n": 2}, (400, "n", "unsupported_parameter")),
        (CHAT, {**HI, "response_format": {"type": "json_object"}},
         (400, "response_format", "unsupported_parameter")),
    ],
)  # fmt: skip
def test_a_bad_body_is_refused_in_openais_shape(
    http: httpx2.Client, path: str, body: Any, expected: tuple[int, str | None, str | None]
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert fault(http.post(path, content=content)) == expected


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("GET", RESPONSES, 405)])
def test_unknown_paths_and_methods_are_refused_in_openais_shape(
    http: httpx2.Client, method: str, path: str, status: int
) -> None:
    assert fault(http.request(method, path))[0] == status


def test_a_large_body_is_413_whether_announced_or_not(http: httpx2.Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [b"x" * 50_000] * 5

    assert fault(http.post(RESPONSES, content=b"x" * 200_001)) == (413, None, "request_too_large")
    assert fault(http.post(RESPONSES, content=chunks())) == (413, None, "request_too_large")
    assert http.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize("stream", [False, True])
def test_text_that_is_no_utf8_comes_back_as_it_came(http: httpx2.Client, stream: bool) -> None:
    body = {**MODEL, "stream": stream, "tools": [{"type": "function", "name": "add_task"}]}
    raw = json.dumps({**body, "input": "add \ud800x"}).encode()
    answer = http.post(RESPONSES, content=raw)
    assert answer.status_code == 200
    assert "\\\\ud800x" in answer.text


def test_a_client_that_hangs_up_harms_nothing(http: httpx2.Client) -> None:
    with demo_model(DEMO_WORD_DELAY_MS="200") as slow:
        with httpx2.Client(base_url=slow.url, headers=KEY, trust_env=False) as client:
            body = {**MODEL, "input": "help", "stream": True}
            with client.stream("POST", RESPONSES, json=body) as answer:
                assert next(answer.iter_lines()).startswith("event:")
        with socket.create_connection(("127.0.0.1", slow.port)) as half:
            half.sendall(
                b"POST /v1/responses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n"
                b"Content-Length: 9\r\n\r\n{"
            )
        with httpx2.Client(base_url=slow.url, trust_env=False) as client:
            assert client.get("/health").status_code == 200
        slow.process.send_signal(signal.SIGTERM)
        out, err = slow.process.outcome(15)
    assert err == ""
    assert not [line for line in out.splitlines() if json.loads(line)["level"] == "error"]


def test_fifty_streams_at_once_all_end(server: Server) -> None:
    command = (
        "import asyncio, httpx2, sys\n"
        "async def one(client):\n"
        "    body = {'model': 'demo-model', 'input': 'help', 'stream': True}\n"
        "    answer = await client.post(sys.argv[1], json=body, headers={'Authorization': 'Bearer k'})\n"
        "    return answer.text.count('response.completed')\n"
        "async def main():\n"
        "    async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:\n"
        "        return await asyncio.gather(*(one(client) for _ in range(50)))\n"
        "print(set(asyncio.run(main())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, f"{server.api}/responses"],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    assert done.stdout.strip() == "{2}"


def test_a_request_leaves_one_line_without_anybodys_words() -> None:
    with demo_model(LOG_LEVEL="DEBUG", DEMO_WORD_DELAY_MS="0") as server:
        with httpx2.Client(base_url=server.url, headers=KEY, trust_env=False) as client:
            body = {**MODEL, "input": "add secret plan", "tools": [{"type": "function", "name": "add_task"}]}
            answer = client.post(RESPONSES, json=body, headers={"X-Request-ID": "abc-123"})
            odd = client.get("/health", headers={"X-Request-ID": "no good id"})
        server.process.send_signal(signal.SIGTERM)
        out, err = server.process.outcome(15)
    lines = [json.loads(line) for line in out.splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "abc-123"]
    said = {
        name: line[name] for name in ("event", "level", "method", "path", "status", "api", "stream", "step")
    }
    assert said == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "path": RESPONSES,
        "status": 200,
        "api": "responses",
        "stream": False,
        "step": ["add_task"],
    }
    assert (answer.headers["X-Request-ID"], len(odd.headers["X-Request-ID"])) == ("abc-123", 32)
    assert {line["level"] for line in lines if line.get("path") == "/health"} == {"debug"}
    assert [line["event"] for line in lines if line["logger"] == "demo_model"] == ["started", "stopped"]
    assert ("secret plan" in out, err) == (False, "")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("DEMO_WORD_DELAY_MS", "fast"), ("DEMO_WORD_DELAY_MS", "-1"), ("DEMO_WORD_DELAY_MS", "1001"),
     ("LOG_LEVEL", "loud"),      ("MAX_BODY_BYTES", "9")],
)  # fmt: skip
def test_a_bad_setting_ends_the_start_with_one_line_that_names_it(variable: str, value: str) -> None:
    with demo_model(**{variable: value}) as server:
        out, err = server.process.outcome(15)
    (line,) = [json.loads(text) for text in out.splitlines()]
    assert (server.process.returncode, line["variable"], line["level"], err) == (1, variable, "error", "")


def test_it_loads_nothing_heavy() -> None:
    code = "import sys, demo_model.main; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BACKEND, capture_output=True, text=True, check=True, timeout=60
    )
    assert not set(HEAVY) & set(done.stdout.split())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_it_is_small_and_starts_quickly() -> None:
    started = time.monotonic()
    with demo_model() as server:
        start_s = time.monotonic() - started
        with httpx2.Client(base_url=server.url, headers=KEY, trust_env=False) as client:
            for _ in range(20):
                client.post(RESPONSES, json={**MODEL, "input": "help"}).raise_for_status()
        status = Path(f"/proc/{server.process.pid}/status").read_text()
    (resident,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    assert int(resident) / 1024 < IDLE_MIB
    assert start_s < 10
