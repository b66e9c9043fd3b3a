"""Addresses of the services, and the templates in deploy.yaml that name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from delivery.cluster import Cluster
from delivery.errors import InvalidInput
from delivery.release.nodes import Nodes
from delivery.session import Session
from delivery.settings import Service

_TEMPLATE = re.compile(r"\{([a-z][a-z0-9-]*\.(?:url|internal|origins))\}")
_LOOPBACK = re.compile(r"^(localhost|127\.[0-9.]+|::1)$")
# A development server or a port-forward may have any port. Written as Better Auth takes wildcards.
LOOPBACK_ORIGINS = ("http://localhost:*", "http://127.0.0.1:*")
# Many nodes come and go, and each change would restart the pods.
_MOST_NODES = 10


@dataclass(frozen=True)
class Addresses:
    """What templates stand for: `NAME.url`, `NAME.internal` and `NAME.origins`."""

    texts: Mapping[str, str]

    def fill(self, template: str, where: str) -> str:
        """The template with its addresses. Raises InvalidInput, naming `where`, for one that nobody has."""

        def text(found: re.Match[str]) -> str:
            if found[1] not in self.texts:
                raise InvalidInput(
                    f"{where} names an address that there isn't", f"{found[0]} in {template}",
                    f"there are: {', '.join(sorted(self.texts))}",
                )  # fmt: skip
            return self.texts[found[1]]

        return _TEMPLATE.sub(text, template)


def printed_url(cluster: Cluster | None, service: Service) -> str:
    """The address that a deploy prints; the plan's localhost address where there is no cluster yet."""
    if not service.node_port:
        return ""
    address = cluster.address(service.node_port) if cluster else None
    return (address or f"http://localhost:{service.node_port}").replace("127.0.0.1", "localhost")


def addresses_of(session: Session, cluster: Cluster | None, nodes: Nodes) -> Addresses:
    """The addresses of all services; a public one is the printed one, unless the env has another."""
    texts: dict[str, str] = {}
    for name, service in session.settings.services.items():
        texts[f"{name}.internal"] = f"http://{name}:{service.port}"
        printed = printed_url(cluster, service)
        url = session.settings.env.get(service.public_url) or printed
        if url:
            texts[f"{name}.url"] = url
            texts[f"{name}.origins"] = ",".join(origins(service, url, printed, nodes))
    return Addresses(texts)


def origins(service: Service, url: str, printed: str, nodes: Nodes) -> tuple[str, ...]:
    """Pure: the origins at which a browser may see the pages of a service.

    The public and the printed address, any port of this machine where the public one is this machine's, and
    the node port on each node's own address.
    """
    found = [_origin(url), _origin(printed)]
    if _LOOPBACK.match(urlsplit(url).hostname or ""):
        found += LOOPBACK_ORIGINS
    if service.node_port and len(nodes.addresses) <= _MOST_NODES:
        found += [f"http://{_bracketed(address)}:{service.node_port}" for address in nodes.addresses]
    return _distinct(found)


def filled_in(service: Service, addresses: Addresses, env: Mapping[str, str]) -> dict[str, str]:
    """The service's plain configuration: addresses in, empty variables out.

    A variable given in the env replaces the template; origins it joins.
    """
    texts = {}
    for name, template in service.env.items():
        text, given = addresses.fill(template, f"services.{service.name}.env.{name}"), env.get(name, "")
        if ".origins}" in template:
            text = ",".join(_distinct([*text.split(","), *(one.strip() for one in given.split(","))]))
        else:
            text = given or text
        if text:
            texts[name] = text
    return texts


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if url else ""


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
