"""What runs now, as digests that the record keeps: after a rollback they must be the same again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from delivery.cluster import Cluster
from delivery.labels import INSTANCE_LABEL, MANAGED_BY_LABEL
from delivery.session import Session

_KINDS = "deployments,statefulsets,services,configmaps"
# `kubectl rollout restart` sets it; it says nothing of what runs.
_RESTARTED = "kubectl.kubernetes.io/restartedAt"
_DIGITS = 16
VERSION = "kubernetes"


def live_spec(session: Session, cluster: Cluster, release: str) -> dict[str, str]:
    """Object → digest of what makes it what it is, for all of helm's objects of a release."""
    argv = cluster.kubectl(
        "get", _KINDS, "--namespace", session.settings.namespace, "-o", "json",
        "--selector", f"{INSTANCE_LABEL}={release},{MANAGED_BY_LABEL}=Helm",
    )  # fmt: skip
    version = json.loads(session.door.read(cluster.kubectl("get", "--raw", "/version")).stdout)
    items = json.loads(session.door.read(argv).stdout)["items"]
    return {VERSION: version["gitVersion"], **spec_digests(items)}


def spec_digests(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Pure: `Deployment/backend` → digest of its pod template, data or ports; replicas may be a scaler's."""
    return {f"{one['kind']}/{one['metadata']['name']}": _digest(_matter(one)) for one in items}


def differing(recorded: Mapping[str, str], live: Mapping[str, str]) -> tuple[str, ...]:
    """Pure: objects that are not as they were recorded.

    None where an older record kept no digests, or another Kubernetes filled in defaults of its own.
    """
    if not recorded or recorded.get(VERSION) != live.get(VERSION):
        return ()
    names = sorted(recorded.keys() | live.keys())
    return tuple(name for name in names if recorded.get(name) != live.get(name))


def _matter(item: Mapping[str, Any]) -> object:
    spec = item.get("spec") or {}
    if item["kind"] == "ConfigMap":
        return [item.get("data"), item.get("binaryData")]
    if item["kind"] == "Service":
        return [spec.get("type"), spec.get("ports"), spec.get("selector")]
    template = spec["template"]
    annotations = template.get("metadata", {}).get("annotations") or {}
    kept = {key: value for key, value in annotations.items() if key != _RESTARTED}
    return [template.get("metadata", {}).get("labels"), kept, template["spec"]]


def _digest(matter: object) -> str:
    return hashlib.sha256(json.dumps(matter, sort_keys=True).encode()).hexdigest()[:_DIGITS]
