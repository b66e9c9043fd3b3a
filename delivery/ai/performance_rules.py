"""What makes an app slow, or a rollout of it: probes, throttling, pulls, image sizes, single pods. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from delivery.ai.answer import Finding
from delivery.ai.finding_texts import INFO, WARNING, Catalogue, Entry, set_value
from delivery.ai.snapshot import Item, Snapshot, release_of, selects, templates
from delivery.rollout.quantities import stamp

_THROTTLED = 0.25
_SLOW_PULL_S, _SLOW_START_S = 20.0, 60.0
_LARGE_IMAGE_BYTES = 800 * 10**6
_RECENT_S = 900.0
_PULLED = re.compile(r'pulled image "?(?P<image>[^" ]+)"? in (?P<took>[0-9.hms]+)')
_DURATION = re.compile(r"(?P<number>[0-9.]+)(?P<unit>ms|h|m|s)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
TEXTS = Catalogue({
    "CPU_THROTTLED": Entry(
        WARNING, "container {container} is held back in {share:.0%} of its CPU periods",
        "its CPU limit is below what it wants at times, so it answers late", "{fix}",
        "cAdvisor container_cpu_cfs_throttled_periods_total",
    ),
    "PROBE_FAILED": Entry(
        INFO, "a probe of container {container} failed lately", "{words}", "./inv ai.logs --service {pod}",
        "kubelet event Unhealthy of the last 15 min",
    ),
    "SLOW_PULL": Entry(
        INFO, "image {image} took {took:.0f} s to pull", "each node that sees it first waits as long",
        "./inv build.load puts images onto the nodes beforehand", "kubelet event Pulled",
    ),
    "IMAGE_LARGE": Entry(
        WARNING, "image {image} has {size:.0f} MB", "a node that has it not yet pulls all of it",
        "mend its Dockerfile (stages, .dockerignore), then ./inv deploy.all", "Node status.images",
    ),
    "SLOW_START": Entry(
        INFO, "pod {name} took {took:.0f} s to become ready", "a rollout and a rescue take as long",
        "kubectl describe pod {name} shows which step", "Pod condition Ready",
    ),
    "PROBE_MISSING": Entry(
        WARNING, "container {container} of {object} has no readiness probe",
        "Service {service} sends it requests before it can answer, and a rollout takes it for ready",
        "give it a readinessProbe in the chart's values, then ./inv deploy.all",
        "Kubernetes: readiness probes",
    ),
    "SINGLE_REPLICA": Entry(
        INFO, "{object} runs one pod", "while that one is away, nothing answers", "{fix}",
        "Deployment spec.replicas",
    ),
})  # fmt: skip


def throttled(snapshot: Snapshot) -> Iterator[Finding]:
    """Containers that are held back by their CPU limit."""
    releases = {pod["metadata"]["name"]: release_of(pod) for pod in snapshot.of("Pod")}
    for (pod, container), one in (snapshot.uses.throttling if snapshot.uses else {}).items():
        if pod in releases and one.share >= _THROTTLED:
            evidence = [f"{one.throttled} of {one.periods} periods since the container started"]
            fix = set_value(snapshot, releases[pod], "resources.limits.cpu=2000m")
            yield TEXTS.found(
                "CPU_THROTTLED", f"Pod/{pod}", evidence, container=container, share=one.share, fix=fix
            )


def probes(snapshot: Snapshot) -> Iterator[Finding]:
    """Probes that failed on pods that are ready all the same; else the verdict tells of them."""
    ready = {pod.name for pod in snapshot.facts.pods if pod.ready}
    for pod in snapshot.facts.pods:
        for event in pod.events if pod.name in ready else ():
            started = max((one.started_at for one in pod.containers), default=0.0)
            recent = snapshot.now - event.last_at <= _RECENT_S
            # While it starts, a probe may well be refused.
            if event.reason == "Unhealthy" and recent and event.last_at > max(started, pod.ready_changed_at):
                evidence = [f"{event.count} times, the last {snapshot.now - event.last_at:.0f} s ago"]
                yield TEXTS.found(
                    "PROBE_FAILED", f"Pod/{pod.name}", evidence, container=event.container or pod.name,
                    words=event.message, pod=pod.name,
                )  # fmt: skip


def pulls(snapshot: Snapshot) -> Iterator[Finding]:
    """Images that took long to pull."""
    for item in snapshot.of("Event"):
        match = _PULLED.search(item.get("message") or "") if item.get("reason") == "Pulled" else None
        took_s = seconds(match["took"]) if match else 0.0
        if match and took_s >= _SLOW_PULL_S:
            object = f"Image/{match['image']}"
            yield TEXTS.found("SLOW_PULL", object, [item["message"]], image=match["image"], took=took_s)


def seconds(text: str) -> float:
    """`1m2.5s` as Go prints durations."""
    return sum(float(one["number"]) * _UNITS[one["unit"]] for one in _DURATION.finditer(text))


def images(snapshot: Snapshot) -> Iterator[Finding]:
    """Images of ours that are large, by what the nodes say of them."""
    used = {container["image"] for one in templates(snapshot) for container in one.containers()}
    for image, size_bytes in sizes(snapshot).items():
        if image in used and size_bytes >= _LARGE_IMAGE_BYTES:
            evidence = [f"{size_bytes} bytes on the node"]
            yield TEXTS.found("IMAGE_LARGE", f"Image/{image}", evidence, image=image, size=size_bytes / 1e6)


def sizes(snapshot: Snapshot) -> dict[str, int]:
    """Image → bytes on a node, under the names that pods use."""
    found: dict[str, int] = {}
    for node in snapshot.nodes or ():
        for image in (node.get("status") or {}).get("images") or ():
            for name in image.get("names") or ():
                short = name.removeprefix("docker.io/library/").removeprefix("docker.io/")
                found[short] = found[name] = int(image.get("sizeBytes", 0))
    return found


def starts(snapshot: Snapshot) -> Iterator[Finding]:
    """Pods that took long from their making to their first readiness."""
    for item in snapshot.of("Pod"):
        took_s = _start_s(item)
        if took_s >= _SLOW_START_S:
            name = item["metadata"]["name"]
            yield TEXTS.found("SLOW_START", f"Pod/{name}", name=name, took=took_s)


def _start_s(pod: Item) -> float:
    """Seconds to the last change to ready; 0 where a container was started again since."""
    status = pod.get("status") or {}
    if any(one.get("restartCount") for one in status.get("containerStatuses") or ()):
        return 0.0
    for one in status.get("conditions") or ():
        if one["type"] == "Ready" and one["status"] == "True":
            begun = stamp(pod["metadata"].get("creationTimestamp"))
            return stamp(one.get("lastTransitionTime")) - begun if begun else 0.0
    return 0.0


def replicas(snapshot: Snapshot) -> Iterator[Finding]:
    """Deployments of one pod."""
    scaled = {item["spec"]["scaleTargetRef"]["name"] for item in snapshot.of("HorizontalPodAutoscaler")}
    for one in templates(snapshot):
        if one.kind == "Deployment" and one.replicas == 1 and one.name not in scaled:
            yield TEXTS.found(
                "SINGLE_REPLICA", one.object, fix=set_value(snapshot, one.release, "replicaCount=2")
            )


def missing_probes(snapshot: Snapshot) -> Iterator[Finding]:
    """Workloads behind a Service that never say whether they are ready."""
    for service in snapshot.of("Service"):
        selector = (service.get("spec") or {}).get("selector") or {}
        for one in templates(snapshot):
            containers = list(one.containers(init=False)) if selects(selector, one.labels) else []
            # A pod is ready when all are, so one container with a probe is enough.
            if containers and not any("readinessProbe" in each for each in containers):
                yield TEXTS.found(
                    "PROBE_MISSING", one.object, container=containers[0]["name"],
                    service=service["metadata"]["name"],
                )  # fmt: skip


CHECKS = (throttled, probes, missing_probes, pulls, images, starts, replicas)
