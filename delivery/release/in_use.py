"""What may not be pruned: images and Secrets that a verified revision or anything in the cluster names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.cluster import Cluster
from delivery.labels import MANAGED_BY_LABEL
from delivery.release.record import parse_records
from delivery.secret.data import MANAGED_BY
from delivery.session import Session

_TEMPLATES = "replicasets,statefulsets,daemonsets,jobs,pods"


@dataclass(frozen=True)
class InUse:
    """Image references over all namespaces, since nodes are shared, and Secret names of ours."""

    images: frozenset[str]
    secrets: frozenset[str]


def read_in_use(session: Session, cluster: Cluster) -> InUse:
    """Ask the cluster. An answer that can't be had is an error: nothing is pruned on a guess."""
    workloads = _items(session, cluster, _TEMPLATES)
    records = _items(session, cluster, "configmaps", f"{MANAGED_BY_LABEL}={MANAGED_BY}")
    return in_use(workloads, records, session.settings.namespace)


def in_use(
    workloads: Iterable[Mapping[str, Any]], records: Iterable[Mapping[str, Any]], namespace: str
) -> InUse:
    """Pure: what records and pod specs name."""
    images: set[str] = set()
    secrets: set[str] = set()
    for config_map in records:
        for record in parse_records([config_map]).values():
            images |= {entry.image for entry in record.entries}
            if config_map["metadata"]["namespace"] == namespace:
                secrets |= {entry.secret for entry in record.entries}
    for item in workloads:
        spec = item["spec"].get("template", {}).get("spec") or item["spec"]
        images |= {container["image"] for container in _containers(spec) if container.get("image")}
        if item["metadata"]["namespace"] == namespace:
            secrets |= set(_secret_names(spec))
    return InUse(frozenset(images), frozenset(secrets))


def _items(session: Session, cluster: Cluster, kinds: str, selector: str = "") -> list[Mapping[str, Any]]:
    argv = cluster.kubectl("get", kinds, "--all-namespaces", "-o", "json")
    chosen = ["--selector", selector] if selector else []
    return list(json.loads(session.door.read([*argv, *chosen]).stdout)["items"])


def _containers(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*spec.get("containers", []), *spec.get("initContainers", [])]


def _secret_names(spec: Mapping[str, Any]) -> Iterator[str]:
    for container in _containers(spec):
        for variable in container.get("env", []):
            yield variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name", "")
        for source in container.get("envFrom", []):
            yield source.get("secretRef", {}).get("name", "")
    for volume in spec.get("volumes", []):
        yield volume.get("secret", {}).get("secretName", "")
        for source in volume.get("projected", {}).get("sources", []):
            yield source.get("secret", {}).get("name", "")
