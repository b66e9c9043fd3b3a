"""The running containers, looked at from inside with testinfra."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import testinfra

from tests.cluster.conftest import NAMESPACE, Deployment

pytestmark = pytest.mark.cluster

PORTS = {"frontend": 3000, "backend": 8000, "database": 5432, "demo-model": 8080}
PROCESSES = {
    "frontend": "next-server", "backend": "src.main:app", "database": "postgres",
    "demo-model": "demo_model.main:app",
}  # fmt: skip
WRITABLE = {
    "frontend": "/app/.next/cache", "backend": "/tmp", "database": "/var/lib/postgresql/data",
    "demo-model": "/tmp",
}  # fmt: skip


@pytest.fixture(params=sorted(PORTS))
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def inside(deployed: Deployment, service: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """testinfra's host for a pod of the service. It finds kubectl on PATH and the cluster by KUBECONFIG."""
    folder = os.path.dirname(deployed.kubectl_program)  # noqa: PTH120
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KUBECONFIG", str(deployed.kubeconfig))
    pod = deployed.pods(service)[0]
    yield testinfra.get_host(f"kubectl://{pod}?container={service}&namespace={NAMESPACE}")


def test_it_runs_as_a_user_without_rights(inside: Any) -> None:
    assert inside.check_output("id -u") == "1001"
    assert inside.check_output("id -g") == "1001"
    # CapEff: no capability is in effect; NoNewPrivs: none can be won.
    status = inside.file("/proc/1/status").content_string
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status


def test_its_processes_are_the_app_and_run_as_its_user(inside: Any, service: str) -> None:
    listed = inside.check_output("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert PROCESSES[service] in listed
    owners = inside.check_output("stat -c %u /proc/[0-9]*").split()
    assert set(owners) == {"1001"}


def test_it_listens_on_its_port_and_on_no_other(inside: Any, service: str) -> None:
    table = inside.run("cat /proc/net/tcp /proc/net/tcp6").stdout
    rows = [line.split() for line in table.splitlines() if ":" in line]
    listening = {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}
    assert listening == {PORTS[service]}


def test_the_root_file_system_is_read_only(inside: Any, service: str) -> None:
    for path in ("/x", "/app/x", "/etc/x", "/usr/x"):
        assert inside.run(f"sh -c ': > {path}'").rc != 0, path
    assert inside.run(f"sh -c ': > {WRITABLE[service]}/probe && rm {WRITABLE[service]}/probe'").rc == 0


def test_no_service_account_token_is_mounted(inside: Any) -> None:
    assert not inside.file("/var/run/secrets/kubernetes.io").exists


def test_the_image_itself_holds_no_secret(deployed: Deployment, service: str) -> None:
    import subprocess

    image = next(row["image"] for row in deployed.kit.json("deploy.status") if row["service"] == service)
    for command in (["image", "inspect", image], ["history", "--no-trunc", image]):
        shown = subprocess.run(["docker", *command], capture_output=True, text=True, check=True).stdout
        for name, value in deployed.secret_values().items():
            assert len(value) < 8 or value not in shown, name
        assert "BEGIN CERTIFICATE" not in shown


def test_the_pod_names_its_secrets_but_holds_no_value(deployed: Deployment, service: str) -> None:
    for pod in deployed.pods(service):
        for container in deployed.get("pod", pod)["spec"]["containers"]:
            for variable in container.get("env", []):
                assert "SECRET" not in variable["name"] or "secretKeyRef" in variable.get("valueFrom", {})


def test_backend_and_frontend_answer_inside_the_cluster(deployed: Deployment) -> None:
    pod = deployed.pods("backend")[0]
    code = (
        "import urllib.request as u;"
        "print(u.urlopen('http://frontend:3000/api/health').status, u.urlopen('http://backend:8000/api/ready').status)"
    )
    assert deployed.kubectl("exec", pod, "-c", "backend", "--", "python", "-c", code).strip() == "200 200"


def test_the_database_refuses_connections_without_tls(deployed: Deployment) -> None:
    pod = deployed.pods("backend")[0]
    code = (
        "import os, psycopg; url = os.environ['DATABASE_URL'].split('?')[0]\n"
        "psycopg.connect(url + '?sslmode=verify-full&sslrootcert=/etc/database/ca.crt').close()\n"
        "print('tls')\n"
        "try: psycopg.connect(url + '?sslmode=disable'); print('plain')\n"
        "except psycopg.OperationalError: print('refused')"
    )
    assert deployed.kubectl("exec", pod, "-c", "backend", "--", "python", "-c", code).split() == [
        "tls",
        "refused",
    ]


def test_logs_of_the_backend_are_json_lines_with_a_request_id(deployed: Deployment) -> None:
    import json

    deployed.add_task("for the log")
    lines = deployed.kubectl("logs", "deployment/backend", "-c", "backend").splitlines()
    entries = [json.loads(line) for line in lines]
    requests = [entry for entry in entries if entry.get("method") == "POST"]
    assert requests
    assert {"path", "status", "duration_ms", "request_id"} <= requests[-1].keys()
