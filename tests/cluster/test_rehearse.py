"""The plan's rollback scenarios, rehearsed: the fault is found, taken back, and all is as it was."""

from __future__ import annotations

import json
import subprocess

import jsonschema
import pytest

from delivery.paths import ROOT
from tests.cluster.conftest import Deployment
from tests.cluster.test_rollback import DEBUG, as_the_sources_say, config, row, set_all

pytestmark = pytest.mark.cluster

__all__ = ["as_the_sources_say"]


@pytest.mark.parametrize(
    ("scenario", "code"), [("crash", "CRASH_LOOP"), ("config", "NOT_READY"), ("image", "NOT_READY")]
)
def test_a_fault_is_found_taken_back_and_proven(deployed: Deployment, scenario: str, code: str) -> None:
    before, settings = row(deployed), config(deployed)
    done = deployed.kit.run("rollback.rehearse", "--scenario", scenario, "--output", "json", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    schema = json.loads((ROOT / "schemas" / "rehearsal.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(told)
    assert (told["passed"], told["code"]) == (True, code)
    assert told["seconds"]["verdict"] > 0
    assert told["seconds"]["rollback"] > 0
    assert (deployed.kit.folder / told["evidence"] / "verdict.txt").read_text().count(code)
    after = row(deployed)
    assert after["verified"] and after["ready"]
    assert (after["image"], after["secret"]) == (before["image"], before["secret"])
    assert after["revision"] == before["revision"] + 2
    assert config(deployed) == settings
    assert "Nothing changed, nothing done." in deployed.kit.run("deploy.all").stdout
    node = deployed.kit.json("cluster.status")["nodes"][0]["name"]
    argv = ["docker", "exec", node, "ctr", "-n", "k8s.io", "images", "ls", "-q"]
    assert "buggy-version" not in subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_nothing_is_rehearsed_on_an_app_that_is_not_as_it_should_be(deployed: Deployment) -> None:
    before = deployed.inventory()
    done = deployed.kit.run("rollback.rehearse", *set_all(DEBUG), check=False)
    assert done.returncode == 2
    assert "env.LOG_LEVEL: (none) → DEBUG" in done.stderr
    assert deployed.inventory() == before


def test_a_context_that_is_not_ours_is_refused_also_where_it_is_named(deployed: Deployment) -> None:
    before = deployed.inventory()
    context = deployed.kubectl("config", "current-context").strip()
    done = deployed.kit.run(
        "rollback.rehearse", "--context", context, check=False, KUBECONFIG=str(deployed.kubeconfig)
    )
    assert done.returncode == 2, done.stderr
    assert "breaks the app on purpose" in done.stderr
    assert deployed.inventory() == before
