"""The cases of bench.verdict: each renders, differs from what is well, and has an answer."""

from __future__ import annotations

import functools
import json
import subprocess
from typing import Any

import pytest
import yaml

from delivery.bench.scenarios import CHART, NEW, OLD, Scenario, read_scenarios
from delivery.errors import InvalidInput
from delivery.paths import ROOT
from tests.unit.charts.charts import LOADER, Helm

FAULTS = read_scenarios()
# What issue trackers of deploy tools are full of; and what an eager judge gets wrong.
SITUATIONS = {
    "crash-loop", "crash-later", "init-fails", "image-not-found", "image-never-pull", "secret-missing",
    "secret-key-missing", "configmap-missing", "out-of-memory", "liveness-kills", "never-ready",
    "unschedulable", "quota", "pod-security", "wrong-command",
}  # fmt: skip
WELL = {"well", "crash-once", "slow-start", "two-replicas", "image-late"}


def rendered(helm: Helm, fault: Scenario, version: str) -> list[dict[str, Any]]:
    return objects(helm.path, json.dumps(fault.values(version, "bench")))


@functools.cache
def objects(helm: str, values: str) -> list[dict[str, Any]]:
    """What helm makes of these values; not to be changed."""
    done = subprocess.run(
        [helm, "template", "bench", str(CHART), "--values", "-"], input=values,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.load_all(done.stdout, LOADER) if one]


def pod(items: list[dict[str, Any]]) -> dict[str, Any]:
    (deployment,) = [one for one in items if one["kind"] == "Deployment"]
    return dict(deployment["spec"]["template"]["spec"])


def test_there_is_every_situation_that_should_be_judged() -> None:
    assert {one.name for one in FAULTS.cases if not one.ready} >= SITUATIONS
    assert {one.name for one in FAULTS.cases if one.ready} == WELL


@pytest.mark.parametrize("fault", FAULTS.cases, ids=lambda one: one.name)
def test_the_chart_renders_both_revisions_and_they_answer_differently(helm: Helm, fault: Scenario) -> None:
    old, new = (pod(rendered(helm, fault, version)) for version in (OLD, NEW))
    assert old != new
    for spec, version in ((old, OLD), (new, NEW)):
        assert {"name": "VERSION", "value": version} in spec["containers"][0]["env"]


@pytest.mark.parametrize("fault", [one for one in FAULTS.cases if not one.ready], ids=lambda one: one.name)
def test_a_fault_changes_more_than_the_version(helm: Helm, fault: Scenario) -> None:
    assert fault.values(NEW, "bench") != {**fault.values(OLD, "bench"), "version": NEW}


@pytest.mark.parametrize("fault", FAULTS.cases, ids=lambda one: one.name)
def test_namespaces_of_the_cases_have_names_that_kubernetes_and_helm_take(fault: Scenario) -> None:
    assert len(f"bench-{fault.name}-helm-rollback-999") <= 53


@pytest.mark.parametrize("fault", FAULTS.cases, ids=lambda one: one.name)
def test_the_programs_of_a_case_are_python(helm: Helm, fault: Scenario) -> None:
    for container in pod(rendered(helm, fault, NEW))["containers"]:
        if container["command"][0] == "python":
            compile(container["command"][2], fault.name, "exec")


def test_the_image_is_one_of_this_project() -> None:
    assert FAULTS.image_of in yaml.safe_load((ROOT / "deploy.yaml").read_text())["services"]


def test_the_key_that_is_absent_is_asked_of_a_secret_that_is_there(helm: Helm) -> None:
    (fault,) = FAULTS.chosen(["secret-key-missing"])
    secrets = [one for one in rendered(helm, fault, NEW) if one["kind"] == "Secret"]
    (token,) = [
        one for one in pod(rendered(helm, fault, NEW))["containers"][0]["env"] if one["name"] == "TOKEN"
    ]
    reference = token["valueFrom"]["secretKeyRef"]
    assert reference["name"] == secrets[0]["metadata"]["name"]
    assert reference["key"] not in secrets[0]["stringData"]


def test_an_unknown_case_is_told_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="no case crash-lop") as told:
        FAULTS.chosen(["crash-lop"])
    assert "crash-loop" in told.value.why


def test_none_named_means_all() -> None:
    assert FAULTS.chosen([]) == FAULTS.cases
