"""The running containers, looked at from inside with testinfra."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from delivery.checks.check_model import OK, Check
from delivery.checks.container_checks import CONTAINER_CHECKS, Inside, host_in
from delivery.cluster import connect
from delivery.session import open_session
from tests.cluster.conftest import NAMESPACE, Deployment

pytestmark = pytest.mark.cluster

PROCESSES = {
    "frontend": "next-server", "backend": "src.main:app", "database": "postgres",
    "demo-model": "demo_model.main:app",
}  # fmt: skip


@pytest.fixture(params=sorted(PROCESSES))
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def inside(deployed: Deployment, service: str) -> Iterator[Inside]:
    """A container of the service, as the kit's own checks look into it."""
    flags = {"cluster.name": deployed.kit.cluster, "cluster.provider": "kind", "namespace": NAMESPACE}
    session = open_session(flags)
    with host_in(
        session, connect(session), session.settings.services[service], deployed.pods(service)[0]
    ) as there:
        yield there


@pytest.mark.parametrize("look", CONTAINER_CHECKS, ids=lambda look: look.__name__)
def test_the_checks_of_verify_containers_hold(inside: Inside, look: Callable[[Inside], Check]) -> None:
    found = look(inside)
    assert found.state == OK, found.line()


def test_it_runs_as_the_user_of_the_image(inside: Inside) -> None:
    assert inside.host.check_output("id -u") == "1001"
    assert inside.host.check_output("id -g") == "1001"


def test_its_processes_are_the_app(inside: Inside, service: str) -> None:
    listed = inside.host.check_output("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert PROCESSES[service] in listed


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
