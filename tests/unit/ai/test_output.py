"""Answers as JSON, JUnit and SARIF, each by its own schema, and the exit code of --fail-on."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from delivery.ai.answer import Answer, Finding, Mark, Severity, State, Usage, ordered, to_json
from delivery.ai.ask import Rules, answer_of
from delivery.ai.output import FORMS, Output, deliver
from delivery.ai.replies import Reply
from delivery.ai.rules import Topic, findings
from delivery.command import Door
from delivery.console import Console
from delivery.errors import CheckFailed, InvalidInput
from delivery.paths import ROOT
from delivery.session import Session
from delivery.settings import load_settings
from tests.unit.ai.snapshots import recorded
from tests.unit.conftest import Printed

SCHEMA = json.loads((ROOT / "schemas" / "answer.schema.json").read_text(encoding="utf-8"))


def answer(name: str) -> Answer:
    return answer_of(f"analyze {name}", Reply("text", findings(recorded(name), tuple(Topic))))


@pytest.fixture
def session(project: Path, console: Console, door: Door) -> Session:
    return Session(load_settings({}, root=project, environ={}), console, door)


@pytest.mark.parametrize("name", ["broken", "crash", "healthy"])
def test_every_answer_fits_the_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    faults = [one.message for one in Draft202012Validator(SCHEMA).iter_errors(to_json(answer(name)))]
    assert faults == []


def test_an_answer_of_a_model_fits_it_too() -> None:
    made = Answer(
        State.FAILED, "kubectl-ai", "why", (), "", Usage(10, 2, 1), ("kubectl get pods",), 3, 1.5,
        (Mark("pod/x", "there is none"),), "timed out",
    )  # fmt: skip
    Draft202012Validator(SCHEMA).validate(to_json(made))


@pytest.mark.parametrize(
    "broken", [{"severity": "bad"}, {"code": "lower"}, {"object": "nothing"}, {"more": 1}]
)
def test_the_schema_refuses_what_is_none(broken: dict[str, Any]) -> None:
    document = to_json(answer("crash"))
    document["findings"][0].update(broken)
    assert not Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("name", ["broken", "healthy"])
def test_sarif_has_what_its_schema_requires(name: str) -> None:
    made = answer(name)
    document = json.loads(FORMS["sarif"](made, None))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    assert len(run["results"]) == len(made.findings)
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [("never", Severity.WARNING), ("info", Severity.INFO), ("critical", Severity.CRITICAL)],
)
def test_junit_counts_failures_from_the_severity_that_fails(fail_on: str, failing: Severity) -> None:
    made = answer("broken")
    suite = ET.fromstring(FORMS["junit"](made, Output("junit", fail_on).threshold)).find("testsuite")
    assert suite is not None
    count = sum(one.severity >= failing for one in made.findings)
    assert suite.get("failures") == str(count) == str(len(suite.findall("testcase/failure")))
    assert suite.get("tests") == str(len(made.findings))


def test_junit_of_nothing_is_a_test_that_passed() -> None:
    suite = ET.fromstring(FORMS["junit"](Answer(State.COMPLETED, "rules", "q"), None)).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


def test_junit_survives_what_xml_cannot_hold() -> None:
    odd = Finding("CODE", Severity.CRITICAL, "Pod/a", 'a \x1b[31m<red>\x00 & "quote"', ("\x07]]>",))
    text = FORMS["junit"](Answer(State.COMPLETED, "rules", "<q>&", (odd,)), None)
    case = ET.fromstring(text).find("testsuite/testcase")
    assert case is not None
    assert "<red>" in str(case.get("name"))


def test_what_a_log_says_steers_no_terminal() -> None:
    odd = Finding("CODE", Severity.CRITICAL, "Pod/a", "a\x1b]0;title\x07", ("log: \x1b[2Jgone\r",))
    text = FORMS["text"](Answer(State.COMPLETED, "rules", "q", (odd,), "\x1b[31mred"), None)
    assert not {one for one in text if not one.isprintable()} - {"\n"}


@pytest.mark.parametrize(
    ("name", "fail_on", "fails"),
    [
        ("broken", "never", False), ("broken", "critical", True), ("broken", "info", True),
        ("healthy", "warning", False), ("healthy", "info", True),
    ],
)  # fmt: skip
def test_fail_on_decides_the_exit_code(
    session: Session, printed: Printed, name: str, fail_on: str, fails: bool
) -> None:
    output = Output("json", fail_on)
    if fails:
        with pytest.raises(CheckFailed) as raised:
            deliver(session, answer(name), output)
        assert raised.value.exit_code == 1
    else:
        deliver(session, answer(name), output)
    assert json.loads(printed.out.getvalue())["state"] == "completed"


@pytest.mark.parametrize("output", [Output("yaml"), Output("text", "bad"), Output(""), Output("json", "")])
def test_an_unknown_form_or_severity_is_bad_input(output: Output) -> None:
    with pytest.raises(InvalidInput):
        output.check()


def test_the_gravest_comes_first_and_the_same_is_told_once() -> None:
    info, worse = Finding("A", Severity.INFO, "Pod/a", "x"), Finding("B", Severity.CRITICAL, "Pod/a", "y")
    assert ordered([info, worse, info]) == (worse, info)
    other = replace(info, title="another container")
    assert len(ordered([info, other])) == 2


def test_the_text_names_cause_evidence_and_fix() -> None:
    from delivery.ai.answer import Question

    text = FORMS["text"](Rules(recorded("crash")).ask(Question("why is backend crashing")), None)
    assert "OPENAI_API: Input should be 'responses' or 'chat_completions'" in text.splitlines()[0]
    assert "do: mend OPENAI_API in .env" in text
    assert "answered by rules" in text
