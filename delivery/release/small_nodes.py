"""Small nodes: the charts' default requests are the plan's and want four CPUs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from delivery.cluster import Cluster
from delivery.session import Session

SMALL_FILE = "values-small.yaml"
ROOMY_CPUS = 3.0


def is_small(session: Session, cluster: Cluster) -> bool:
    """Whether no node has the room that the default requests need while an update runs."""
    argv = cluster.kubectl("get", "nodes", "-o", "json")
    return largest_node_cpus(session.door.read(argv).stdout) < ROOMY_CPUS


def largest_node_cpus(nodes: str) -> float:
    """Allocatable CPUs of the largest node, from `kubectl get nodes -o json`."""
    items = json.loads(nodes)["items"]
    return max((parse_cpus(node["status"]["allocatable"]["cpu"]) for node in items), default=0.0)


def parse_cpus(quantity: str) -> float:
    """A Kubernetes CPU quantity: ``2`` or ``1930m``."""
    return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def small_values(chart: Path) -> dict[str, Any]:
    """The chart's values for a small node; empty where it has none."""
    import yaml

    path = chart / SMALL_FILE
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}
