"""What is wrong with workloads and their pods: the rollout's own judgement, looked at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from delivery.ai.amounts import memory, rounded_memory
from delivery.ai.answer import Finding, Severity, ordered
from delivery.ai.finding_texts import CRITICAL, INFO, WARNING, Catalogue, Entry, set_value
from delivery.ai.log_causes import cause_in
from delivery.ai.snapshot import Item, Snapshot, release_of
from delivery.rollout import findings as rollout
from delivery.rollout.memory import Memory
from delivery.rollout.objects import ContainerFacts, PodFacts
from delivery.rollout.policy import DEFAULT_POLICY
from delivery.rollout.quantities import quantity, stamp
from delivery.rollout.table import Place
from delivery.rollout.verdict import judge
from delivery.rollout.words import WORDS, words_for

# The kubelet forgets its back-off after so long a time without an end.
_FORGIVEN_S = 600.0
_MANY_RESTARTS = 3
_MORE_MEMORY = 1.5
# Codes that never fail a rollout have no words for an error.
_MILD: dict[str, tuple[str, str, str]] = {
    "CRASHED": (
        "container {container} ended once and was started again",
        "{message}",
        "./inv ai.logs --service {pod}",
    ),
    "CACHE_SYNC": ("the kubelet waits for its copy of a Secret or ConfigMap", "{message}", "wait a moment"),
    "ROOM_SOON": ("pod {pod} waits for room that old pods free", "{message}", "wait a moment"),
    "SCALING_UP": ("pod {pod} waits for a new node", "{message}", "wait a moment"),
    "POD_REPLACED": ("a pod of {object} was ended by its node and replaced", "{message}", "./inv ai.analyze"),
}

TEXTS = Catalogue({
    "RESTARTED": Entry(
        INFO, "container {container} was restarted {count} times and is well now", "{words}",
        "./inv ai.logs --service {pod}",
        "pod status: restartCount; the kubelet forgets its back-off after 10 min",
    ),
    "PROGRESSING": Entry(
        INFO, "{object} is on its way: {words}", "nothing is wrong with it so far", "./inv deploy.status",
        "Deployment status: replicas, updatedReplicas, availableReplicas",
    ),
    "SCALED_TO_ZERO": Entry(
        WARNING, "{object} has no replicas", "it is scaled to zero, so nothing of it runs",
        "{fix}", "Deployment spec.replicas",
    ),
    "DAEMONSET_NOT_READY": Entry(
        WARNING, "{object} is ready on {ready} of {wanted} nodes", "some of its pods are not ready",
        "kubectl describe daemonset {name}", "DaemonSet status: numberReady, desiredNumberScheduled",
    ),
    "JOB_FAILED": Entry(
        CRITICAL, "{object} failed", "{words}", "kubectl logs job/{name}", "Job condition Failed",
    ),
    "POD_FAILED": Entry(
        WARNING, "pod {name} ended badly", "{words}", "kubectl logs {name}", "pod phase Failed",
    ),
    "NOTHING_DEPLOYED": Entry(
        CRITICAL, "nothing is deployed in namespace {name}", "there is no workload", "./inv deploy.all",
        "Deployments, StatefulSets and DaemonSets of the namespace",
    ),
})  # fmt: skip


def workload_findings(snapshot: Snapshot) -> Iterator[Finding]:
    """What the verdict on a rollout goes by; the deciding finding first."""
    verdict, _ = judge(snapshot.facts, DEFAULT_POLICY, Memory())
    # A cause says more than the deadline that it made pass.
    causes_first = sorted(verdict.findings, key=lambda one: one.row.place is Place.WORKLOAD)
    yield from ordered(_shown(snapshot, one) for one in causes_first)


def progress(snapshot: Snapshot) -> Iterator[Finding]:
    """Workloads that are not complete though nothing is wrong, and those without replicas."""
    verdict, _ = judge(snapshot.facts, DEFAULT_POLICY, Memory())
    troubled = {one.pod or one.object for one in verdict.findings}
    for workload in snapshot.facts.workloads:
        name = rollout.named(workload)
        if workload.wanted == 0:
            yield TEXTS.found("SCALED_TO_ZERO", name, fix=f"kubectl scale {name.lower()} --replicas 1")
        elif not workload.complete and not troubled & {name, *(pod.name for pod in workload.pods)}:
            words = f"{workload.available} of {workload.wanted} available, {workload.updated} updated"
            yield TEXTS.found("PROGRESSING", name, words=words)


def others(snapshot: Snapshot) -> Iterator[Finding]:
    """DaemonSets, Jobs and pods of nobody."""
    for item in snapshot.items:
        name, status = item["metadata"]["name"], item.get("status") or {}
        if item["kind"] == "DaemonSet":
            ready, wanted = status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
            if ready < wanted:
                yield TEXTS.found(
                    "DAEMONSET_NOT_READY", f"DaemonSet/{name}", name=name, ready=ready, wanted=wanted
                )
        elif item["kind"] == "Job":
            yield from _job(item)
        elif item["kind"] == "Pod" and status.get("phase") == "Failed" and not _owned(item):
            words = (
                f"{status.get('reason', '')} {status.get('message', '')}".strip() or "its container failed"
            )
            yield TEXTS.found("POD_FAILED", f"Pod/{name}", name=name, words=words)


def nothing_there(snapshot: Snapshot) -> Iterator[Finding]:
    """A namespace without any workload."""
    if not snapshot.rendered and not snapshot.of("Deployment", "StatefulSet", "DaemonSet"):
        yield TEXTS.found("NOTHING_DEPLOYED", f"Namespace/{snapshot.namespace}", name=snapshot.namespace)


def _owned(item: Item) -> bool:
    return bool(item["metadata"].get("ownerReferences"))


def _job(item: Item) -> Iterator[Finding]:
    name = item["metadata"]["name"]
    for one in (item.get("status") or {}).get("conditions") or ():
        if one["type"] == "Failed" and one["status"] == "True":
            words = f"{one.get('reason', '')}: {one.get('message', '')}".strip(": ")
            yield TEXTS.found("JOB_FAILED", f"Job/{name}", words=words, name=name)


def _shown(snapshot: Snapshot, seen: rollout.Finding) -> Finding:
    """A finding of the rollout as one of an answer: with the log's own words where it has any."""
    pod, container = _where(snapshot, seen)
    if container and _well_again(snapshot, seen, container):
        return _restarted(seen, container)
    details = {
        "object": seen.object, "pod": seen.pod, "container": seen.container, "message": seen.message,
        **seen.details,
    }  # fmt: skip
    if seen.code in WORDS:
        words = words_for(seen.code, details)
        what, why, fix = words.what, words.why, words.next
    else:
        what, why, fix = (
            text.format_map(details) for text in _MILD.get(seen.code, ("{object}", "{message}", ""))
        )
    found = Finding(
        seen.code, _severity(snapshot, seen, pod), _object(seen), what, _evidence(seen, container),
        why, fix, seen.row.source,
    )  # fmt: skip
    return _with_cause(snapshot, seen, replace(found, fix=_fix(snapshot, seen, container, fix)))


