"""Whether what is deployed is well: complete, steady, and answering on every path that its probes ask."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from delivery import cluster as clusters
from delivery.checks.check_model import Check, check
from delivery.cluster import Cluster
from delivery.errors import CheckFailed, DeliveryError
from delivery.labels import INSTANCE_LABEL
from delivery.release.access import way_in
from delivery.release.state import NamespaceState, read_state
from delivery.rollout import glance, probe
from delivery.session import Session
from delivery.settings import Service

AREA = "health"
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_PATIENCE_S = 3.0


def health_checks(session: Session) -> Sequence[Check]:
    """Every service that is wanted. Raises CheckFailed where none is deployed."""
    cluster = clusters.connect(session, may_repair=False)
    state = read_state(session, cluster)
    wanted = session.settings.wanted_services()
    if not any(one.name in state.releases for one in wanted):
        raise CheckFailed(
            f"nothing is deployed in namespace {session.settings.namespace}", "", "./inv deploy.all"
        )
    return [one for service in wanted for one in _of_service(session, cluster, state, service)]


def _of_service(
    session: Session, cluster: Cluster, state: NamespaceState, service: Service
) -> Iterator[Check]:
    facts = state.rollouts.get(service.name)
    if facts is None:
        yield check(AREA, service.name, "is deployed", False, "no workload")
        return
    yield check(AREA, service.name, "serves in full", state.answers(service.name), glance(facts).message)
    release, newest = state.releases.get(service.name), state.record(service.name).newest()
    verified = bool(release and newest and newest.revision == release.revision)
    yield check(AREA, service.name, "runs a revision that was verified", verified, release and release.status)
    pods = _pods(session, cluster, service.name)
    ended = crashes(pods)
    yield check(AREA, service.name, "no container crashed lately", not ended, ", ".join(ended))
    yield from _answers(session, cluster, service, pods)


def _answers(
    session: Session, cluster: Cluster, service: Service, pods: Sequence[Mapping[str, Any]]
) -> Iterator[Check]:
    paths = sorted({path for pod in pods for path in probed_paths(pod)} | ({service.health_path} - {""}))
    if not paths:
        return
    try:
        with way_in(session, cluster, service) as base:
            for path in paths:
                answer = probe(base + path, _PATIENCE_S)
                yield check(AREA, service.name, f"GET {path} answers through its Service", not answer, answer)
    except DeliveryError as error:
        yield check(AREA, service.name, "can be reached", False, f"{error.what}: {error.why}")


def probed_paths(pod: Mapping[str, Any]) -> set[str]:
    """Pure: the HTTP paths in a pod's probes."""
    found = (
        container.get(probe, {}).get("httpGet", {}).get("path")
        for container in pod["spec"]["containers"]
        for probe in _PROBES
    )
    return {path for path in found if path}


def crashes(pods: Sequence[Mapping[str, Any]]) -> list[str]:
    """Pure: containers whose last life ended badly; by a restart of the node is not badly."""
    found = []
    for pod in pods:
        for status in pod.get("status", {}).get("containerStatuses", []):
            end = status.get("lastState", {}).get("terminated") or {}
            # 255 and reason Unknown: the node went away under it.
            if end.get("exitCode", 0) not in (0, 143, 255):
                name = f"{pod['metadata']['name']}/{status['name']}"
                found.append(f"{name} {end.get('reason')} exit code {end['exitCode']}")
    return found


def _pods(session: Session, cluster: Cluster, release: str) -> list[dict[str, Any]]:
    argv = cluster.kubectl(
        "get", "pods", "--namespace", session.settings.namespace,
        "--selector", f"{INSTANCE_LABEL}={release}", "-o", "json",
    )  # fmt: skip
    items = json.loads(session.door.read(argv).stdout)["items"]
    return [item for item in items if not item["metadata"].get("deletionTimestamp")]
