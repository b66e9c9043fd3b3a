"""The handle to a running cluster that all other rooms are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from delivery import tools
from delivery.cluster.provider import HostPort, Provider, Seen
from delivery.session import Session


@dataclass(frozen=True)
class Cluster:
    """A cluster. `owned` says whether this kit made it, `provider` which kind it is, `seen` how it was found.

    Every kubectl and helm command names kubeconfig and context, so the user's current context plays no part.
    """

    name: str
    provider: str
    context: str
    kubeconfig: Path
    owned: bool
    seen: Seen = field(repr=False, compare=False)
    _session: Session = field(repr=False, compare=False)
    _provider: Provider = field(repr=False, compare=False)

    def kubectl(self, *arguments: str) -> list[str]:
        """argv of kubectl for this cluster."""
        program = tools.path(self._session, "kubectl")
        return [program, "--kubeconfig", str(self.kubeconfig), "--context", self.context, *arguments]

    def helm(self, *arguments: str) -> list[str]:
        """argv of helm for this cluster."""
        program = tools.path(self._session, "helm")
        return [program, "--kubeconfig", str(self.kubeconfig), "--kube-context", self.context, *arguments]

    def nodes(self) -> tuple[str, ...]:
        """Names of the nodes."""
        return self.seen.nodes

    def load_image(self, reference: str) -> None:
        """Put a local Docker image on every node, or where the nodes pull from.

        Providers report success where there was none: prove it with `node_image_ids`.
        """
        self._provider.load_image(reference)

    def node_image_ids(self, reference: str) -> Mapping[str, str]:
        """Node → ID of the image it has under this name, as Docker prints it, or an empty string.

        With provider context the registry answers in place of the nodes, under the name `registry <prefix>`.
        """
        return self._provider.node_image_ids(reference)

    def remove_image(self, reference: str) -> None:
        """Take an image off all nodes; no fault where it is not there."""
        self._provider.remove_image(reference)

    def pull_reference(self, reference: str) -> str:
        """What a pod names to get this image: the reference itself, or its name and digest in a registry."""
        return self._provider.pull_reference(reference)

    def host_port(self, node_port: int) -> HostPort | None:
        """Where a node port is published on this machine, or None."""
        return self.seen.published.get(node_port)

    def address(self, node_port: int) -> str | None:
        """`http://127.0.0.1:30000` for a node port that can be reached from here, else None: forward it."""
        published = self.host_port(node_port)
        if published:
            return published.url
        return f"http://{self.seen.direct_address}:{node_port}" if self.seen.direct_address else None
