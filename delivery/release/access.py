"""Ways in: to a cluster that may be changed, and to a service for our own probes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from delivery import cluster as clusters
from delivery.cluster import Cluster, port_forward
from delivery.session import Session
from delivery.settings import Service


def connect_to_change(session: Session) -> Cluster:
    """The running cluster, for a command that changes it.

    Raises InvalidInput where it isn't ours to change.
    """
    cluster = clusters.connect(session)
    clusters.ensure_may_change(session, cluster)
    return cluster


@contextlib.contextmanager
def way_in(session: Session, cluster: Cluster, service: Service) -> Iterator[str]:
    """Base address for our own requests: the published port, else a port-forward while the block runs."""
    address = cluster.address(service.node_port) if service.node_port else None
    if address:
        yield address
        return
    with port_forward(session, cluster, session.settings.namespace, service.name, service.port) as forwarded:
        yield forwarded
