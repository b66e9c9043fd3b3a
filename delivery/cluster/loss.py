"""What goes when a cluster is removed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from delivery.session import Session

_SYSTEM = frozenset({"default", "kube-system", "kube-public", "kube-node-lease", "local-path-storage"})


def what_is_lost(session: Session, kubectl: Sequence[str]) -> list[str]:
    """Lines on namespaces and volumes in the cluster, as far as it answers."""
    argv = [*kubectl, "get", "namespaces,persistentvolumeclaims", "--all-namespaces", "-o", "json"]
    answer = session.door.read([*argv, "--request-timeout=10s"], timeout_s=15, accept=None)
    if not answer.ok:
        return ["whatever is in it: it does not answer, so its contents can't be listed"]
    return loss_lines(json.loads(answer.stdout))


def loss_lines(document: Mapping[str, Any]) -> list[str]:
    """The same from the API server's answer."""
    items = document.get("items", ())
    spaces = sorted(i["metadata"]["name"] for i in items if i["kind"] == "Namespace")
    own = [name for name in spaces if name not in _SYSTEM]
    lines = [f"namespace {name} with all that is in it" for name in own]
    for item in items:
        if item["kind"] == "PersistentVolumeClaim":
            size = item.get("status", {}).get("capacity", {}).get("storage", "unknown size")
            lines.append(
                f"data of volume {item['metadata']['namespace']}/{item['metadata']['name']} ({size})"
            )
    return lines or ["no namespaces or volumes of yours"]
