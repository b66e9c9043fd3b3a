"""A change of the source goes live; what was there stays for a rollback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cluster.conftest import Deployment, request

pytestmark = pytest.mark.cluster


def backend_row(deployed: Deployment) -> dict[str, str]:
    return next(dict(row) for row in deployed.kit.json("deploy.status") if row["service"] == "backend")


def replace_line(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_changed_line_in_the_backend_is_live_and_the_old_image_is_still_there(deployed: Deployment) -> None:
    before = backend_row(deployed)
    source = deployed.kit.folder / "backend" / "src" / "application.py"
    source.write_text(source.read_text() + '\nCHANGED = "a line that was not there"\n')
    done = deployed.kit.run("deploy.all", "--yes")
    after = backend_row(deployed)
    assert after["image"] != before["image"]
    assert "upgrade backend" in done.stderr
    assert "upgrade frontend" not in done.stderr
    pod = deployed.pods("backend")[0]
    code = "import src.application as a; print(a.CHANGED)"
    answer = deployed.kubectl("exec", pod, "-c", "backend", "--", "python", "-c", code)
    assert answer.strip() == "a line that was not there"
    node = deployed.kit.json("cluster.status")["nodes"][0]["name"]
    there = subprocess.run(
        ["docker", "exec", node, "ctr", "-n", "k8s.io", "images", "ls", "-q"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert before["image"] in there
    assert after["image"] in there


def test_a_changed_variable_reaches_the_pods_through_the_config_map(deployed: Deployment) -> None:
    change = ("--set", "services.frontend.values.env.BACKEND_TIMEOUT_MS='14000'")
    deployed.kit.run("deploy.frontend", *change)
    pod = deployed.pods("frontend")[0]
    assert deployed.kubectl("exec", pod, "--", "sh", "-c", "echo $BACKEND_TIMEOUT_MS").strip() == "14000"
    deployed.kit.run("deploy.all")
    assert request(deployed.urls["frontend"])


def test_a_dockerfile_that_fails_shows_the_step_and_leaves_the_app_alone(deployed: Deployment) -> None:
    file = deployed.kit.folder / "Dockerfile.backend"
    whole = file.read_text()
    try:
        file.write_text(
            whole + '\nRUN ["python", "-c", "raise SystemExit(\'this step fails on purpose\')"]\n'
        )
        done = deployed.kit.run("deploy.all", "--yes", check=False)
    finally:
        file.write_text(whole)
    assert done.returncode == 5
    assert "the image of backend could not be built" in done.stderr
    assert "this step fails on purpose" in done.stderr
    assert request(deployed.urls["backend"])


def test_a_release_that_does_not_come_up_says_why_and_the_old_one_serves(deployed: Deployment) -> None:
    command = "services.backend.values.command=['python','-c','raise SystemExit(\"no luck today\")']"
    done = deployed.kit.run("deploy.backend", "--set", command, check=False)
    assert done.returncode == 3
    assert "CRASH_LOOP" in done.stderr
    assert "no luck today" in done.stderr
    assert request(deployed.urls["backend"])
    assert backend_row(deployed)["verified"]


def test_values_that_the_chart_refuses_change_nothing(deployed: Deployment) -> None:
    before = backend_row(deployed)
    done = deployed.kit.run("deploy.all", "--set", "services.backend.values.replicaCount=two", check=False)
    assert done.returncode == 2
    assert 'services.backend.values.replicaCount: "two" is not of type integer' in done.stderr
    assert backend_row(deployed) == before
