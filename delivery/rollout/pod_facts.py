"""A pod's JSON as typed facts: its containers, what it needs to start, where it may run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from delivery.rollout.objects import (
    ContainerFacts,
    Event,
    Placement,
    PodFacts,
    Probe,
    Probes,
    Quantities,
    Reference,
    Requirement,
    Termination,
    Toleration,
)
from delivery.rollout.quantities import quantity, stamp

# Made by a controller a moment after a namespace: their absence is a lag, never a fault of the release.
MADE_BY_THE_CLUSTER = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})
_TIMINGS = frozenset(
    {
        "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold",
        "terminationGracePeriodSeconds",
    }
)  # fmt: skip

Item = Mapping[str, Any]


def parse_pod(pod: Item, events: Iterable[Event] = ()) -> PodFacts:
    """A pod with the events about it."""
    status, spec = pod.get("status", {}), pod.get("spec", {})
    conditions = {one["type"]: one for one in status.get("conditions", ())}
    scheduled = conditions.get("PodScheduled", {})
    return PodFacts(
        name=pod["metadata"]["name"],
        uid=pod["metadata"].get("uid", ""),
        ready=conditions.get("Ready", {}).get("status") == "True",
        ready_changed_at=stamp(conditions.get("Ready", {}).get("lastTransitionTime")),
        containers=tuple(_containers(spec, status)),
        unschedulable=scheduled.get("message", "") if scheduled.get("reason") == "Unschedulable" else "",
        node=spec.get("nodeName", ""),
        phase=status.get("phase", "Pending"),
        reason=status.get("reason", ""),
        message=status.get("message", ""),
        sandbox=conditions.get("PodReadyToStartContainers", {}).get("status") == "True",
        never_restarts=spec.get("restartPolicy") == "Never",
        grace_s=float(spec.get("terminationGracePeriodSeconds", 30)),
        placement=_placement(spec),
        references=tuple(dict.fromkeys(_references(spec))),
        claims=tuple(_claims(spec)),
        events=tuple(events),
    )


def _containers(spec: Item, status: Item) -> Iterator[ContainerFacts]:
    """Every container of the spec; one that has no status yet waits."""
    for kind, init in (("initContainers", True), ("containers", False)):
        key = "initContainerStatuses" if init else "containerStatuses"
        known = {one["name"]: one for one in status.get(key) or ()}
        for one in spec.get(kind) or ():
            yield _container(one, known.get(one["name"], {}), init=init)


def _container(spec: Item, status: Item, *, init: bool) -> ContainerFacts:
    state, detail = next(iter((status.get("state") or {"waiting": {}}).items()))
    last = (status.get("lastState") or {}).get("terminated")
    now = detail if state == "terminated" else None
    return ContainerFacts(
        name=spec["name"],
        init=init,
        keeps_running=not init or spec.get("restartPolicy") == "Always",
        image=spec.get("image", ""),
        image_id=status.get("imageID", ""),
        ready=bool(status.get("ready")),
        started=bool(status.get("started")),
        restarts=status.get("restartCount", 0),
        state=state,
        reason=detail.get("reason", ""),
        message=detail.get("message", ""),
        started_at=stamp(detail.get("startedAt")),
        ended=_termination(now or last),
        earlier=_termination(last) if now else None,
        probes=Probes(*(_probe(spec.get(f"{kind}Probe")) for kind in ("startup", "liveness", "readiness"))),
        memory_limit=str((spec.get("resources") or {}).get("limits", {}).get("memory", "")),
    )


def _termination(detail: Item | None) -> Termination | None:
    if detail is None:
        return None
    return Termination(
        detail.get("exitCode", 0), detail.get("reason", ""), detail.get("message", ""),
        stamp(detail.get("finishedAt")),
    )  # fmt: skip


def _probe(probe: Item | None) -> Probe | None:
    """Defaults are Kubernetes' own, pkg/apis/core/v1/defaults.go."""
    if not probe:
        return None
    handler = {key: value for key, value in probe.items() if key not in _TIMINGS}
    return Probe(
        json.dumps(handler, sort_keys=True),
        float(probe.get("initialDelaySeconds", 0)),
        float(probe.get("periodSeconds", 10)),
        float(probe.get("timeoutSeconds", 1)),
        probe.get("failureThreshold", 3),
        probe.get("successThreshold", 1),
    )


