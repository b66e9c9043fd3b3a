"""kagent by A2A: the state of the task decides; recordings of its runtime and program are the input."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from delivery.ai.answer import Answer, State, Usage
from delivery.ai.backends.kagent import Kagent, Where, forbidden_tools, read_rpc, read_task
from delivery.ai.redact import Redactor
from delivery.cluster import Cluster
from delivery.session import Session
from tests.unit.ai.backends.conftest import FAKES, MakeSession, Programs, cluster_of, question
from tests.unit.ai.backends.controller import OURS, Controller, serving

DATA = FAKES.parent / "data" / "kagent"
SLICE = {"items": [{"endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": True}}]}]}


@pytest.fixture
def ask(session: Session, cluster: Cluster, programs: Programs) -> Any:
    def asked(controller: Controller, seconds: float = 20) -> Answer:
        backend = Kagent(session, cluster, Where(), Redactor(session.console.masker))
        with serving(controller) as port:
            programs.write("target", str(port))
            return backend.ask(question(seconds=seconds))

    return asked


def recorded(name: str) -> bytes:
    return (DATA / f"out_{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "state", "text", "error"),
    [
        ("ok", State.COMPLETED, "The frontend pod is not ready: readiness probe fails on /healthz.", ""),
        ("ask", State.INPUT_REQUIRED, "which ns? (a, b)", "asks back"),
        ("badtool", State.FAILED, "", "Tool 'no_such_tool' not found."),
        ("err401", State.FAILED, "", "Error code: 401 - bad key"),
    ],
)
def test_the_recorded_answers_of_the_runtime_are_told_apart(
    name: str, state: State, text: str, error: str
) -> None:
    task = read_rpc(recorded(name).decode())
    assert (task.state, task.text) == (state, text)
    assert error in task.error
    if name != "err401":
        assert task.usage == Usage(11, 7, 1)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("ok", State.COMPLETED),
        ("ask", State.INPUT_REQUIRED),
        ("badtool", State.FAILED),
        ("err401", State.FAILED),
    ],
)
def test_what_kagents_own_program_prints_with_exit_0_is_told_apart_as_well(
    session: Session, programs: Programs, name: str, state: State
) -> None:
    programs.write("behaviour", f"invoke-{name}")
    printed = session.door.read([str(programs.folder / "kagent"), "invoke", "-a", "k8s-agent", "-t", "why"])
    assert printed.exit_code == 0
    assert read_task(json.loads(printed.stdout)).state is state


@pytest.mark.parametrize("name", ["500", "noagent", "no-server"])
def test_kagents_own_program_hides_its_faults_which_is_why_it_is_not_used(
    session: Session, programs: Programs, name: str
) -> None:
    programs.write("behaviour", f"invoke-{name}")
    printed = session.door.read([str(programs.folder / "kagent"), "invoke", "-a", "k8s-agent", "-t", "why"])
    assert (printed.exit_code, printed.stdout.strip()) == (0, "")
    assert read_rpc(printed.stdout).state is State.FAILED


@pytest.mark.parametrize(
    ("result", "state", "error"),
    [
        ({"status": {"state": "auth-required"}}, State.AUTH_REQUIRED, "needs credentials"),
        ({"status": {"state": "rejected"}}, State.FAILED, "the task is rejected"),
        ({"status": {"state": "canceled"}}, State.FAILED, "canceled"),
        ({"status": {"state": "working"}}, State.FAILED, "working"),
        ({"status": {"state": "completed"}}, State.FAILED, "answered nothing"),
        (
            {"status": {"state": "completed"}, "artifacts": [{"parts": None}]},
            State.FAILED,
            "answered nothing",
        ),
        ({"kind": "message", "parts": [{"kind": "text", "text": "hi"}]}, State.COMPLETED, ""),
        ({"kind": "message", "parts": []}, State.FAILED, "answered nothing"),
    ],
)
def test_every_state_of_a_task_is_known(result: dict[str, Any], state: State, error: str) -> None:
    task = read_task(result)
    assert task.state is state
    assert error in task.error


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", "null", "{}", '{"result": 1}', '{"result": {"status": 1}}']
)
def test_what_is_no_answer_of_a2a_is_a_failure(text: str) -> None:
    assert read_rpc(text).state is State.FAILED


def test_an_error_of_the_rpc_is_told() -> None:
    task = read_rpc('{"error": {"code": -32601, "message": "Method not found"}}')
    assert (task.state, task.error) == (State.FAILED, "Method not found")


def test_a_tool_that_wants_approval_is_asked_for_in_words() -> None:
    call = {"name": "k8s_delete_resource", "args": {"name": "x"}}
    parts = [{"kind": "data", "data": {"args": {"originalFunctionCall": call}}}]
    task = read_task({"status": {"state": "input-required", "message": {"parts": parts}}})
    assert task.text == 'May k8s_delete_resource be called with {"name": "x"}?'


def test_it_is_asked_through_our_own_port_forward(ask: Any, programs: Programs) -> None:
    controller = Controller(recorded("ok"))
    answer = ask(controller)
    assert (answer.state, answer.backend) == (State.COMPLETED, "kagent")
    assert answer.text.startswith("The frontend pod is not ready")
    assert [path for path, _ in controller.requests] == [
        "/version", "/api/agents/kagent/todo-reader", "/api/a2a/kagent/todo-reader/",
    ]  # fmt: skip
    forwarded = next(one["argv"] for one in programs.kubectl_calls if "port-forward" in one["argv"])
    assert "--context" in forwarded
    assert forwarded[-1].endswith(":8083")


def test_what_is_shown_is_what_is_sent_but_for_the_id(ask: Any, session: Session, cluster: Cluster) -> None:
    controller = Controller(recorded("ok"))
    ask(controller)
    sent = controller.requests[-1][1].decode()
    own = json.loads(sent)["params"]["message"]["messageId"]
    shown = Kagent(session, cluster, Where(), Redactor(session.console.masker)).would_send(
        question(seconds=20)
    )
    assert sent.replace(own, "<id>") == shown


@pytest.mark.parametrize(
    ("controller", "words"),
    [
        (Controller(status=500, answer=b'{"error": "boom"}'), "HTTP 500"),
        (Controller(status=401), "refuses us (HTTP 401)"),
        (Controller(answer=b"garbage"), "none of A2A"),
        (Controller(version="1.0.2"), "another protocol"),
    ],
)
def test_faults_of_the_controller_are_answers_that_say_so(
    ask: Any, controller: Controller, words: str
) -> None:
    answer = ask(controller)
    assert answer.state is State.FAILED
    assert words in answer.error


def test_an_agent_that_never_answers_is_left_in_time(ask: Any) -> None:
    began = time.monotonic()
    answer = ask(Controller(hang=True), seconds=3)
    assert answer.state is State.FAILED
    assert "in time" in answer.error
    assert time.monotonic() - began < 20


def test_a_port_forward_that_dies_in_the_middle_is_told(ask: Any, programs: Programs) -> None:
    programs.write("dies-after", "2")
    answer = ask(Controller(recorded("ok")))
    assert answer.state is State.FAILED
    assert "kagent does not answer" in answer.error


TOO_MUCH = ["k8s_get_resources", "k8s_delete_resource", "k8s_apply_manifest"]


@pytest.mark.parametrize(
    ("tools", "wrong"),
    [
        (OURS, []),
        ([], []),
        (
            [{"mcpServer": {"name": "s", "toolNames": TOO_MUCH}}],
            ["k8s_apply_manifest", "k8s_delete_resource"],
        ),
        ([{"mcpServer": {"toolNames": TOO_MUCH, "requireApproval": TOO_MUCH}}], []),
        ([{"mcpServer": {"name": "s"}}], ["all of s"]),
        ([{"type": "Agent", "agent": {"name": "helm-agent"}}], ["agent helm-agent"]),
    ],
)
def test_tools_that_do_more_than_look_are_found(tools: list[dict[str, Any]], wrong: list[str]) -> None:
    assert [one for one in forbidden_tools({"data": {"tools": tools}}) if one] == wrong


def test_an_agent_that_may_change_the_cluster_is_not_asked(ask: Any) -> None:
    controller = Controller(recorded("ok"), tools=[{"mcpServer": {"name": "s", "toolNames": TOO_MUCH}}])
    answer = ask(controller)
    assert answer.state is State.FAILED
    assert "may change the cluster" in answer.error
    assert not [path for path, _ in controller.requests if "a2a" in path]


@pytest.mark.parametrize(
    ("slices", "present", "words"),
    [
        ({"items": []}, False, "ai.kagent-install"),
        ({"items": [{"endpoints": []}]}, False, "not ready"),
        (
            {"items": [{"endpoints": [{"addresses": ["x"], "conditions": {"ready": False}}]}]},
            False,
            "not ready",
        ),
        (SLICE, True, "agent todo-reader in namespace kagent"),
    ],
)
def test_it_is_there_once_its_controller_is_ready(
    session: Session, cluster: Cluster, programs: Programs, slices: dict[str, Any], present: bool, words: str
) -> None:
    programs.write("slices.json", json.dumps(slices))
    there = Kagent(session, cluster, Where(), Redactor(session.console.masker)).available()
    assert there.present is present
    assert words in there.reason


def test_a_dry_run_asks_nobody(make_session: MakeSession, programs: Programs) -> None:
    dry = make_session(dry_run=True)
    answer = Kagent(dry, cluster_of(dry), Where(), Redactor(dry.console.masker)).ask(question())
    assert answer.state is State.FAILED
    assert "dry run" in answer.error
    assert programs.kubectl_calls == []
