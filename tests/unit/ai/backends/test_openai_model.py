"""The real `openai` client against a server that does as a script says."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from delivery.ai.answer import Budget, State
from delivery.ai.backends import chat_request
from delivery.ai.backends.openai_model import OpenAiModel, judged
from delivery.ai.model_access import OFFICIAL, ModelAccess, model_access
from delivery.session import Session
from tests.unit.ai.backends.conftest import KEY, MakeSession, question
from tests.unit.ai.backends.scripted_model import Script, serving
from tests.unit.conftest import Printed


def asked(session: Session, script: Script, **budget: Any) -> Any:
    with serving(script):
        backend = OpenAiModel(session, ModelAccess(script.base_url, "stub", KEY))
        return backend.ask(replace(question(), budget=Budget(**{"seconds": 30, **budget})))


def test_an_answer_comes_with_its_usage_and_nothing_was_offered_to_be_run(session: Session) -> None:
    script = Script()
    answer = asked(session, script, tokens=77)
    assert (answer.state, answer.text) == (State.COMPLETED, script.content)
    assert (answer.usage.prompt_tokens, answer.usage.answer_tokens, answer.usage.requests) == (11, 7, 1)
    sent = json.loads(script.bodies[0])
    assert sent["max_tokens"] == 77
    assert "tools" not in sent
    assert script.keys == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("script", "state", "words"),
    [
        (Script(content=None), State.FAILED, "the model answered nothing"),
        (Script(content="  \n"), State.FAILED, "the model answered nothing"),
        (Script(content=None, finish="length"), State.FAILED, "raise ai.answerTokens"),
        (Script(raw=b"<html>gateway</html>"), State.FAILED, "none of the OpenAI API"),
        (Script(raw=b"{}"), State.FAILED, "none of the OpenAI API"),
        (Script(raw=b"null"), State.FAILED, "none of the OpenAI API"),
        (Script(raw=b'{"choices": [{}]}'), State.FAILED, "the model answered nothing"),
        (Script(raw=b'{"choices": "all"}'), State.FAILED, ""),
        (Script(raw=b"\xff\xfe\x00garbage"), State.FAILED, "none of the OpenAI API"),
        (Script(status=401), State.AUTH_REQUIRED, "refuses the key (HTTP 401)"),
        (Script(status=403), State.AUTH_REQUIRED, "HTTP 403"),
        (Script(status=404), State.FAILED, "no such model or address"),
        (Script(status=429, headers={"Retry-After": "0"}), State.FAILED, "asks for patience"),
        (Script(status=500, headers={"Retry-After": "0"}), State.FAILED, "the server failed (HTTP 500)"),
    ],
)  # fmt: skip
def test_faults_of_a_model_are_answers_that_say_so(script: Script, state: State, words: str) -> None:
    """In this process, since to import the client takes a second each time."""
    with serving(script):
        body = {"model": "stub", "messages": [{"role": "user", "content": "why"}]}
        order = {"baseUrl": script.base_url, "apiKey": KEY, "body": body, "timeoutS": 10, "retries": 1}
        said = chat_request.ask({**order, "send": True})
    got, text, error, _ = judged(json.loads(json.dumps(said)))
    assert got is state
    assert text == ""
    assert error
    assert words in error
    assert len(script.bodies) == (2 if script.status in (429, 500) else 1), "a busy server is asked once more"


@pytest.mark.parametrize(
    "script", [Script(hang=True), Script(drip=True)], ids=["silent", "a byte now and then"]
)
def test_a_server_that_never_ends_is_ended_by_our_own_time(session: Session, script: Script) -> None:
    began = time.monotonic()
    answer = asked(session, script, seconds=4)
    assert answer.state is State.FAILED
    assert "4 s" in answer.error or "in time" in answer.error
    assert time.monotonic() - began < 20


def test_a_server_that_is_not_there_is_told(session: Session) -> None:
    answer = OpenAiModel(session, ModelAccess("http://127.0.0.1:9/v1", "stub", KEY)).ask(question(seconds=30))
    assert answer.state is State.FAILED
    assert "does not answer" in answer.error


def test_what_is_shown_is_what_is_sent_to_the_byte(session: Session) -> None:
    script = Script()
    wanted = question('why is "bäckend" crashing? ☃ \\n', "pod x: \x1b[31mboom\x1b[0m \u2028 {'a': 1}\n")
    with serving(script):
        access = ModelAccess(script.base_url, "stub", KEY)
        shown = OpenAiModel(session, access).would_send(wanted)
        assert script.bodies == []
        OpenAiModel(session, access).ask(wanted)
    assert shown.encode() == script.bodies[0]
    assert "why is" in shown


def test_the_key_is_nowhere_but_in_the_request(
    make_session: MakeSession, printed: Printed, capfd: pytest.CaptureFixture[str]
) -> None:
    script = Script(status=401, raw=json.dumps({"error": {"message": f"bad key {KEY}"}}).encode())
    answer = asked(make_session(), script)
    told = capfd.readouterr()
    assert KEY not in str(printed) + told.out + told.err
    assert KEY not in repr(ModelAccess("http://x", "m", KEY))
    assert script.keys == [f"Bearer {KEY}"]
    assert answer.state is State.AUTH_REQUIRED


def test_openais_own_server_knows_another_name_for_the_limit(session: Session) -> None:
    body = OpenAiModel(session, ModelAccess(OFFICIAL, "gpt-5-mini", KEY)).body(question())
    assert "max_completion_tokens" in body
    assert "max_tokens" not in body


@pytest.mark.parametrize(
    ("env", "ai", "wanted"),
    [
        ({"AI_API_KEY": ""}, {}, None),
        ({"AI_API_KEY": "a-key-of-ours"}, {}, (OFFICIAL, "gpt-5-mini", "a-key-of-ours")),
        ({"AI_API_KEY": "", "OPENAI_API_KEY": "the-apps"}, {}, (OFFICIAL, "gpt-5-mini", "the-apps")),
        (
            {"AI_API_KEY": "ours-1", "OPENAI_API_KEY": "apps-1", "OPENAI_MODEL": "m", "OPENAI_BASE_URL": "http://a/v1"},
            {}, ("http://a/v1", "m", "ours-1"),
        ),
        (
            {"AI_API_KEY": "ours-1", "OPENAI_MODEL": "m", "OPENAI_BASE_URL": "http://a/v1"},
            {"model": "n", "baseUrl": "http://b/v1"}, ("http://b/v1", "n", "ours-1"),
        ),
    ],
)  # fmt: skip
def test_key_model_and_server_come_from_env_and_settings(
    make_session: MakeSession, env: dict[str, str], ai: dict[str, Any], wanted: tuple[str, str, str] | None
) -> None:
    access = model_access(make_session(ai=ai, **env).settings)
    assert (access and (access.base_url, access.model, access.api_key)) == wanted


def test_without_a_key_the_reason_names_the_variables(session: Session) -> None:
    there = OpenAiModel(session, None).available()
    assert not there.present
    assert "AI_API_KEY" in there.reason
