"""Objects as kubectl lists them, made by hand, and a watch over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from delivery.rollout.facts import parse_facts
from delivery.rollout.memory import Baseline, Memory
from delivery.rollout.objects import Answers, RolloutFacts
from delivery.rollout.policy import DEFAULT_POLICY, Policy
from delivery.rollout.verdict import RolloutState, Verdict, judge

Item = dict[str, Any]
NOT_FOUND = 'failed to resolve reference "registry.example.org/web:1": registry.example.org/web:1: not found'


def deployment(
    name: str = "web", *, wanted: int = 1, updated: int | None = None, available: int = 0,
    total: int | None = None, observed: int = 2, revision: str = "2", conditions: Sequence[Item] = (),
    paused: bool = False,
) -> Item:  # fmt: skip
    updated = wanted if updated is None else updated
    return {
        "kind": "Deployment",
        "metadata": {
            "name": name, "uid": f"deployment-{name}", "namespace": "todo", "generation": 2,
            "labels": {"app.kubernetes.io/instance": "web"},
            "annotations": {"deployment.kubernetes.io/revision": revision},
        },
        "spec": {
            "replicas": wanted, "paused": paused,
            "template": {"spec": {"containers": [{"name": "app", "image": "web:2"}]}},
        },
        "status": {
            "observedGeneration": observed, "replicas": updated if total is None else total,
            "updatedReplicas": updated, "availableReplicas": available, "conditions": list(conditions),
        },
    }  # fmt: skip


def replica_set(revision: str = "2", *, owner: str = "web", refusal: str = "", at: str = "") -> Item:
    failure = {
        "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": refusal,
        "lastTransitionTime": at,
    }  # fmt: skip
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{owner}-{revision}", "uid": f"rs-{owner}-{revision}",
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": [{"kind": "Deployment", "uid": f"deployment-{owner}"}],
        },
        "status": {"conditions": [failure] if refusal else []},
    }  # fmt: skip


def waiting(reason: str = "ContainerCreating", message: str = "", **more: Any) -> Item:
    return {"state": {"waiting": {"reason": reason, "message": message}}, **more}


def running(*, ready: bool = True, started_at: str = "2026-01-01T10:00:00Z", **more: Any) -> Item:
    return {"state": {"running": {"startedAt": started_at}}, "ready": ready, "started": True, **more}


def ended(code: int = 1, reason: str = "Error", message: str = "", **more: Any) -> Item:
    return {"state": {"terminated": exit_of(code, reason, message)}, **more}


def exit_of(code: int = 1, reason: str = "Error", message: str = "") -> Item:
    return {"exitCode": code, "reason": reason, "message": message}


def back_off(restarts: int = 1, code: int = 1, reason: str = "Error") -> Item:
    last = {"terminated": exit_of(code, reason)}
    return waiting("CrashLoopBackOff", "back-off 10s", restartCount=restarts, lastState=last)


def pod(
    status: Item | None = None, *, name: str = "web-2-a", owner: str = "rs-web-2", init: Item | None = None,
    container: Item | None = None, spec: Item | None = None, unschedulable: str = "", phase: str = "Pending",
    leaving: bool = False, reason: str = "", labels: Mapping[str, str] | None = None,
) -> Item:  # fmt: skip
    ready = bool(status and status.get("ready"))
    conditions = [{"type": "Ready", "status": str(ready), "lastTransitionTime": "2026-01-01T10:00:00Z"}]
    if unschedulable:
        conditions.append(
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": unschedulable}
        )
    return {
        "kind": "Pod",
        "metadata": {
            "name": name, "uid": f"uid-{name}", "labels": dict(labels or {}),
            "ownerReferences": [{"kind": "ReplicaSet", "uid": owner}],
            **({"deletionTimestamp": "2026-01-01T10:00:00Z"} if leaving else {}),
        },
        "spec": {
            "containers": [{"name": "app", "image": "registry.example.org/web:1", **(container or {})}],
            "initContainers": [{"name": "migrate", "image": "registry.example.org/web:1"}] if init else [],
            **(spec or {}),
        },
        "status": {
            "phase": phase, "reason": reason, "conditions": conditions,
            "containerStatuses": [{"name": "app", **status}] if status else [],
            "initContainerStatuses": [{"name": "migrate", **init}] if init else [],
        },
    }  # fmt: skip


def event(
    reason: str, message: str = "", *, about: str = "uid-web-2-a", container: str = "", count: int = 1,
    at: str = "2026-01-01T10:00:00Z", uid: str = "",
) -> Item:  # fmt: skip
    path = {"fieldPath": f"spec.containers{{{container}}}"} if container else {}
    return {
        "kind": "Event",
        "metadata": {"uid": uid or f"event-{reason}-{about}-{container}"},
        "involvedObject": {"uid": about, **path},
        "reason": reason, "message": message, "count": count, "lastTimestamp": at,
    }  # fmt: skip


def killed(probe: str = "liveness", count: int = 1) -> Item:
    words = f"Container app failed {probe} probe, will be restarted"
    return event("Killing", words, container="app", count=count)


def condition(kind: str, reason: str, message: str = "", at: str = "") -> Item:
    return {
        "type": kind, "status": "False", "reason": reason, "message": message, "lastUpdateTime": at
    }  # fmt: skip


def facts_of(items: Sequence[Item], at_s: float = 0.0, answers: Answers | None = None) -> RolloutFacts:
    return parse_facts(items, at_s=at_s, answers=answers) or RolloutFacts(at_s=at_s)


def rollout(*items: Item, **numbers: Any) -> list[Item]:
    """A deployment with its old and its new replica set, and what else there is."""
    return [deployment(**numbers), replica_set("1"), replica_set("2"), *items]


class Watching:
    """Looks one after another, with the memory carried over."""

    def __init__(self, policy: Policy = DEFAULT_POLICY, baseline: Baseline | None = None) -> None:
        self.policy = policy
        self.memory = Memory(baseline or Baseline())

    def at(self, at_s: float, items: Sequence[Item], answers: Answers | None = None) -> Verdict:
        verdict, self.memory = judge(facts_of(items, at_s, answers), self.policy, self.memory)
        return verdict

    def blind_for(self, blind_s: float) -> None:
        self.memory = self.memory.blind_for(blind_s)


def first_look(items: Sequence[Item], policy: Policy = DEFAULT_POLICY, answers: Answers | None = None) -> str:
    """The verdict of one look: its code, or its state."""
    return told(Watching(policy).at(0.0, items, answers))


def told(verdict: Verdict) -> str:
    return verdict.code if verdict.state is RolloutState.FAILED else verdict.state.value
