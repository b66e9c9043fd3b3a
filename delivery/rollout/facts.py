"""Typed facts of a release's rollout; nothing else reads the raw JSON of workloads and pods."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from delivery.cluster import Cluster
from delivery.session import Session

KINDS = "deployments,statefulsets,replicasets,pods"
_REVISION = "deployment.kubernetes.io/revision"
_STATEFUL_REVISION = "controller-revision-hash"


@dataclass(frozen=True)
class ContainerFacts:
    """A container of a pod; `state` is waiting, running or terminated."""

    name: str
    init: bool
    ready: bool
    restarts: int
    state: str
    reason: str
    message: str
    exit_code: int | None
    image_id: str = ""

    @property
    def crashes(self) -> int:
        """Ends seen so far, the present one included. An init container's good end is none."""
        ended = self.state == "terminated" and not (self.init and self.exit_code == 0)
        return self.restarts + int(ended)


@dataclass(frozen=True)
class PodFacts:
    """A pod of the newest revision."""

    name: str
    ready: bool
    containers: tuple[ContainerFacts, ...]
    unschedulable: str = ""


@dataclass(frozen=True)
class RolloutFacts:
    """Where the rollout of one workload stands."""

    kind: str
    name: str
    observed: bool
    wanted: int
    updated: int
    total: int
    available: int
    condition: str
    pods: tuple[PodFacts, ...]
    image: str = ""


def read_facts(session: Session, cluster: Cluster, release: str) -> RolloutFacts | None:
    """The facts of a release now, or None where it has no workload."""
    argv = cluster.kubectl(
        "get", KINDS, "--namespace", session.settings.namespace,
        "--selector", f"app.kubernetes.io/instance={release}", "-o", "json",
    )  # fmt: skip
    return parse_facts(json.loads(session.door.read(argv).stdout)["items"])


def parse_facts(items: Sequence[Mapping[str, Any]]) -> RolloutFacts | None:
    """Facts of the one workload among `items`, with the pods of its newest revision only."""
    workload = next((item for item in items if item["kind"] in ("Deployment", "StatefulSet")), None)
    if workload is None:
        return None
    status, metadata = workload.get("status", {}), workload["metadata"]
    deployment = workload["kind"] == "Deployment"
    return RolloutFacts(
        kind=workload["kind"],
        name=metadata["name"],
        observed=status.get("observedGeneration", 0) >= metadata.get("generation", 0),
        wanted=workload["spec"].get("replicas", 1),
        updated=status.get("updatedReplicas", 0),
        total=status.get("replicas", 0),
        available=status.get("availableReplicas", 0),
        condition=_bad_condition(workload, items),
        image=workload["spec"]["template"]["spec"]["containers"][0].get("image", ""),
        pods=tuple(
            map(_pod, _newest_pods(workload, items) if deployment else _stateful_pods(workload, items))
        ),
    )


def _newest_pods(
    deployment: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
) -> Iterable[Mapping[str, Any]]:
    replica_set = _newest_replica_set(deployment, items)
    return _living(items, replica_set["metadata"]["uid"]) if replica_set else ()


def _newest_replica_set(
    deployment: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    wanted = deployment["metadata"].get("annotations", {}).get(_REVISION)
    for item in items:
        if (
            item["kind"] == "ReplicaSet"
            and _owned_by(item, deployment["metadata"]["uid"])
            and item["metadata"].get("annotations", {}).get(_REVISION) == wanted
        ):
            return item
    return None


def _stateful_pods(
    workload: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
) -> Iterable[Mapping[str, Any]]:
    wanted = workload.get("status", {}).get("updateRevision")
    pods = _living(items, workload["metadata"]["uid"])
    return [pod for pod in pods if pod["metadata"].get("labels", {}).get(_STATEFUL_REVISION) == wanted]


def _living(items: Sequence[Mapping[str, Any]], owner: str) -> list[Mapping[str, Any]]:
    return [
        item
        for item in items
        if item["kind"] == "Pod" and _owned_by(item, owner) and not item["metadata"].get("deletionTimestamp")
    ]


def _owned_by(item: Mapping[str, Any], uid: str) -> bool:
    return any(owner["uid"] == uid for owner in item["metadata"].get("ownerReferences", []))


def _bad_condition(workload: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> str:
    replica_set = _newest_replica_set(workload, items) if workload["kind"] == "Deployment" else None
    for holder in (workload, replica_set or {}):
        for condition in holder.get("status", {}).get("conditions", []):
            failed = condition["type"] == "ReplicaFailure" and condition["status"] == "True"
            late = condition.get("reason") == "ProgressDeadlineExceeded"
            if failed or late:
                return f"{condition.get('reason', '')}: {condition.get('message', '')}"
    return ""


def _pod(pod: Mapping[str, Any]) -> PodFacts:
    status = pod.get("status", {})
    conditions = {condition["type"]: condition for condition in status.get("conditions", [])}
    scheduled = conditions.get("PodScheduled", {})
    return PodFacts(
        name=pod["metadata"]["name"],
        ready=conditions.get("Ready", {}).get("status") == "True",
        containers=(
            *(_container(one, init=True) for one in status.get("initContainerStatuses", [])),
            *(_container(one, init=False) for one in status.get("containerStatuses", [])),
        ),
        unschedulable=scheduled.get("message", "") if scheduled.get("reason") == "Unschedulable" else "",
    )


def _container(status: Mapping[str, Any], *, init: bool) -> ContainerFacts:
    state, detail = next(iter((status.get("state") or {"waiting": {}}).items()))
    last = (status.get("lastState") or {}).get("terminated", {})
    return ContainerFacts(
        name=status["name"],
        init=init,
        ready=bool(status.get("ready")),
        restarts=status.get("restartCount", 0),
        state=state,
        reason=detail.get("reason", ""),
        message=detail.get("message", ""),
        exit_code=detail.get("exitCode", last.get("exitCode")),
        image_id=status.get("imageID", ""),
    )
