"""Data outlives pods, releases and a restart of the cluster."""

from __future__ import annotations

import subprocess

import pytest

from tests.cluster.conftest import Deployment, request

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("service", ["backend", "database"])
def test_a_task_survives_the_deletion_of_a_pod(deployed: Deployment, service: str) -> None:
    deployed.add_task(f"survives the {service} pod")
    deployed.kubectl("delete", "pod", "--selector", f"app={service}", "--wait=true")
    kind = "statefulset" if service == "database" else "deployment"
    deployed.kubectl("rollout", "status", f"{kind}/{service}", "--timeout=120s")
    assert f"survives the {service} pod" in deployed.titles()


def test_a_task_survives_uninstalling_and_deploying_again(deployed: Deployment) -> None:
    deployed.add_task("survives deploy.down")
    refused = deployed.kit.run("deploy.down", check=False)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    deployed.kit.run("deploy.down", "--yes")
    left = deployed.kubectl(
        "get", "deployments,statefulsets,pods,configmaps,secrets,pvc", "-o", "name"
    ).split()
    # The app is back for the other tests, whatever is said of what was left.
    deployed.kit.run("deploy.all", "--yes")
    left.remove("configmap/kube-root-ca.crt")
    assert sorted(left) == ["persistentvolumeclaim/database-data", "secret/database-credentials"]
    assert "survives deploy.down" in deployed.titles()
    assert "Nothing changed" in deployed.kit.run("deploy.all").stdout


def test_a_task_survives_a_restart_of_the_cluster(deployed: Deployment) -> None:
    deployed.add_task("survives a restart")
    node = deployed.kit.json("cluster.status")["nodes"][0]["name"]
    subprocess.run(["docker", "stop", node], check=True, capture_output=True, timeout=120)
    assert deployed.kit.json("cluster.status")["state"] == "stopped"
    deployed.kit.run("deploy.all", "--yes")
    assert request(deployed.urls["frontend"])
    assert "survives a restart" in deployed.titles()
