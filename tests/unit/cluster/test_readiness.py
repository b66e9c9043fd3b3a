"""Readiness is judged from what the API server says, and from when."""

from __future__ import annotations

from typing import Any

import pytest

from delivery.cluster.readiness import Node, Readiness, judge_readiness, nodes_of

EARLY, START, LATE = "2026-11-24T06:00:00Z", "2026-11-24T06:30:00.987654321Z", "2026-11-24T06:31:00Z"


def node(name: str = "one", ready: bool = True) -> dict[str, Any]:
    conditions = [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": str(ready)}]
    status = {"conditions": conditions, "nodeInfo": {"kubeletVersion": "v1.34.4"}}
    return {"kind": "Node", "metadata": {"name": name}, "status": status}


def lease(name: str = "one", renewed: str = LATE) -> dict[str, Any]:
    return {
        "kind": "Lease",
        "metadata": {"name": name, "namespace": "kube-node-lease"},
        "spec": {"renewTime": renewed},
    }


def pod(
    name: str = "coredns-1", *, ready: bool = True, state: dict[str, Any] | None = None
) -> dict[str, Any]:
    labels = {"k8s-app": "kube-dns"} if name.startswith("coredns") else {}
    container = {"name": "main", "state": state or {"running": {"startedAt": LATE}}}
    status = {"conditions": [{"type": "Ready", "status": str(ready)}], "containerStatuses": [container]}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "status": status,
    }


def verdict(*items: dict[str, Any], expected: tuple[str, ...] = (), since: str = "") -> Readiness:
    return judge_readiness({"items": items}, expected, since)


def test_nodes_and_dns_make_a_ready_cluster() -> None:
    assert verdict(node(), lease(), pod()).ready


@pytest.mark.parametrize(
    ("found", "waiting"),
    [
        (verdict(), "the first node"),
        (verdict(node(ready=False), pod()), "node one"),
        (verdict(node(), pod(), expected=("one", "two")), "node two"),
        (verdict(node()), "cluster DNS"),
        (verdict(node(), pod(ready=False)), "cluster DNS"),
        (verdict(node(), lease(renewed=EARLY), pod(), since=START), "node one"),
        (verdict(node(), pod(), since=START), "node one"),
        (verdict(node(), lease(), pod(state={"running": {"startedAt": EARLY}}), since=START), "cluster DNS"),
    ],
    ids=[
        "no node yet", "node not ready", "a node is missing", "no DNS pod", "DNS not ready",
        "what was said before the restart doesn't count for a node", "nor does silence",
        "nor for a pod",
    ],
)  # fmt: skip
def test_a_cluster_waits_for(found: Readiness, waiting: str) -> None:
    assert not found.ready
    assert found.waiting == waiting


def test_after_a_restart_fresh_facts_count() -> None:
    assert verdict(node(), lease(), pod(), since=START).ready


def test_one_of_two_dns_pods_is_enough() -> None:
    assert verdict(node(), pod("coredns-1", ready=False), pod("coredns-2")).ready


def test_a_crashing_system_pod_is_named_with_its_exit_code() -> None:
    crashing = pod("kube-proxy-x", ready=False, state={"waiting": {"reason": "CrashLoopBackOff"}})
    crashing["status"]["containerStatuses"][0]["lastState"] = {"terminated": {"exitCode": 2}}
    found = verdict(node(), pod(), crashing)
    assert found.broken == "kube-system/kube-proxy-x: main: CrashLoopBackOff, exit code 2"
    assert not found.ready


def test_a_pod_that_is_being_made_is_not_broken() -> None:
    creating = pod("kube-proxy-x", ready=False, state={"waiting": {"reason": "ContainerCreating"}})
    assert verdict(node(), pod(), creating).broken == ""


def test_crashing_pods_outside_of_the_system_are_not_the_clusters_fault() -> None:
    crashing = pod("app", ready=False, state={"waiting": {"reason": "CrashLoopBackOff"}})
    crashing["metadata"]["namespace"] = "todo"
    assert verdict(node(), pod(), crashing).ready


def test_nodes_are_read_with_version_and_readiness() -> None:
    assert nodes_of({"items": [node(), node("two", ready=False)]}) == (
        Node("one", True, "v1.34.4"),
        Node("two", False, "v1.34.4"),
    )
