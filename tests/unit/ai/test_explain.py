"""Kept evidence is explained from its files alone, and a failed deploy at once, whatever the files hold."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from delivery.ai.explain import explain, findings_in
from delivery.ai.output import Output
from delivery.command import Door
from delivery.console import Console
from delivery.errors import Course, DeployFailed, DeployFailedRolledBack, EnvironmentFault, InvalidInput
from delivery.operations.explained import Explained, explain_failures
from delivery.operations.failed_deploy import told
from delivery.rollout.answers import answers_from, answers_json
from delivery.rollout.evidence import objects_of
from delivery.session import Session
from delivery.settings import load_settings
from tests.unit.ai.snapshots import at_the_end, recorded
from tests.unit.conftest import Printed


@pytest.fixture
def session(project: Path, console: Console, door: Door) -> Session:
    return Session(load_settings({}, root=project, environ={}), console, door)


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """What a failed deploy of the recorded crash leaves, in the form that save_evidence gives it."""
    folder = tmp_path / "20261124T131200Z-backend"
    folder.mkdir()
    made = recorded("crash")
    (folder / "objects.json").write_text(json.dumps(objects_of(list(made.items), "backend")))
    (folder / "answers.json").write_text(json.dumps(answers_json(made.facts.answers)))
    for (pod, container), text in made.logs.items():
        (folder / f"{pod}.{container}.log").write_text(text)
    return folder


def test_the_cause_comes_first_with_the_logs_own_words(evidence: Path) -> None:
    first = findings_in(evidence)[0]
    assert first.code == "CRASH_LOOP"
    assert "OPENAI_API: Input should be 'responses' or 'chat_completions'" in first.title


def test_objects_that_evidence_does_not_hold_are_not_called_missing(evidence: Path) -> None:
    codes = {one.code for one in findings_in(evidence)}
    assert codes == {"CRASH_LOOP", "PROGRESS_DEADLINE"}


@pytest.mark.parametrize("name", ["secret-missing", "configmap-missing", "pvc-missing", "unschedulable-cpu"])
def test_answers_of_the_watch_are_kept_with_the_evidence(name: str, tmp_path: Path) -> None:
    made = at_the_end(name)
    (tmp_path / "objects.json").write_text(json.dumps(made.items))
    (tmp_path / "answers.json").write_text(json.dumps(answers_json(made.facts.answers)))
    want = {"unschedulable-cpu": "NO_NODE_FITS"}.get(name, name.upper().replace("-", "_"))
    assert findings_in(tmp_path)[0].code == want


def test_answers_come_back_as_they_were() -> None:
    for name in ("secret-key-missing", "image-not-found", "unschedulable-selector", "ok"):
        answers = at_the_end(name).facts.answers
        assert answers_from(json.loads(json.dumps(answers_json(answers)))) == answers


def test_a_task_explains_a_folder(session: Session, printed: Printed, evidence: Path) -> None:
    explain(session, str(evidence), Output())
    assert "OPENAI_API" in printed.out.getvalue().splitlines()[0]


@pytest.mark.parametrize(
    "objects", [None, "", "{", "[]", "{}", "[1, null, {}]", '[{"kind": "Pod"}]', "could not be had: gone"]
)
def test_a_folder_without_evidence_is_bad_input_or_shows_nothing(tmp_path: Path, objects: str | None) -> None:
    if objects is not None:
        (tmp_path / "objects.json").write_text(objects)
    if objects in ("[]", "[1, null, {}]", '[{"kind": "Pod"}]'):
        assert [one.code for one in findings_in(tmp_path)] in ([], ["NOTHING_DEPLOYED"])
        return
    with pytest.raises(InvalidInput, match="holds no evidence"):
        findings_in(tmp_path)


def test_a_folder_that_there_is_not_is_bad_input(session: Session) -> None:
    with pytest.raises(InvalidInput, match="there is no folder"):
        explain(session, "no-such-folder", Output())


def test_a_failed_deploy_is_explained_in_its_error(
    session: Session, printed: Printed, evidence: Path
) -> None:
    error = DeployFailed(
        "backend did not come up", "its log", "the general advice", course=Course(evidence=str(evidence))
    )
    began = time.monotonic()
    explained = explain_failures(session, {"backend": error})
    assert time.monotonic() - began < 2
    whole = told([error], [], DeployFailedRolledBack, explained)
    assert "backend, by the rules (CRASH_LOOP): " in whole.why
    assert "OPENAI_API: Input should be" in whole.why
    assert "OPENAI_API" in whole.fix
    assert "OPENAI_API" in printed.err.getvalue()


def test_what_cannot_be_explained_hides_nothing(session: Session, tmp_path: Path) -> None:
    (tmp_path / "objects.json").write_text('[{"kind": "Deployment", "metadata": {"name": "x"}}]')
    failures: dict[str, Any] = {
        "broken": DeployFailed("it fell", course=Course(evidence=str(tmp_path))),
        "absent": DeployFailed("it fell", course=Course(evidence=str(tmp_path / "none"))),
        "without": DeployFailed("it fell"),
        "other": EnvironmentFault("no network"),
    }
    explained = explain_failures(session, failures)
    assert explained == Explained()
    error = told(list(failures.values()), [], DeployFailed, explained)
    assert error.what == "it fell; it fell; it fell; no network"


def test_what_the_verdict_said_already_is_not_said_again(session: Session, evidence: Path) -> None:
    for log in evidence.glob("*.log"):
        log.unlink()
    said = "backend did not come up: CRASH_LOOP: container backend keeps ending"
    error = DeployFailed(said, "", "the general advice", course=Course(evidence=str(evidence)))
    explained = explain_failures(session, {"backend": error})
    assert explained.findings["backend"][0].code == "CRASH_LOOP"
    assert explained.lines() == []
    assert told([error], [], DeployFailed, explained).fix == "the general advice"


def test_only_what_is_grave_explains_a_failure(session: Session, evidence: Path) -> None:
    made = recorded("healthy")
    (evidence / "objects.json").write_text(json.dumps(objects_of(list(made.items), "backend")))
    error = DeployFailed("slow", course=Course(evidence=str(evidence)))
    assert explain_failures(session, {"backend": error}).lines() == []


def test_a_value_of_the_env_file_is_masked_in_an_explanation(
    session: Session, printed: Printed, evidence: Path
) -> None:
    session.console.masker.add("chat_completions")
    explain(session, str(evidence), Output("json"))
    assert "chat_completions" not in printed.out.getvalue()
