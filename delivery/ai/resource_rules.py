"""Requests and limits against what is used, and against what the nodes have. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.ai.amounts import cores, memory, rounded_cores, rounded_memory
from delivery.ai.answer import Finding
from delivery.ai.finding_texts import CRITICAL, INFO, WARNING, Catalogue, Entry, set_value
from delivery.ai.snapshot import Item, Snapshot, Use, release_of, templates
from delivery.rollout.pod_facts import pod_requests
from delivery.rollout.quantities import quantity

_NEAR, _AT = 0.85, 0.95
_IDLE = 0.25
# Below this nothing is worth a change.
_SMALL_CPU, _SMALL_MEMORY = 0.05, 64 * 1024**2
_HEADROOM_CPU, _HEADROOM_MEMORY = 2.0, 1.5
_FULL_NODE = 0.9
_SOURCE = "Kubernetes: Resource Management for Pods and Containers"
TEXTS = Catalogue({
    "REQUESTS_MISSING": Entry(
        WARNING, "container {container} of {object} asks for no {what}",
        "the scheduler places it as if it needed none, and it is evicted first", "{fix}", _SOURCE,
    ),
    "MEMORY_LIMIT_MISSING": Entry(
        WARNING, "container {container} of {object} has no memory limit",
        "a leak takes the node's memory from all others", "{fix}", _SOURCE,
    ),
    "MEMORY_NEAR_LIMIT": Entry(
        WARNING, "container {container} uses {share:.0%} of its memory limit",
        "at the limit the kernel kills it (OOMKilled)", "{fix}", _SOURCE,
    ),
    "CPU_NEAR_LIMIT": Entry(
        WARNING, "container {container} uses {share:.0%} of its CPU limit",
        "at the limit it is held back, and answers late", "{fix}", _SOURCE,
    ),
    "MEMORY_ABOVE_REQUEST": Entry(
        INFO, "container {container} uses more memory than it asked for",
        "when its node runs short, it is among the first to be evicted", "{fix}", _SOURCE,
    ),
    "OVER_REQUESTED": Entry(
        INFO, "container {container} asks for more {what} than it uses",
        "the rest is kept free for it and serves nobody", "{fix}", _SOURCE,
    ),
    "SCALER_WITHOUT_REQUESTS": Entry(
        WARNING, "{object} scales by the use of {what}, which its pods ask nothing of",
        "a share of nothing can't be computed, so it never scales", "set resources.requests.{what} of the"
        " chart, then ./inv deploy.all", "autoscaling/v2: Utilization is of the request",
    ),
    "NODE_NEARLY_FULL": Entry(
        WARNING, "{share:.0%} of the {what} of node {name} is asked for",
        "a rollout starts a new pod before an old one goes, and may find no room",
        "./inv ai.optimize shows what is asked for and not used", "kube-scheduler NodeResourcesFit",
    ),
})  # fmt: skip


@dataclass(frozen=True)
class Sized:
    """A container with what it asks for, may have, and uses; cores and bytes, 0 where nothing is said."""

    object: str
    release: str
    pod: str
    container: str
    cpu_request: float
    cpu_limit: float
    memory_request: float
    memory_limit: float
    use: Use | None


def sized(snapshot: Snapshot) -> list[Sized]:
    """The containers that run for ever, each once per pod."""
    uses = snapshot.uses.by_container if snapshot.uses else {}
    found = []
    for pod in snapshot.of("Pod"):
        phase = (pod.get("status") or {}).get("phase")
        if phase not in ("Running", "Pending"):
            continue
        for spec in pod["spec"].get("containers") or ():
            name = pod["metadata"]["name"]
            found.append(_sized(pod, spec, uses.get((name, spec["name"]))))
    return found


def _sized(pod: Item, spec: Item, use: Use | None) -> Sized:
    resources = spec.get("resources") or {}
    asked, most = resources.get("requests") or {}, resources.get("limits") or {}
    return Sized(
        f"Pod/{pod['metadata']['name']}", release_of(pod), pod["metadata"]["name"], spec["name"],
        _number(asked, "cpu"), _number(most, "cpu"), _number(asked, "memory"), _number(most, "memory"), use,
    )  # fmt: skip


def _number(values: Mapping[str, Any], name: str) -> float:
    return float(quantity(values.get(name, 0)))


def missing(snapshot: Snapshot) -> Iterator[Finding]:
    """Workloads that don't say what they need."""
    for one in templates(snapshot):
        for container in one.containers(init=False):
            resources = container.get("resources") or {}
            asked, most = resources.get("requests") or {}, resources.get("limits") or {}
            # A request that isn't given is that of the limit.
            lacking = [name for name in ("cpu", "memory") if name not in asked and name not in most]
            details: dict[str, Any] = {"container": container["name"]}
            if lacking:
                changes = [f"resources.requests.{name}={_SUGGESTED[name]}" for name in lacking]
                yield TEXTS.found(
                    "REQUESTS_MISSING", one.object, what=" and ".join(lacking),
                    fix=set_value(snapshot, one.release, *changes), **details,
                )  # fmt: skip
            if "memory" not in most:
                fix = set_value(snapshot, one.release, "resources.limits.memory=512Mi")
                yield TEXTS.found("MEMORY_LIMIT_MISSING", one.object, fix=fix, **details)


_SUGGESTED = {"cpu": "100m", "memory": "128Mi"}


