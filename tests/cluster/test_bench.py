"""The benchmarks on a real cluster: verdicts beside helm's, and availability; both leave nothing behind."""

from __future__ import annotations

import json
import time

import pytest

from tests.cluster.conftest import Deployment, interrupt, wait_for

pytestmark = pytest.mark.cluster

LABEL = "todo-delivery/bench"


def namespaces(deployed: Deployment) -> list[str]:
    """Those of a benchmark that are there and not on their way out."""
    items = json.loads(deployed.kubectl("get", "namespaces", "--selector", LABEL, "-o", "json"))["items"]
    return [one["metadata"]["name"] for one in items if "deletionTimestamp" not in one["metadata"]]


def test_a_fault_and_a_good_upgrade_are_judged_side_by_side(deployed: Deployment) -> None:
    done = deployed.kit.run(
        "bench.verdict", "--scenarios", "image-not-found,well", "--engines", "ours,helm-rollback",
        "--helm-timeout-s", "30", "--output", "json",
    )  # fmt: skip
    found = {(one["fault"], one["engine"]): one for one in json.loads(done.stdout)["measured"]}
    assert len(found) == 4
    ours, helm = found["image-not-found", "ours"], found["image-not-found", "helm-rollback"]
    assert ours["words"] == "IMAGE_NOT_FOUND"
    assert ours["right"] and ours["back"] and ours["serves"]
    assert helm["cut"] and helm["verdict_s"] >= 29
    assert ours["verdict_s"] < helm["verdict_s"]
    assert all(found["well", engine]["serves"] for engine in ("ours", "helm-rollback"))
    assert namespaces(deployed) == []


@pytest.mark.soak
def test_an_interrupted_benchmark_removes_what_it_made(deployed: Deployment) -> None:
    process = deployed.kit.start("bench.verdict", "--scenarios", "never-ready", "--verbose")
    wait_for(process, " upgrade bench-never-ready")
    time.sleep(5)
    code, _ = interrupt(process)
    assert code == 130
    assert namespaces(deployed) == []
    assert deployed.kit.left_processes() == []


@pytest.mark.soak
def test_every_request_is_answered_while_the_app_fails_and_goes_back(deployed: Deployment) -> None:
    phases = json.loads(deployed.kit.run("bench.availability", "--rounds", "1", "--output", "json").stdout)
    assert {one["name"] for one in phases} == {"deploy", "failed deploy, back", "deploy of what was"}
    assert all(one["requests"]["count"] > 100 for one in phases)
    assert "Nothing changed, nothing done." in deployed.kit.run("deploy.all", "--yes").stdout