def _fix(
    snapshot: Snapshot, seen: rollout.Finding, container: ContainerFacts | None, general: str
) -> str:  # fmt: skip
    """The general advice with the names of this release, and with a value where one can be named."""
    name = seen.pod or seen.object.partition("/")[2]
    release = next((release_of(one) for one in snapshot.items if one["metadata"]["name"] == name), "")
    # An init container has values of its own.
    main = container if container and not container.init else None
    limit = float(quantity(main.memory_limit)) if main else 0.0
    if seen.code == "OOM_KILLED" and limit and release in snapshot.services:
        more = memory(rounded_memory(limit * _MORE_MEMORY))
        return set_value(snapshot, release, f"resources.limits.memory={more}")
    if release in snapshot.services:
        general = general.replace("services.NAME.", f"services.{release}.")
    return general.replace("the log above says more", f"./inv ai.logs --service {name} says more")


def _where(snapshot: Snapshot, seen: rollout.Finding) -> tuple[PodFacts | None, ContainerFacts | None]:
    for pod in snapshot.facts.pods:
        if pod.name == seen.pod:
            named = (one for one in pod.containers if one.name == seen.container)
            return pod, next(named, None)
    return None, None


def _object(seen: rollout.Finding) -> str:
    return f"Pod/{seen.pod}" if seen.pod else seen.object


def _severity(snapshot: Snapshot, seen: rollout.Finding, pod: PodFacts | None) -> Severity:
    """Critical is what fails a rollout now; what may heal within its grace is a warning."""
    if seen.grace_s is None:
        return INFO if seen.code != "CRASHED" or (pod and pod.ready) else WARNING
    since = snapshot.now - _made_at(snapshot, seen.pod) if seen.pod else seen.grace_s
    return CRITICAL if max(seen.seen_for_s, since) >= seen.grace_s else WARNING


def _made_at(snapshot: Snapshot, pod: str) -> float:
    for item in snapshot.of("Pod"):
        if item["metadata"]["name"] == pod:
            return stamp(item["metadata"].get("creationTimestamp"))
    return snapshot.now


def _well_again(snapshot: Snapshot, seen: rollout.Finding, container: ContainerFacts) -> bool:
    """Whether a counted end is long over: the container runs, is ready, and has for some minutes."""
    runs = container.state == "running" and container.ready
    return seen.counted and runs and snapshot.now - container.started_at >= _FORGIVEN_S


def _restarted(seen: rollout.Finding, container: ContainerFacts) -> Finding:
    many = container.restarts >= _MANY_RESTARTS
    return TEXTS.found(
        "RESTARTED", _object(seen), [seen.message], severity=WARNING if many else INFO,
        container=container.name, count=container.restarts, words=seen.message, pod=seen.pod,
    )  # fmt: skip


def _evidence(seen: rollout.Finding, container: ContainerFacts | None) -> tuple[str, ...]:
    lines = [seen.message.strip()]
    if container:
        lines.append(f"image {container.image}, restarts {container.restarts}, state {container.state}")
    return tuple(dict.fromkeys(line for line in lines if line))


def _with_cause(snapshot: Snapshot, seen: rollout.Finding, found: Finding) -> Finding:
    """The same with what the container printed last, and what that gives away."""
    log = snapshot.logs.get((seen.pod, seen.container), "")
    cause = cause_in(log) if log else None
    if cause is None:
        tail = tuple(f"log: {line}" for line in log.splitlines()[-3:])
        return replace(found, evidence=found.evidence + tail)
    return replace(
        found, title=f"{found.title}: {cause.title}", evidence=(*found.evidence, f"log: {cause.line}"),
        fix=cause.fix or found.fix,
    )  # fmt: skip


CHECKS = (workload_findings, others, nothing_there, progress)
