"""What is wrong with the nodes, the namespace's quota and the releases. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from delivery.ai.answer import Finding
from delivery.ai.finding_texts import CRITICAL, WARNING, Catalogue, Entry
from delivery.ai.snapshot import Snapshot
from delivery.rollout.quantities import quantity

_NEARLY_FULL = 0.9
_NODE = "Node status.conditions; Kubernetes: Node conditions"
TEXTS = Catalogue({
    "NODE_NOT_READY": Entry(
        CRITICAL, "node {name} is not ready", "{words}", "./inv cluster.status, then ./inv cluster.up", _NODE,
    ),
    "NODE_UNDER_PRESSURE": Entry(
        CRITICAL, "node {name} runs out of {what}", "the kubelet evicts pods from it: {words}",
        "kubectl describe node {name}; free room there (./inv build.prune removes old images)", _NODE,
    ),
    "NODE_CORDONED": Entry(
        WARNING, "node {name} takes no new pods", "it is cordoned", "kubectl uncordon {name}",
        "Node spec.unschedulable",
    ),
    "QUOTA_NEARLY_FULL": Entry(
        WARNING, "quota {name} is at {share:.0%} of {resource}", "new pods will be refused: {used} of {hard}",
        "kubectl describe resourcequota {name}; raise it or ask for less", "ResourceQuota status",
    ),
    "RELEASE_FAILED": Entry(
        CRITICAL, "release {name} is {status}", "helm's last run on it did not end well",
        "./inv rollback.history --service {name}, then ./inv deploy.all", "helm list: status",
    ),
    "RELEASE_PENDING": Entry(
        WARNING, "release {name} is {status}", "a run of helm is under way, or was ended in the middle",
        "./inv deploy.all, which repairs it once the other run is dead", "helm list: status",
    ),
    "RELEASE_NOT_VERIFIED": Entry(
        WARNING, "revision {revision} of release {name} was never proven to serve", "{words}",
        "./inv deploy.all, which proves it, or ./inv rollback.history", "the record of verified revisions",
    ),
})  # fmt: skip
_PRESSURES = {"MemoryPressure": "memory", "DiskPressure": "disk", "PIDPressure": "process ids"}


def nodes(snapshot: Snapshot) -> Iterator[Finding]:
    """Nodes that are not ready, under pressure, or take no pods."""
    for item in snapshot.nodes or ():
        name, object = item["metadata"]["name"], f"Node/{item['metadata']['name']}"
        for one in (item.get("status") or {}).get("conditions") or ():
            words = one.get("message", "")
            if one["type"] == "Ready" and one["status"] != "True":
                yield TEXTS.found("NODE_NOT_READY", object, [one.get("reason", "")], name=name, words=words)
            elif one["type"] in _PRESSURES and one["status"] == "True":
                yield TEXTS.found(
                    "NODE_UNDER_PRESSURE", object, [one["type"]], name=name, words=words,
                    what=_PRESSURES[one["type"]],
                )  # fmt: skip
        if (item.get("spec") or {}).get("unschedulable"):
            yield TEXTS.found("NODE_CORDONED", object, name=name)


def quotas(snapshot: Snapshot) -> Iterator[Finding]:
    """Quotas with little left."""
    for item in snapshot.of("ResourceQuota"):
        name, status = item["metadata"]["name"], item.get("status") or {}
        for resource, hard in (status.get("hard") or {}).items():
            used, most = quantity((status.get("used") or {}).get(resource, 0)), quantity(hard)
            if most and used / most >= _NEARLY_FULL:
                yield TEXTS.found(
                    "QUOTA_NEARLY_FULL", f"ResourceQuota/{name}", name=name, resource=resource,
                    share=float(used / most), used=(status.get("used") or {}).get(resource), hard=hard,
                )  # fmt: skip


def releases(snapshot: Snapshot) -> Iterator[Finding]:
    """Releases whose newest revision helm does not call deployed, or that was not verified."""
    for name, release in (snapshot.releases or {}).items():
        object = f"Release/{name}"
        if release.status == "failed":
            yield TEXTS.found("RELEASE_FAILED", object, name=name, status=release.status)
        elif release.status != "deployed":
            yield TEXTS.found("RELEASE_PENDING", object, name=name, status=release.status)
        record = snapshot.records.get(name)
        newest = record.newest() if record else None
        if name in snapshot.services and (newest is None or newest.revision != release.revision):
            words = f"the last that was is revision {newest.revision}" if newest else "none of it was"
            yield TEXTS.found(
                "RELEASE_NOT_VERIFIED", object, name=name, revision=release.revision, words=words
            )


CHECKS = (nodes, quotas, releases)
