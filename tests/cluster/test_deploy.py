"""The main job: from source to running, once and again."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.cluster.conftest import AUTH_SECRET, NAMESPACE, Deployment, request

pytestmark = pytest.mark.cluster


def test_the_printed_addresses_answer(deployed: Deployment) -> None:
    for name, url in deployed.urls.items():
        assert f"{url}\n" in deployed.first.stdout, name
        assert request(url)


def test_a_task_added_on_the_page_is_in_postgres(deployed: Deployment) -> None:
    deployed.add_task("buy milk")
    assert "buy milk" in deployed.rows("select title from tasks")
    assert "buy milk" in deployed.titles()


def test_the_page_is_served_whole(deployed: Deployment) -> None:
    page = request(deployed.urls["frontend"])
    assert "<title>" in page
    docs = request(deployed.urls["backend"])
    assert "swagger" in docs.lower()


def test_a_second_run_does_nothing_in_seconds(deployed: Deployment) -> None:
    before = [release["revision"] for release in deployed.kit.json("deploy.status")]
    began = time.monotonic()
    again = deployed.kit.run("deploy.all", "--yes")
    assert "Nothing changed, nothing done." in again.stdout
    assert time.monotonic() - began < 60
    assert [release["revision"] for release in deployed.kit.json("deploy.status")] == before


def test_a_dry_run_changes_nothing_and_prints_what_would_run(deployed: Deployment) -> None:
    before = deployed.inventory()
    done = deployed.kit.run("deploy.all", "--dry-run", "--set", "services.backend.values.env.LOG_LEVEL=DEBUG")
    assert "would run:" in done.stdout
    assert "helm" in done.stdout
    assert "upgrade backend" in done.stdout
    assert deployed.inventory() == before


def test_the_plan_names_what_would_change(deployed: Deployment) -> None:
    done = deployed.kit.run("deploy.plan", "--set", "services.backend.values.env.LOG_LEVEL=DEBUG")
    assert "env.LOG_LEVEL: (none) → DEBUG" in done.stdout
    assert "frontend   nothing" in done.stdout


def test_the_image_ids_of_all_nodes_are_those_that_were_built(deployed: Deployment) -> None:
    loaded = deployed.kit.run("build.load").stdout
    for row in deployed.kit.json("deploy.status"):
        local = subprocess.run(
            ["docker", "image", "inspect", "--format", "{{.Id}}", row["image"]],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        assert row["imageId"] == local
        assert f"{row['image']}  {local}" in loaded


def test_the_namespace_refuses_pods_that_are_not_restricted(deployed: Deployment) -> None:
    labels = deployed.get("namespace", NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_no_secret_value_is_printed_or_kept_outside_its_secret(deployed: Deployment) -> None:
    printed = deployed.first.stdout + deployed.first.stderr
    change = "services.frontend.values.podAnnotations={seen: once}"
    for arguments in (("deploy.all", "--verbose", "--set", change), ("deploy.all", "--verbose", "--dry-run")):
        done = deployed.kit.run(*arguments)
        assert "$ " in done.stderr
        printed += done.stdout + done.stderr
    printed += deployed.kit.run("secrets.status").stdout
    elsewhere = deployed.kubectl("get", "deployments,statefulsets,configmaps,pods", "-o", "yaml")
    values = {name: value for name, value in deployed.secret_values().items() if len(value) >= 8}
    assert AUTH_SECRET in values.values()
    # The public address and the CA certificate are no secrets.
    secret = {
        n: v
        for n, v in values.items()
        if not n.endswith(("/auth-url", "/database-ca", "/ca.crt", "/tls.crt"))
    }
    for name, value in secret.items():
        assert value not in printed, name
        assert value not in elsewhere, name


def test_secrets_are_immutable_and_named_by_their_content(deployed: Deployment) -> None:
    for item in deployed.get("secrets", "--selector", "app.kubernetes.io/managed-by=todo-delivery")["items"]:
        assert item["immutable"] is True


@pytest.mark.parametrize("task", ["deploy.all", "deploy.down", "build.load", "build.prune", "secrets.prune"])
def test_a_cluster_that_is_not_ours_is_not_changed_unless_named(
    deployed: Deployment, tmp_path: Path, task: str
) -> None:
    """Without the record of having made it, the cluster is a stranger's: the data folder is another one."""
    before = deployed.inventory()
    done = deployed.kit.run(task, "--yes", check=False, DELIVERY_DATA=str(tmp_path / "data"))
    assert done.returncode == 2, done.stderr
    assert "context" in done.stderr
    assert deployed.inventory() == before


def test_the_users_kubeconfig_is_never_written(deployed: Deployment, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("apiVersion: v1\nkind: Config\n")
    deployed.kit.run("cluster.up", KUBECONFIG=str(config))
    assert config.read_text() == "apiVersion: v1\nkind: Config\n"