def against_limits(snapshot: Snapshot) -> Iterator[Finding]:
    """Containers that come near their limits."""
    for one in sized(snapshot):
        if one.use is None:
            continue
        if one.memory_limit and one.use.memory >= _NEAR * one.memory_limit:
            more = memory(rounded_memory(one.use.memory * _HEADROOM_MEMORY))
            share = one.use.memory / one.memory_limit
            yield TEXTS.found(
                "MEMORY_NEAR_LIMIT", one.object, _used(snapshot, one, "memory"),
                severity=CRITICAL if share >= _AT else None, container=one.container, share=share,
                fix=set_value(snapshot, one.release, f"resources.limits.memory={more}"),
            )  # fmt: skip
        elif one.memory_request and one.use.memory > one.memory_request:
            more = memory(rounded_memory(one.use.memory * 1.1))
            yield TEXTS.found(
                "MEMORY_ABOVE_REQUEST", one.object, _used(snapshot, one, "memory"), container=one.container,
                fix=set_value(snapshot, one.release, f"resources.requests.memory={more}"),
            )  # fmt: skip
        if one.cpu_limit and one.use.cpu >= _NEAR * one.cpu_limit:
            more = cores(rounded_cores(one.use.cpu * _HEADROOM_CPU))
            yield TEXTS.found(
                "CPU_NEAR_LIMIT", one.object, _used(snapshot, one, "cpu"), container=one.container,
                share=one.use.cpu / one.cpu_limit,
                fix=set_value(snapshot, one.release, f"resources.limits.cpu={more}"),
            )  # fmt: skip


def over_requests(snapshot: Snapshot) -> Iterator[Finding]:
    """Containers that use a small part of what they ask for, with a request that fits with headroom."""
    for one in sized(snapshot):
        if one.use is None or not one.use.memory:
            continue
        cpu, mib = (
            rounded_cores(one.use.cpu * _HEADROOM_CPU),
            rounded_memory(one.use.memory * _HEADROOM_MEMORY),
        )
        # A working set moves slowly, CPU does not: what is asked for it may be for a start or a rush.
        if one.memory_request - mib > _SMALL_MEMORY and one.use.memory < _IDLE * one.memory_request:
            yield _over(snapshot, one, "memory", memory(mib))
        if one.cpu_request - cpu > _SMALL_CPU and one.use.cpu < _IDLE * one.cpu_request:
            yield _over(snapshot, one, "cpu", cores(cpu))


def _over(snapshot: Snapshot, one: Sized, what: str, less: str) -> Finding:
    path = f"resources.requests.{what}"
    asked = cores(one.cpu_request) if what == "cpu" else memory(one.memory_request)
    diff = f"values diff: {path}: {asked} → {less}"
    found = TEXTS.found(
        "OVER_REQUESTED", one.object, [*_used(snapshot, one, what), diff], container=one.container, what=what,
        fix=set_value(snapshot, one.release, f"{path}={less}"),
    )  # fmt: skip
    # Each code is told once per object, and a container may ask too much of both.
    return Finding(**{**vars(found), "code": f"OVER_REQUESTED_{what.upper()}"})


def _used(snapshot: Snapshot, one: Sized, what: str) -> list[str]:
    assert one.use is not None
    label = snapshot.uses.label() if snapshot.uses else ""
    if what == "cpu":
        used, asked, most = cores(one.use.cpu), cores(one.cpu_request), cores(one.cpu_limit)
    else:
        used, asked, most = memory(one.use.memory), memory(one.memory_request), memory(one.memory_limit)
    return [f"{what} used {used}, request {asked}, limit {most} ({label})"]


def scalers(snapshot: Snapshot) -> Iterator[Finding]:
    """Autoscalers by a share of a request that isn't there."""
    made = {(one.kind, one.name): one for one in templates(snapshot)}
    for item in snapshot.of("HorizontalPodAutoscaler"):
        target = item["spec"]["scaleTargetRef"]
        one = made.get((target["kind"], target["name"]))
        for metric in item["spec"].get("metrics") or () if one else ():
            resource = metric.get("resource") or {}
            if (resource.get("target") or {}).get("type") != "Utilization":
                continue
            if not one or not pod_requests(one.spec).get(resource["name"]):
                object = f"HorizontalPodAutoscaler/{item['metadata']['name']}"
                yield TEXTS.found("SCALER_WITHOUT_REQUESTS", object, what=resource["name"])


def full_nodes(snapshot: Snapshot) -> Iterator[Finding]:
    """Nodes whose room is asked for nearly in full, by the pods that can be seen."""
    for node in snapshot.nodes or ():
        name = node["metadata"]["name"]
        room = (node.get("status") or {}).get("allocatable") or {}
        pods = [pod for pod in snapshot.of("Pod") if (pod["spec"].get("nodeName") or "") == name]
        for what in ("cpu", "memory"):
            asked = sum(float(pod_requests(pod["spec"]).get(what, 0)) for pod in pods)
            there = float(quantity(room.get(what, 0)))
            if there and asked / there >= _FULL_NODE:
                evidence = [f"{len(pods)} pods of namespace {snapshot.namespace} are there"]
                found = TEXTS.found(
                    "NODE_NEARLY_FULL", f"Node/{name}", evidence, name=name, what=what, share=asked / there
                )
                yield Finding(**{**vars(found), "code": f"NODE_NEARLY_FULL_{what.upper()}"})


CHECKS = (against_limits, missing, scalers, full_nodes, over_requests)
