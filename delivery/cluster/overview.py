"""What `cluster.status` tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from delivery.cluster.lifecycle import reachable_provider, seen_cluster
from delivery.cluster.provider import ClusterState
from delivery.cluster.readiness import Node, read_nodes
from delivery.cluster.serving import INTERRUPTED, why_not_serving
from delivery.errors import InvalidInput
from delivery.session import Session


@dataclass(frozen=True)
class ClusterStatus:
    """A cluster as it is now.

    `state` is absent, stopped or running; `note` says why a running one doesn't serve. `ports` maps the
    services' node ports to the address here, empty where a port is not published.
    """

    name: str
    provider: str
    context: str
    state: str
    note: str
    owned: bool
    version: str
    nodes: tuple[Node, ...]
    ports: Mapping[str, str]
    kubeconfig: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people: one fact a line."""
        made = "made by this kit" if self.owned else "not made by this kit"
        state = f"{self.state}, but {self.note}" if self.note else self.state
        facts = [("cluster", self.name), ("provider", self.provider), ("state", state)]
        if self.state != ClusterState.ABSENT.value:
            nodes = ", ".join(f"{n.name} ({'ready' if n.ready else 'not ready'})" for n in self.nodes)
            ports = ", ".join(f"{port} → {url or 'not published'}" for port, url in self.ports.items())
            facts += [
                ("owner", made), ("version", self.version), ("nodes", nodes), ("node ports", ports),
                ("context", self.context), ("kubeconfig", self.kubeconfig),
            ]  # fmt: skip
        return [f"{label:<11} {text}" for label, text in facts if text]


def status(session: Session) -> ClusterStatus:
    """Look at the cluster of these settings; changes neither it nor Docker Engine.

    Writes only what asking needs: our kubeconfig where there is none or the one there leads nowhere, and
    kubectl where it is missing.
    """
    provider = reachable_provider(session, may_repair=False)
    cluster = seen_cluster(session, provider)
    running = cluster.seen.state is ClusterState.RUNNING
    why = why_not_serving(session, cluster, provider)
    found = read_nodes(session, cluster.kubectl()) if running else ()
    nodes = () if isinstance(found, str) else found
    wanted = [service.node_port for service in session.settings.wanted_services() if service.node_port]
    return ClusterStatus(
        name=cluster.name,
        provider=cluster.provider,
        context=cluster.context,
        state=cluster.seen.state.value,
        note=why if why and (running or why == INTERRUPTED) else "",
        owned=cluster.owned,
        version=nodes[0].version if nodes else "",
        nodes=nodes,
        ports={str(port): cluster.address(port) or "" for port in wanted},
        kubeconfig=str(cluster.kubeconfig) if cluster.kubeconfig.exists() else "",
    )


def print_status(session: Session, output: str) -> None:
    """Print the status as `table` or `json`. Raises InvalidInput for another word."""
    if output not in ("table", "json"):
        raise InvalidInput(f"--output {output} is not known", "", "use table or json")
    found = status(session)
    lines = found.lines() if output == "table" else [json.dumps(found.as_dict(), indent=2)]
    for line in lines:
        session.console.line(line)
