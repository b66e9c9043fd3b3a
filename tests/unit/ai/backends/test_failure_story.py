"""A model's words on a failed deploy: beside the rollback, in time, and never in its way."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from delivery.ai.failure_story import FailureStory, begin
from delivery.errors import Course, DeployFailed
from delivery.operations.explained import ask_model
from delivery.session import Session
from tests.unit.ai.backends.conftest import MakeSession
from tests.unit.ai.backends.scripted_model import Script, serving
from tests.unit.ai.planted import PLANTED, POD, snapshot_with


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Evidence as a failed deploy leaves it."""
    monkeypatch.setattr("delivery.ai.journal.FOLDER", tmp_path / "journal")
    folder = tmp_path / "20261124T120000Z-backend"
    folder.mkdir()
    snapshot = snapshot_with("harmless")
    (folder / "objects.json").write_text(json.dumps(list(snapshot.items)))
    (folder / f"{POD}.backend.log").write_text(f"KeyError: 'OPENAI_API_KEY'\npassword={PLANTED}\n")
    return folder


def session_with(make_session: MakeSession, script: Script, **ai: Any) -> Session:
    return make_session(ai={"baseUrl": script.base_url, "model": "stub", **ai})


def test_the_models_words_come_checked_and_without_a_secret(
    make_session: MakeSession, evidence: Path
) -> None:
    with serving(Script(content="deployment/backnd lacks OPENAI_API_KEY.")) as script:
        story = begin(session_with(make_session, script), evidence, limit_s=90)
        assert story
        text = story.text()
    assert text.startswith("openai says:\ndeployment/backnd [!1] lacks")
    assert "there is no Deployment of this name" in text
    assert b"KeyError" in script.bodies[0]
    assert PLANTED.encode() not in script.bodies[0]


def test_to_begin_takes_no_time_and_a_silent_model_ends_with_its_limit(
    make_session: MakeSession, evidence: Path
) -> None:
    with serving(Script(hang=True)) as script:
        began = time.monotonic()
        story = begin(session_with(make_session, script), evidence, limit_s=3)
        assert time.monotonic() - began < 1
        assert story
        assert story.text() == ""
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    "script", [Script(status=401), Script(status=500, headers={"Retry-After": "0"}), Script(raw=b"<html>")]
)
def test_a_model_in_trouble_says_nothing(make_session: MakeSession, evidence: Path, script: Script) -> None:
    with serving(script):
        story = begin(session_with(make_session, script), evidence)
        assert story
        assert story.text() == ""


def test_evidence_that_can_not_be_read_is_no_trouble(make_session: MakeSession, tmp_path: Path) -> None:
    with serving(Script()) as script:
        story = begin(session_with(make_session, script), tmp_path / "nothing")
        assert story
        assert story.text() == ""
        assert "InvalidInput" in story.trouble
    assert script.bodies == []


def test_a_fault_of_ours_hides_no_failure() -> None:
    def broken() -> str:
        raise ZeroDivisionError

    assert FailureStory(broken, 5).text() == ""


@pytest.mark.parametrize(
    ("env", "ai"),
    [
        ({"AI_API_KEY": ""}, {}), ({}, {"backend": "rules"}), ({}, {"explainFailures": False}),
        ({}, {"backend": "kagent"}),
    ],
)  # fmt: skip
def test_nobody_is_asked_where_nobody_may_be(
    make_session: MakeSession, evidence: Path, env: dict[str, str], ai: dict[str, Any]
) -> None:
    assert begin(make_session(ai=ai, **env), evidence) is None


def test_a_deploy_asks_about_the_first_failure_with_evidence(
    make_session: MakeSession, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.operations.explained.begin", partial(begin, limit_s=90))
    with serving(Script(content="It crashes.")) as script:
        session = session_with(make_session, script)
        failed = DeployFailed("backend failed", course=Course(evidence=str(evidence)))
        failures = {
            "web": DeployFailed("web failed"),
            "backend": failed,
        }
        story = ask_model(session, failures)
        assert story
        assert story.text() == "openai says:\nIt crashes."
        assert ask_model(session, {"web": failures["web"]}) is None
