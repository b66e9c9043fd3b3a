"""The border: what kubectl lists becomes typed facts. Nothing else of the engine reads this JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.labels import INSTANCE_LABEL
from delivery.rollout.objects import Answers, Condition, Event, PodFacts, RolloutFacts, WorkloadFacts
from delivery.rollout.pod_facts import parse_pod
from delivery.rollout.quantities import stamp

KINDS = "deployments,statefulsets,replicasets,pods"
_WORKLOADS = ("Deployment", "StatefulSet")
_REVISION = "deployment.kubernetes.io/revision"
_STATEFUL_REVISION = "controller-revision-hash"
_ENDED = ("Failed", "Succeeded")

Item = Mapping[str, Any]


def parse_facts(
    items: Sequence[Item], *, release: str = "", at_s: float = 0.0, answers: Answers | None = None
) -> RolloutFacts | None:
    """Facts of all workloads among `items`, of one release where it is named; None where there is none.

    Replica sets and pods are found by their owners, events by what they are about: `items` may hold others.
    """
    listed = _Listed.of(items)
    workloads = tuple(
        _workload(item, listed)
        for item in items
        if item["kind"] in _WORKLOADS and (not release or _label(item, INSTANCE_LABEL) == release)
    )
    return RolloutFacts(workloads, at_s, answers or Answers()) if workloads else None


@dataclass(frozen=True)
class _Listed:
    """The listed objects by what leads to them."""

    replica_sets: Mapping[str, list[Item]] = field(default_factory=dict)
    pods: Mapping[str, list[Item]] = field(default_factory=dict)
    events: Mapping[str, list[Event]] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Item]) -> _Listed:
        """Replica sets and pods by the uid of their owner, events by that of their object."""
        listed = cls({}, {}, {})
        for item in items:
            owned = {"ReplicaSet": listed.replica_sets, "Pod": listed.pods}.get(item["kind"])
            if owned is not None:
                for owner in item["metadata"].get("ownerReferences", ()):
                    owned.setdefault(owner["uid"], []).append(item)  # type: ignore[attr-defined]
            elif item["kind"] == "Event":
                about = item.get("involvedObject", {}).get("uid", "")
                listed.events.setdefault(about, []).append(parse_event(item))  # type: ignore[attr-defined]
        return listed


def parse_event(item: Item) -> Event:
    """An event of either API; newer ones count their repetitions in `series`."""
    series = item.get("series") or {}
    path = item.get("involvedObject", {}).get("fieldPath", "")
    return Event(
        uid=item["metadata"]["uid"],
        reason=item.get("reason") or "",
        message=item.get("message") or "",
        count=series.get("count") or item.get("count") or 1,
        container=path.partition("{")[2].rstrip("}"),
        last_at=stamp(series.get("lastObservedTime") or item.get("lastTimestamp") or item.get("eventTime")),
    )


def _workload(item: Item, listed: _Listed) -> WorkloadFacts:
    status, metadata, spec = item.get("status", {}), item["metadata"], item["spec"]
    deployment = item["kind"] == "Deployment"
    newest = _newest_replica_set(item, listed) if deployment else None
    own = listed.pods.get(newest["metadata"]["uid"], []) if newest else []
    if not deployment:
        own = _of_newest_revision(item, listed.pods.get(metadata["uid"], []))
    pods = [parse_pod(pod, listed.events.get(pod["metadata"]["uid"], ())) for pod in own if not _leaving(pod)]
    return WorkloadFacts(
        kind=item["kind"],
        name=metadata["name"],
        uid=metadata.get("uid", ""),
        namespace=metadata.get("namespace", ""),
        image=spec["template"]["spec"]["containers"][0].get("image", ""),
        generation=metadata.get("generation", 0),
        observed=status.get("observedGeneration", 0) >= metadata.get("generation", 0),
        known=newest is not None if deployment else bool(status.get("updateRevision")),
        paused=bool(spec.get("paused")),
        wanted=spec.get("replicas", 1),
        updated=status.get("updatedReplicas", 0),
        total=status.get("replicas", 0),
        available=status.get("availableReplicas", 0),
        pods=tuple(pod for pod in pods if pod.phase not in _ENDED),
        failed=tuple(pod for pod in pods if pod.phase in _ENDED),
        leaving=sum(_leaving(pod) for pod in _all_pods(item, listed)),
        refusal=_replica_failure(newest) if newest else _refused_by_event(item, listed, pods),
        deadline=_deadline(item),
    )


def _newest_replica_set(deployment: Item, listed: _Listed) -> Item | None:
    wanted = deployment["metadata"].get("annotations", {}).get(_REVISION)
    for item in listed.replica_sets.get(deployment["metadata"].get("uid", ""), ()):
        if item["metadata"].get("annotations", {}).get(_REVISION) == wanted:
            return item
    return None


def _of_newest_revision(workload: Item, pods: Iterable[Item]) -> list[Item]:
    wanted = workload.get("status", {}).get("updateRevision")
    return [pod for pod in pods if _label(pod, _STATEFUL_REVISION) == wanted]


def _all_pods(workload: Item, listed: _Listed) -> list[Item]:
    uid = workload["metadata"].get("uid", "")
    owners = [uid, *(one["metadata"]["uid"] for one in listed.replica_sets.get(uid, ()))]
    return [pod for owner in owners for pod in listed.pods.get(owner, ())]


def _leaving(pod: Item) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def _label(item: Item, name: str) -> str | None:
    value: str | None = (item["metadata"].get("labels") or {}).get(name)
    return value


def _replica_failure(replica_set: Item) -> Condition | None:
    for one in replica_set.get("status", {}).get("conditions", ()):
        if one["type"] == "ReplicaFailure" and one["status"] == "True":
            mark = f"{replica_set['metadata']['uid']} {one.get('lastTransitionTime', '')}"
            return Condition(one.get("reason", ""), one.get("message", ""), mark)
    return None


def _refused_by_event(workload: Item, listed: _Listed, pods: Sequence[PodFacts]) -> Condition | None:
    """A StatefulSet tells refused pods by events alone; one that was made since takes it back."""
    events = listed.events.get(workload["metadata"].get("uid", ""), ())
    refused = [one for one in events if one.reason == "FailedCreate"]
    if not refused or len(pods) >= workload["spec"].get("replicas", 1):
        return None
    last = max(refused, key=lambda one: one.last_at)
    if any(one.reason == "SuccessfulCreate" and one.last_at > last.last_at for one in events):
        return None
    return Condition(last.reason, last.message, f"{last.uid} {last.count}")


def _deadline(workload: Item) -> Condition | None:
    for one in workload.get("status", {}).get("conditions", ()):
        if one.get("reason") == "ProgressDeadlineExceeded":
            return Condition(one["reason"], one.get("message", ""), one.get("lastUpdateTime", ""))
    return None
