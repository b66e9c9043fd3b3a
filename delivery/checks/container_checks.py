"""Running containers, looked at from inside with testinfra; tests/cluster/test_containers.py runs these."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery import cluster as clusters
from delivery import tools
from delivery.checks.check_model import Check, check
from delivery.cluster import Cluster
from delivery.errors import CheckFailed
from delivery.release.state import read_state
from delivery.session import Session
from delivery.settings import Service

AREA = "containers"
_FORBIDDEN = ("/x", "/app/x", "/etc/x", "/usr/x")
_LISTENING = "0A"  # Linux, include/net/tcp_states.h: TCP_LISTEN


@dataclass(frozen=True)
class Inside:
    """One container from inside: testinfra's host, its service, and its part of the pod's spec."""

    host: Any
    service: Service
    spec: Mapping[str, Any]

    @property
    def writable(self) -> tuple[str, ...]:
        """Where its volumes are that it may write to."""
        mounts = self.spec.get("volumeMounts", [])
        return tuple(one["mountPath"] for one in mounts if not one.get("readOnly"))


def runs_without_rights(inside: Inside) -> Check:
    """Its user is not root, has no capability, can win none, and is confined by seccomp."""
    status = inside.host.file("/proc/1/status").content_string
    wanted: dict[str, Callable[[str], bool]] = {
        "Uid": lambda text: text.split()[0] != "0",
        "Gid": lambda text: text.split()[0] != "0",
        "CapEff": lambda text: int(text, 16) == 0,
        "NoNewPrivs": lambda text: text == "1",
        "Seccomp": lambda text: text == "2",
    }
    facts = {key: value.strip() for key, _, value in (line.partition(":") for line in status.splitlines())}
    wrong = [f"{key}: {facts.get(key)}" for key, holds in wanted.items() if not holds(facts.get(key, "0"))]
    return _check(inside, "runs as a user without rights", not wrong, ", ".join(wrong))


def processes_are_its_own(inside: Inside) -> Check:
    """Every process in it belongs to the user of its first one."""
    owners = set(inside.host.check_output("stat -c %u /proc/[0-9]* 2>/dev/null || true").split())
    return _check(inside, "all its processes run as that user", len(owners) == 1, ", ".join(sorted(owners)))


def listens_on_its_port_alone(inside: Inside) -> Check:
    """Its port is open, and no other."""
    table = inside.host.run("cat /proc/net/tcp /proc/net/tcp6").stdout
    found = listening_ports(table)
    words = f"listens on port {inside.service.port} and on no other"
    return _check(inside, words, found == {inside.service.port}, f"ports {sorted(found)}")


def listening_ports(table: str) -> set[int]:
    """Pure: ports of `/proc/net/tcp` that are listened on."""
    rows = [line.split() for line in table.splitlines() if ":" in line]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == _LISTENING}


def root_file_system_is_read_only(inside: Inside) -> Check:
    """Nothing can be written but in the volumes that are for it."""
    written = [path for path in _FORBIDDEN if inside.host.run(f"sh -c ': > {path}'").rc == 0]
    closed = [
        path
        for path in inside.writable
        if inside.host.run(f"sh -c ': > {path}/.probe && rm {path}/.probe'").rc != 0
    ]
    seen = [f"{path} can be written" for path in written] + [f"{path} can't" for path in closed]
    return _check(inside, "can write to its own volumes and nowhere else", not seen, ", ".join(seen))


def no_token_is_mounted(inside: Inside) -> Check:
    """It could not ask the API server for anything."""
    there = inside.host.file("/var/run/secrets/kubernetes.io").exists
    return _check(inside, "has no token for the API server", not there, "a service-account token is mounted")


def secrets_come_by_reference(inside: Inside) -> Check:
    """Variables that sound secret name a key of a Secret, and hold no value."""
    words = ("SECRET", "PASSWORD", "KEY", "TOKEN", "DATABASE_URL")
    plain = [
        one["name"]
        for one in inside.spec.get("env", [])
        if one.get("value") and any(word in one["name"] for word in words)
    ]
    return _check(inside, "takes secrets from a Secret alone", not plain, ", ".join(plain))


CONTAINER_CHECKS: tuple[Callable[[Inside], Check], ...] = (
    runs_without_rights, processes_are_its_own, listens_on_its_port_alone, root_file_system_is_read_only,
    no_token_is_mounted, secrets_come_by_reference,
)  # fmt: skip


def container_checks(session: Session) -> Sequence[Check]:
    """All of them for a container of each service. Raises CheckFailed where nothing is deployed."""
    cluster = clusters.connect(session, may_repair=False)
    state = read_state(session, cluster)
    services = [one for one in session.settings.wanted_services() if one.name in state.releases]
    if not services:
        raise CheckFailed(f"nothing is deployed in namespace {session.settings.namespace}")
    found: list[Check] = []
    for service in services:
        facts = state.rollouts.get(service.name)
        pods = [pod.name for pod in facts.pods if pod.ready] if facts else []
        if not pods:
            found.append(check(AREA, service.name, "has a running container", False))
            continue
        with host_in(session, cluster, service, pods[0]) as inside:
            found += [one(inside) for one in CONTAINER_CHECKS]
    return found


@contextlib.contextmanager
def host_in(session: Session, cluster: Cluster, service: Service, pod: str) -> Iterator[Inside]:
    """testinfra's host for a pod. It finds kubectl on PATH and the cluster by KUBECONFIG."""
    import json

    import testinfra

    namespace = session.settings.namespace
    answer = session.door.read(cluster.kubectl("get", "pod", pod, "--namespace", namespace, "-o", "json"))
    containers = json.loads(answer.stdout)["spec"]["containers"]
    folder = Path(tools.path(session, "kubectl")).parent
    with _environment(PATH=f"{folder}{os.pathsep}{os.environ['PATH']}", KUBECONFIG=str(cluster.kubeconfig)):
        name = f"kubectl://{pod}?container={containers[0]['name']}&namespace={namespace}"
        yield Inside(testinfra.get_host(f"{name}&context={cluster.context}"), service, containers[0])


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _check(inside: Inside, statement: str, holds: bool, seen: str) -> Check:
    return check(AREA, inside.service.name, statement, holds, seen)