def _references(spec: Item) -> Iterator[Reference]:
    """What the kubelet waits for before it starts a container; what is optional it does not wait for."""
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        for variable in container.get("env") or ():
            source = variable.get("valueFrom") or {}
            yield from _for_container("Secret", source.get("secretKeyRef"), container["name"])
            yield from _for_container("ConfigMap", source.get("configMapKeyRef"), container["name"])
        for source in container.get("envFrom") or ():
            yield from _for_container("Secret", source.get("secretRef"), container["name"])
            yield from _for_container("ConfigMap", source.get("configMapRef"), container["name"])
    for volume in spec.get("volumes") or ():
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            yield from _for_volume("Secret", source.get("secret"), volume["name"])
            yield from _for_volume("ConfigMap", source.get("configMap"), volume["name"])


def _for_container(kind: str, source: Item | None, container: str) -> Iterator[Reference]:
    if source and not source.get("optional") and source.get("name"):
        yield Reference(kind, source["name"], source.get("key", ""), container=container)


def _for_volume(kind: str, source: Item | None, volume: str) -> Iterator[Reference]:
    name = (source or {}).get("secretName") or (source or {}).get("name")
    if not source or source.get("optional") or not name or name in MADE_BY_THE_CLUSTER:
        return
    for item in source.get("items") or ({"key": ""},):
        yield Reference(kind, name, item["key"], volume=volume)


def _claims(spec: Item) -> Iterator[str]:
    for volume in spec.get("volumes") or ():
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if name:
            yield name


def _placement(spec: Item) -> Placement:
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    return Placement(
        requests=pod_requests(spec),
        selector=dict(spec.get("nodeSelector") or {}),
        affinity=tuple(tuple(_requirements(term)) for term in required.get("nodeSelectorTerms") or ()),
        tolerations=tuple(
            Toleration(
                one.get("key", ""), one.get("operator", "Equal"), one.get("value", ""), one.get("effect", "")
            )
            for one in spec.get("tolerations") or ()
        ),
    )


def _requirements(term: Item) -> Iterator[Requirement]:
    for key, field_name in (("matchExpressions", False), ("matchFields", True)):
        for one in term.get(key) or ():
            yield Requirement(one["key"], one["operator"], tuple(one.get("values") or ()), field_name)


def pod_requests(spec: Item) -> Quantities:
    """What a pod asks of a node: all containers at once, or the largest init container where that is more.

    Source: kube-scheduler, component-helpers resource.PodRequests; sidecars count with what comes after.
    """
    sidecars: Quantities = {}
    largest: Quantities = {}
    for one in spec.get("initContainers") or ():
        if one.get("restartPolicy") == "Always":
            sidecars = _sum(sidecars, _requests(one))
            largest = _largest(largest, sidecars)
        else:
            largest = _largest(largest, _sum(sidecars, _requests(one)))
    together = sidecars
    for one in spec.get("containers") or ():
        together = _sum(together, _requests(one))
    whole = _largest(_largest(largest, together), _requests(spec))
    return _sum(whole, _quantities(spec.get("overhead")))


def _requests(holder: Item) -> Quantities:
    return _quantities((holder.get("resources") or {}).get("requests"))


def _quantities(values: Item | None) -> Quantities:
    return {name: quantity(value) for name, value in (values or {}).items()}


def _sum(one: Quantities, other: Quantities) -> Quantities:
    return {name: one.get(name, Fraction(0)) + other.get(name, Fraction(0)) for name in _names(one, other)}


def _largest(one: Quantities, other: Quantities) -> Quantities:
    return {
        name: max(one.get(name, Fraction(0)), other.get(name, Fraction(0))) for name in _names(one, other)
    }


def _names(one: Quantities, other: Quantities) -> Sequence[str]:
    return sorted({*one, *other})
