"""One look at a cluster: what it runs, what it can not see, what it never asks for."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from delivery.ai.answer import Question
from delivery.ai.ask import Rules
from delivery.ai.collect import Wanted, collect, prices_of
from delivery.ai.permissions import refused
from delivery.ai.rules import findings
from delivery.ai.snapshot import Prices
from delivery.ai.usage import parse_metrics
from delivery.command import Door
from delivery.console import Console
from delivery.errors import EnvironmentFault
from delivery.paths import ROOT
from delivery.session import Session
from delivery.settings import load_settings
from tests.unit.ai.snapshots import FOLDER

PROGRAMS = ROOT / "tests" / "fakes" / "recorded"


@dataclass(frozen=True)
class Programs:
    """A cluster of which only kubectl and helm are needed; they answer as the recorded one did."""

    log: Path

    def kubectl(self, *arguments: str) -> list[str]:
        return [str(PROGRAMS / "kubectl"), *arguments]

    def helm(self, *arguments: str) -> list[str]:
        return [str(PROGRAMS / "helm"), *arguments]

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("RECORDED", str(FOLDER / "crash.json.gz"))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return Programs(tmp_path / "calls")


@pytest.fixture
def session(project: Path, console: Console, door: Door) -> Session:
    settings = load_settings({}, root=project, environ={})
    services = {name: next(iter(settings.services.values())) for name in ("backend", "frontend", "database")}
    return Session(replace(settings, services=services), console, door)


def test_one_look_is_enough_for_the_cause(session: Session, cluster: Any) -> None:
    snapshot = collect(session, cluster)
    answer = Rules(snapshot).ask(Question("why is backend crashing"))
    assert "OPENAI_API" in answer.text
    assert snapshot.unseen == ()
    assert len(cluster.calls()) <= 6


def test_values_of_secrets_are_never_asked_for(session: Session, cluster: Any) -> None:
    collect(session, cluster, Wanted(use=True))
    for call in cluster.calls():
        if any("secret" in word for word in call[1:2]):
            assert any(word.startswith("go-template=") and "$value}}" not in word for word in call)
            assert "json" not in call


def test_every_call_only_looks(session: Session, cluster: Any) -> None:
    collect(session, cluster, Wanted(use=True))
    assert {call[0] for call in cluster.calls()} <= {"get", "logs"}


def test_without_metrics_server_the_kubelet_is_asked(session: Session, cluster: Any) -> None:
    snapshot = collect(session, cluster, Wanted(use=True, samples=2, every_s=0.01))
    assert snapshot.uses
    assert snapshot.uses.source == "the kubelet"
    assert snapshot.uses.samples == 2
    assert "2 samples" in snapshot.uses.label()


def test_metrics_servers_answer_is_read() -> None:
    document = {
        "items": [
            {
                "metadata": {"name": "backend-1"},
                "containers": [{"name": "backend", "usage": {"cpu": "3279441n", "memory": "139468Ki"}}],
            }
        ]
    }
    use = parse_metrics(document)["backend-1", "backend"]
    assert use.cpu == pytest.approx(0.003279441)
    assert use.memory == 139468 * 1024


def test_who_may_not_list_pods_is_told_which_right_is_missing(
    session: Session, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOSED", "pods")
    with pytest.raises(EnvironmentFault, match="may not see pods of namespace todo") as raised:
        collect(session, cluster)
    assert "somebody may not list" in raised.value.why
    assert "view" in raised.value.fix
    assert raised.value.exit_code == 5


def test_who_may_not_see_some_things_gets_the_rest_and_is_told(
    session: Session, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOSED", "secrets nodes services configmaps serviceaccounts")
    snapshot = collect(session, cluster)
    assert snapshot.secrets is None
    assert snapshot.nodes is None
    assert any("somebody may not list" in one for one in snapshot.unseen)
    known = {"CRASH_LOOP", "PROGRESS_DEADLINE", "RELEASE_NOT_VERIFIED"}
    assert {one.code for one in findings(snapshot)} <= known


def test_an_api_server_that_is_away_is_an_environment_fault(
    session: Session, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWAY", "yes")
    with pytest.raises(EnvironmentFault, match="the API server does not say what is there"):
        collect(session, cluster)


def test_an_answer_that_breaks_off_is_an_environment_fault(
    session: Session, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "kubectl"
    program.write_text('#!/bin/sh\nprintf \'{"items": [{"kind\'\n')
    program.chmod(0o755)
    monkeypatch.setattr(Programs, "kubectl", lambda _, *arguments: [str(program), *arguments])
    with pytest.raises(EnvironmentFault, match="broke off"):
        collect(session, cluster)


def test_refusals_are_read_in_the_words_of_kubectl_and_of_helm() -> None:
    kubectl = 'Error from server (Forbidden): pods is forbidden: User "a:b" cannot list resource "pods" in'
    helm = 'Error: list: failed to list: secrets is forbidden: User "a:b" cannot list resource "secrets"'
    assert [(one.resource, one.user) for one in refused(kubectl + os.linesep + helm)] == [
        ("pods", "a:b"), ("secrets", "a:b"),
    ]  # fmt: skip
    assert refused("Error from server (NotFound)") == []


def test_prices_of_deploy_yaml_replace_the_defaults_one_by_one() -> None:
    assert prices_of({}) == Prices()
    assert prices_of({"cpuHour": 1.5, "currency": "EUR"}) == replace(Prices(), cpu_hour=1.5, currency="EUR")
