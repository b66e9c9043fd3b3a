"""What a release has to know of the nodes: the room on them, and their addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass

from delivery.cluster import Cluster
from delivery.session import Session

ROOMY_CPUS = 3.0
_ADDRESSES = ("InternalIP", "ExternalIP")


@dataclass(frozen=True)
class Nodes:
    """Allocatable CPUs of the largest node, and the IP addresses of all."""

    largest_cpus: float = ROOMY_CPUS
    addresses: tuple[str, ...] = ()

    @property
    def small(self) -> bool:
        """Whether no node has the room that the charts' default requests need while an update runs."""
        return self.largest_cpus < ROOMY_CPUS


def read_nodes(session: Session, cluster: Cluster) -> Nodes:
    """Ask the API server."""
    return parse_nodes(session.door.read(cluster.kubectl("get", "nodes", "-o", "json")).stdout)


def parse_nodes(text: str) -> Nodes:
    """From `kubectl get nodes -o json`."""
    items = json.loads(text)["items"]
    cpus = [parse_cpus(node["status"]["allocatable"]["cpu"]) for node in items]
    addresses = {
        address["address"]
        for node in items
        for address in node["status"].get("addresses", ())
        if address["type"] in _ADDRESSES
    }
    return Nodes(max(cpus, default=0.0), tuple(sorted(addresses)))


def parse_cpus(quantity: str) -> float:
    """A Kubernetes CPU quantity: ``2`` or ``1930m``."""
    return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)
