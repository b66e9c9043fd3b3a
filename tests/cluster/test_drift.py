"""What people change beside helm is seen, told, and mended by the next deploy or rollback."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.cluster.conftest import NAMESPACE, Deployment, request
from tests.cluster.test_rollback import DEBUG, as_the_sources_say, config, row, set_all

pytestmark = pytest.mark.cluster

__all__ = ["as_the_sources_say"]


def plan(deployed: Deployment, *settings: str) -> dict[str, Any]:
    return dict(deployed.kit.json("deploy.plan", *set_all(*settings)))


def drift(found: dict[str, Any], service: str) -> dict[str, tuple[str, str]]:
    """Object and path → recorded and live."""
    release = next(one for one in found["releases"] if one["service"] == service)
    assert release["driftUnknown"] is None
    return {
        f"{one['object']} {one['path']}".strip(): (one["recorded"], one["live"]) for one in release["drift"]
    }


def environment(deployed: Deployment) -> dict[str, dict[str, Any]]:
    containers = deployed.get("deployment", "backend")["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one for one in containers[0]["env"]}


def test_edits_of_all_kinds_are_told_and_mended_by_the_next_deploy(deployed: Deployment) -> None:
    secret = row(deployed)["secret"]
    deployed.kubectl("set", "env", "deployment/backend", "FOO=bar", "OPENAI_API_KEY=sk-nobody-may-see-this")
    deployed.kubectl("scale", "deployment/frontend", "--replicas", "3")
    deployed.kubectl("patch", "configmap", "backend-config", "--patch", '{"data": {"LOG_LEVEL": "ERROR"}}')
    deployed.kubectl("patch", "service", "frontend", "--type=json", "--patch",
                     '[{"op": "replace", "path": "/spec/ports/0/port", "value": 3001}]')  # fmt: skip
    deployed.kubectl("delete", "service", "demo-model")
    deployed.kubectl("delete", "secret", str(secret))
    shown = deployed.kit.run("deploy.plan", "--exit-code", check=False)
    assert shown.returncode == 1
    assert "sk-nobody" not in shown.stdout + shown.stderr
    found = plan(deployed)
    assert found["differs"]
    where = "spec.template.spec.containers[backend].env"
    backend = drift(found, "backend")
    assert backend[f"Deployment/backend {where}[FOO]"] == ("(none)", "bar")
    assert backend[f"Deployment/backend {where}[OPENAI_API_KEY].value"] == ("(none)", "***")
    assert backend["ConfigMap/backend-config data.LOG_LEVEL"][1] == "ERROR"
    assert backend[f"Secret/{secret}"] == ("there", "deleted")
    frontend = drift(found, "frontend")
    assert frontend["Deployment/frontend spec.replicas"][1] == "3"
    assert any(path.startswith("Service/frontend spec.ports") for path in frontend)
    assert drift(found, "demo-model") == {"Service/demo-model": ("there", "deleted")}
    assert drift(found, "database") == {}
    status = deployed.kit.run("deploy.status", check=False)
    assert status.returncode == 1
    assert re.search(r"backend +revision \d+ drifted", status.stdout)
    done = deployed.kit.run("deploy.all", "--yes")
    assert "• mend backend" in done.stderr
    assert "FOO" not in environment(deployed)
    assert "value" not in environment(deployed)["OPENAI_API_KEY"]
    for service in ("backend", "frontend", "demo-model"):
        assert row(deployed, service)["verified"]
    assert request(deployed.urls["backend"])
    assert "Nothing changed, nothing done." in deployed.kit.run("deploy.all").stdout
    assert deployed.kit.run("deploy.plan", "--exit-code").returncode == 0


def test_after_an_undo_status_says_drifted_and_a_deploy_mends_it(deployed: Deployment) -> None:
    deployed.kit.run("deploy.backend", *set_all(DEBUG))
    deployed.kit.run("rollback.undo", "--service", "backend")
    status = json.loads(deployed.kit.run("deploy.status", "--output", "json", check=False).stdout)
    backend = next(one for one in status if one["service"] == "backend")
    assert (backend["ready"], backend["verified"], backend["drifted"]) == (True, False, True)
    done = deployed.kit.run("deploy.backend", *set_all(DEBUG))
    assert "• mend backend" in done.stderr
    assert row(deployed)["verified"]
    assert config(deployed)["LOG_LEVEL"] == "DEBUG"


def test_a_rollback_takes_edits_away_and_is_proven(deployed: Deployment) -> None:
    deployed.kit.run("deploy.backend", *set_all(DEBUG))
    deployed.kubectl("set", "env", "deployment/backend", "FOO=bar", "OPENAI_API_KEY=sk-nobody-may-see-this")
    deployed.kit.run("rollback.backend")
    assert row(deployed)["verified"]
    assert "FOO" not in environment(deployed)
    assert plan(deployed)["differs"] is False


def test_what_another_controller_adds_stays_and_fails_no_rollback(deployed: Deployment) -> None:
    deployed.kit.run("deploy.backend", *set_all(DEBUG))
    theirs = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "backend", "namespace": NAMESPACE},
        "spec": {
            "template": {
                "spec": {"containers": [{"name": "backend", "env": [{"name": "RELOADED", "value": "1"}]}]}
            }
        },
    }
    deployed.kubectl(
        "apply", "--server-side", "--field-manager", "reloader", "-f", "-", stdin=json.dumps(theirs)
    )
    deployed.kubectl("rollout", "status", "deployment/backend", "--timeout", "150s")
    try:
        assert (
            "stays: Deployment/backend"
            in deployed.kit.run("deploy.plan", "--exit-code", *set_all(DEBUG)).stdout
        )
        done = deployed.kit.run("rollback.backend")
        assert "reloader's own, it stays" in done.stderr
        assert "RELOADED" in environment(deployed)
        assert row(deployed)["verified"]
    finally:
        del theirs["spec"]
        deployed.kubectl(
            "apply", "--server-side", "--field-manager", "reloader", "-f", "-", stdin=json.dumps(theirs)
        )
    assert "RELOADED" not in environment(deployed)


def test_a_restart_and_a_scalers_replicas_are_no_drift(deployed: Deployment) -> None:
    scaled = "services.frontend.values.autoscaling.enabled=true"
    deployed.kit.run("deploy.frontend", *set_all(scaled))
    deployed.kubectl("scale", "deployment/frontend", "--replicas", "3")
    deployed.kubectl("rollout", "restart", "deployment/backend")
    deployed.kubectl("annotate", "deployment/backend", "kubernetes.io/change-cause=a restart", "--overwrite")
    deployed.kubectl("rollout", "status", "deployment/backend", "--timeout", "150s")
    deployed.kubectl("rollout", "status", "deployment/frontend", "--timeout", "150s")
    found = plan(deployed, scaled)
    assert [one["drift"] for one in found["releases"]] == [[], [], [], []]
    assert "Nothing changed, nothing done." in deployed.kit.run("deploy.all", *set_all(scaled)).stdout
