"""The namespace, labelled so that the API server itself refuses pods that aren't restricted.

A namespace that somebody else made may hold pods of theirs, which `enforce` would refuse at their next
start: there we only ask for warnings.
"""

from __future__ import annotations

import json

from delivery.cluster import Cluster
from delivery.labels import MANAGED_BY_LABEL
from delivery.secret.data import MANAGED_BY
from delivery.session import Session

# https://kubernetes.io/docs/concepts/security/pod-security-admission/
WARN = {"pod-security.kubernetes.io/warn": "restricted"}
LABELS = {
    "pod-security.kubernetes.io/enforce": "restricted",
    MANAGED_BY_LABEL: MANAGED_BY,
    **WARN,
}


def ensure_namespace(session: Session, cluster: Cluster) -> None:
    """Make the namespace, or mark one that is there; a label that somebody set stays."""
    name = session.settings.namespace
    text = session.door.read(
        cluster.kubectl("get", "namespace", name, "-o", "json", "--ignore-not-found")
    ).stdout
    if not text.strip():
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": LABELS}}
        session.door.mutate(cluster.kubectl("create", "--filename", "-"), stdin=json.dumps(manifest))
        return
    there = json.loads(text)["metadata"].get("labels", {})
    missing = [f"{key}={value}" for key, value in WARN.items() if key not in there]
    if missing:
        session.console.note(f"  namespace {name} was there before: Pod Security warns, but does not enforce")
        session.door.mutate(cluster.kubectl("label", "namespace", name, *missing))
