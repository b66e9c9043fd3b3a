"""Questions about the running app: what is healthy has answers, what crashes has a cause and a fix."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.conftest import Deployment

pytestmark = pytest.mark.cluster

PLAN = [
    "why is the backend pod crashing?",
    "show error logs from the backend pod",
    "which pods are using the most memory?",
    "show recent events in the default namespace",
    "get the nodeport URLs for all services",
    "show all pods and their status",
]


def answer(deployed: Deployment, task: str, *words: str) -> dict[str, Any]:
    return dict(json.loads(deployed.kit.run(task, *words, "--output", "json").stdout))


@pytest.fixture
def crashing(deployed: Deployment) -> Iterator[Deployment]:
    """The backend with a setting that it refuses to start with, made behind the kit's back."""
    deployed.kubectl("set", "env", "deployment/backend", "OPENAI_API=telepathy")
    try:
        until = time.monotonic() + 120
        while "CrashLoopBackOff" not in deployed.kubectl("get", "pods", "--selector", "app=backend"):
            assert time.monotonic() < until, "the new pod does not crash"
            time.sleep(1)
        yield deployed
    finally:
        deployed.kubectl("set", "env", "deployment/backend", "OPENAI_API-")
        deployed.kubectl("rollout", "status", "deployment/backend", "--timeout", "120s")


@pytest.mark.parametrize("question", PLAN)
def test_the_questions_of_the_plan_are_answered_on_the_healthy_app(
    deployed: Deployment, question: str
) -> None:
    found = answer(deployed, "ai.ask", question)
    assert found["state"] == "completed"
    assert found["answer"]
    assert [one for one in found["findings"] if one["severity"] != "info"] == []


@pytest.mark.parametrize("task", ["ai.analyze", "ai.diagnose", "ai.security-scan", "ai.pods"])
def test_the_healthy_app_has_no_finding_above_info(deployed: Deployment, task: str) -> None:
    deployed.kit.run(task, "--fail-on", "warning")


def test_the_charts_are_scanned_before_a_deploy(deployed: Deployment) -> None:
    loose = "services.backend.values.securityContext.allowPrivilegeEscalation=true"
    found = deployed.kit.run(
        "ai.security-scan", "--chart", "--set", loose, "--fail-on", "warning", check=False
    )
    assert found.returncode == 1
    assert "PRIVILEGE_ESCALATION Deployment/backend" in found.stdout
    deployed.kit.run("ai.security-scan", "--chart", "--fail-on", "warning")


def test_the_cause_of_a_crash_and_its_fix_are_named(crashing: Deployment) -> None:
    found = answer(crashing, "ai.ask", "why is backend crashing")
    first = found["findings"][0]
    assert first["code"] == "CRASH_LOOP"
    assert "OPENAI_API: Input should be 'responses' or 'chat_completions'" in first["title"]
    assert first["fix"].startswith("mend OPENAI_API in .env")
    assert "replicas serve" in found["answer"]
    assert crashing.kit.run("ai.analyze", "--fail-on", "critical", check=False).returncode == 1


def test_a_question_may_come_behind_two_dashes_or_on_stdin(deployed: Deployment) -> None:
    assert "READY" in deployed.kit.run("ai.ask", "--", "pod status").stdout
    program = str(deployed.kit.folder / "inv")
    done = subprocess.run(
        [program, "ai.ask"], input="which pods use most memory\n", env=deployed.kit.environment(),
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert "by memory" in done.stdout


def test_use_is_measured_by_samples_and_savings_are_values(deployed: Deployment) -> None:
    found = answer(deployed, "ai.optimize", "--samples", "2", "--every", "1")
    saving = [one for one in found["findings"] if one["code"].startswith("OVER_REQUESTED")]
    assert saving
    assert "2 samples" in saving[0]["evidence"][0]
    assert "--set services." in saving[0]["fix"]


def test_a_failed_deploy_is_explained_with_what_its_log_gives_away(deployed: Deployment) -> None:
    bad = "services.backend.env.OPENAI_API=telepathy"
    failed = deployed.kit.run("deploy.backend", "--set", bad, check=False)
    assert failed.returncode == 3, failed.stderr
    assert "backend, by the rules (CRASH_LOOP): " in failed.stderr
    assert "OPENAI_API: Input should be 'responses' or 'chat_completions'" in failed.stderr
    assert "next: mend OPENAI_API in .env" in failed.stderr
    kept = deployed.kit.run("ai.explain").stdout
    assert "OPENAI_API: Input should be 'responses' or 'chat_completions'" in kept.splitlines()[0]


def test_nothing_was_changed_by_asking(deployed: Deployment) -> None:
    before = deployed.inventory()
    for question in ("scale backend to 5 replicas", "delete the database", "what is wrong"):
        deployed.kit.run("ai.ask", question)
    assert deployed.inventory() == before
