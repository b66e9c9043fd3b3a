"""Is the cluster ready? Facts from the API server, a pure judgement over them, and a wait that uses it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delivery.console import Step
from delivery.errors import EnvironmentFault, TimedOut
from delivery.session import Session

_POLL_S = 0.5
_CALL_S = 10.0
# Control-plane pods crash once or twice while their peers come up; a crash that is still there later stays.
CRASH_GRACE_S = 60.0
_BROKEN = frozenset({
    "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName",
    "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
})  # fmt: skip


@dataclass(frozen=True)
class Node:
    """A node as the API server tells it."""

    name: str
    ready: bool
    version: str


@dataclass(frozen=True)
class Readiness:
    """`waiting` says what is not ready yet, `broken` what looks as if it never will be; both empty: ready."""

    waiting: str = ""
    broken: str = ""

    @property
    def ready(self) -> bool:
        """Whether nodes and cluster DNS serve."""
        return not self.waiting and not self.broken


def nodes_of(document: Mapping[str, Any]) -> tuple[Node, ...]:
    """The nodes in the answer of `kubectl get nodes -o json`."""
    return tuple(
        Node(
            item["metadata"]["name"], _condition(item, "Ready"),
            item.get("status", {}).get("nodeInfo", {}).get("kubeletVersion", ""),
        )
        for item in document.get("items", ())
        if item.get("kind", "Node") == "Node"
    )  # fmt: skip


def judge_readiness(
    document: Mapping[str, Any], expected_nodes: Sequence[str] = (), since: str = ""
) -> Readiness:
    """Readiness from a list of nodes, leases and pods.

    `since` is when the machines started: after a restart the API server shows for a while what was true
    before it, so a node counts once its kubelet renewed its lease, a pod once its container started again.
    """
    items = document.get("items", ())
    system = [i for i in items if i["kind"] == "Pod" and i["metadata"]["namespace"] == "kube-system"]
    return Readiness(
        waiting=_waiting_for_nodes(items, expected_nodes, since) or _waiting_for_dns(system, since),
        broken="; ".join(text for pod in system for text in _broken_containers(pod)),
    )


def read_nodes(session: Session, kubectl: Sequence[str]) -> tuple[Node, ...] | str:
    """The nodes, or in one line why the API server gives no answer."""
    argv = [*kubectl, "get", "nodes", "-o", "json", f"--request-timeout={_CALL_S:.0f}s"]
    answer = session.door.read(argv, timeout_s=_CALL_S + 5, accept=None)
    if not answer.ok:
        return answer.last_lines(1) or "no answer"
    return nodes_of(json.loads(answer.stdout))


def api_ready(session: Session, kubectl: Sequence[str]) -> bool | str:
    """True where the API server says that it is ready, else in one line why not.

    One that says "Forbidden" serves: it knows who asks, and hides its health from them.
    """
    argv = [*kubectl, "get", "--raw", "/readyz", f"--request-timeout={_CALL_S:.0f}s"]
    answer = session.door.read(argv, timeout_s=_CALL_S + 5, accept=None)
    return answer.ok or "(Forbidden)" in answer.stderr or answer.last_lines(1) or "no answer"


def wait_ready(
    session: Session, kubectl: Sequence[str], step: Step, *, expected_nodes: Sequence[str] = (),
    since: str = "",
) -> None:  # fmt: skip
    """Wait until nodes and cluster DNS serve.

    Raises EnvironmentFault naming the pod that keeps failing, or TimedOut saying what was not ready.
    """
    ends = time.monotonic() + session.settings.timeouts.cluster_s
    broken_since: float | None = None
    while True:
        found = look(session, kubectl, expected_nodes, since)
        if found.ready:
            return
        now = time.monotonic()
        broken_since = (broken_since or now) if found.broken else None
        if broken_since and now - broken_since >= CRASH_GRACE_S:
            raise EnvironmentFault(
                "the cluster started, but not all of it works", found.broken,
                "`./inv cluster.down`, then `./inv cluster.up` make it anew",
            )  # fmt: skip
        if now >= ends:
            raise TimedOut(
                f"the cluster was not ready after {session.settings.timeouts.cluster_s:.0f} s",
                found.waiting or found.broken, "run `./inv cluster.up` again, or raise timeouts.clusterS",
            )  # fmt: skip
        step.note(found.waiting or found.broken)
        session.door.check()
        time.sleep(_POLL_S)


def look(session: Session, kubectl: Sequence[str], expected_nodes: Sequence[str], since: str) -> Readiness:
    """Judge the cluster as it is now."""
    argv = [
        *kubectl, "get", "nodes,leases.coordination.k8s.io,pods", "--all-namespaces", "-o", "json",
        f"--request-timeout={_CALL_S:.0f}s",
    ]  # fmt: skip
    answer = session.door.read(argv, timeout_s=_CALL_S + 5, accept=None)
    if not answer.ok:
        return Readiness(waiting=f"the API server: {answer.last_lines(1) or 'no answer'}")
    return judge_readiness(json.loads(answer.stdout), expected_nodes, since)


def _waiting_for_nodes(items: Sequence[Mapping[str, Any]], expected: Sequence[str], since: str) -> str:
    nodes = {node.name: node for node in nodes_of({"items": [i for i in items if i["kind"] == "Node"]})}
    renewed = {
        item["metadata"]["name"]: item["spec"].get("renewTime", "")
        for item in items
        if item["kind"] == "Lease" and item["metadata"]["namespace"] == "kube-node-lease"
    }
    late = [name for name in (*expected, *nodes) if name not in nodes or not nodes[name].ready]
    late += [name for name in nodes if since and not _after(renewed.get(name, ""), since)]
    if not nodes or late:
        return f"node {', '.join(dict.fromkeys(late))}" if late else "the first node"
    return ""


def _waiting_for_dns(system: Sequence[Mapping[str, Any]], since: str) -> str:
    for pod in system:
        if pod["metadata"].get("labels", {}).get("k8s-app") != "kube-dns" or not _condition(pod, "Ready"):
            continue
        if all(_after(started, since) for started in _starts(pod)):
            return ""
    return "cluster DNS"


def _starts(pod: Mapping[str, Any]) -> Iterator[str]:
    for status in pod["status"].get("containerStatuses", ()):
        yield status.get("state", {}).get("running", {}).get("startedAt", "")


def _broken_containers(pod: Mapping[str, Any]) -> Iterator[str]:
    status = pod.get("status", {})
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") in _BROKEN:
            ended = container.get("lastState", {}).get("terminated", {})
            why = f", exit code {ended['exitCode']}" if "exitCode" in ended else ""
            yield f"kube-system/{pod['metadata']['name']}: {container['name']}: {waiting['reason']}{why}"


def _condition(item: Mapping[str, Any], kind: str) -> bool:
    conditions = item.get("status", {}).get("conditions", ())
    return any(one["type"] == kind and one["status"] == "True" for one in conditions)


def moment(text: str) -> datetime:
    """A moment as Docker and Kubernetes write it, to the second: one writes nanoseconds, the other none."""
    whole = text.removesuffix("Z").partition(".")[0]
    return datetime.fromisoformat(f"{whole}+00:00")


def _after(text: str, since: str) -> bool:
    if not since:
        return True
    return bool(text) and moment(text) >= moment(since)
