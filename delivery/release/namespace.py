"""The namespace, labelled so that the API server itself refuses pods that aren't restricted."""

from __future__ import annotations

import json

from delivery.cluster import Cluster
from delivery.session import Session

# https://kubernetes.io/docs/concepts/security/pod-security-admission/
LABELS = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}


def ensure_namespace(session: Session, cluster: Cluster) -> None:
    """Make the namespace, or label the one that is there; a label that somebody set stays."""
    name = session.settings.namespace
    text = session.door.read(
        cluster.kubectl("get", "namespace", name, "-o", "json", "--ignore-not-found")
    ).stdout
    if not text.strip():
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": LABELS}}
        session.door.mutate(cluster.kubectl("create", "--filename", "-"), stdin=json.dumps(manifest))
        return
    there = json.loads(text)["metadata"].get("labels", {})
    missing = [f"{key}={value}" for key, value in LABELS.items() if key not in there]
    if missing:
        session.door.mutate(cluster.kubectl("label", "namespace", name, *missing))
