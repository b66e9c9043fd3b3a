"""Where the services answer: public addresses, and a way in for our own probes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from delivery import cluster as clusters
from delivery.cluster import Cluster, port_forward
from delivery.errors import InvalidInput
from delivery.session import Session
from delivery.settings import Service


def connect_to_change(session: Session) -> Cluster:
    """The running cluster, for a command that changes it.

    Raises InvalidInput where it isn't ours to change.
    """
    cluster = clusters.connect(session)
    clusters.ensure_may_change(session, cluster)
    return cluster


def public_url(cluster: Cluster | None, service: Service) -> str:
    """The address a person uses; the plan's localhost address where there is no cluster yet."""
    if not service.node_port:
        return ""
    address = cluster.address(service.node_port) if cluster else None
    return (address or f"http://localhost:{service.node_port}").replace("127.0.0.1", "localhost")


def public_urls(session: Session, cluster: Cluster | None) -> dict[str, str]:
    """Public addresses of all services that have one."""
    return {
        name: public_url(cluster, service)
        for name, service in session.settings.services.items()
        if service.node_port
    }


def filled_in(service: Service, urls: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    """The service's plain configuration, `{name.url}` replaced; a variable given in the env wins."""
    texts = {}
    for name, template in service.env.items():
        text = template
        for other, url in urls.items():
            text = text.replace(f"{{{other}.url}}", url)
        if ".url}" in text:
            raise InvalidInput(
                f"services.{service.name}.env.{name} names a service without a nodePort", text,
                f"services with an address: {', '.join(sorted(urls))}",
            )  # fmt: skip
        texts[name] = env.get(name) or text
    return texts


@contextlib.contextmanager
def way_in(session: Session, cluster: Cluster, service: Service) -> Iterator[str]:
    """Base address for our own requests: the published port, else a port-forward while the block runs."""
    address = cluster.address(service.node_port) if service.node_port else None
    if address:
        yield address
        return
    with port_forward(session, cluster, session.settings.namespace, service.name, service.port) as forwarded:
        yield forwarded
