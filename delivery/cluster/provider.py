"""What every kind of cluster can do; each provider answers in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from delivery.console import Step


class ClusterState(Enum):
    """How the machines of a cluster are; whether the API answers is another question."""

    ABSENT = "absent"
    STOPPED = "stopped"
    RUNNING = "running"


@dataclass(frozen=True)
class HostPort:
    """Where a node port is published on this machine."""

    address: str
    port: int

    @property
    def url(self) -> str:
        """`http://address:port`, with localhost's address where every interface listens."""
        host = "127.0.0.1" if self.address in ("", "0.0.0.0", "::") else self.address  # noqa: S104
        return f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Seen:
    """What a provider sees of a cluster now.

    `published` maps node ports to host ports. `identity` tells this cluster from a later one of the same
    name, where the provider knows such a thing. `started_at` is when the machines started (RFC 3339), for
    telling what the API server remembers from what is so now. `direct_address` is an address at which this
    machine reaches all node ports.
    """

    state: ClusterState
    nodes: tuple[str, ...] = ()
    published: Mapping[int, HostPort] = field(default_factory=dict)
    identity: str = ""
    started_at: str = ""
    direct_address: str = ""


class Provider(Protocol):
    """One way to have a cluster. An object serves one cluster name of one session."""

    @property
    def name(self) -> str:
        """`kind`, `minikube` or `context`."""

    @property
    def context(self) -> str:
        """Name of the kubeconfig context of this cluster."""

    def foreign_kubeconfig(self) -> Path | None:
        """The user's own file, where that is what leads to the cluster; None where we keep one ourselves."""

    def look(self) -> Seen:
        """What is there now. Changes and installs nothing: what isn't installed has no clusters."""

    def prepare(self) -> None:
        """Get what making a cluster needs: programs, the image of the nodes. Shows its own steps."""

    def create(self, kubeconfig: Path, step: Step, /) -> None:
        """Make the cluster and write its kubeconfig, once prepared; readiness is judged elsewhere.

        Raises EnvironmentFault with the provider's own reason.
        """

    def start(self, kubeconfig: Path, step: Step, /) -> None:
        """Start the machines of a stopped cluster."""

    def remove(self, kubeconfig: Path, /) -> None:
        """Delete the cluster and whatever a half-finished creation left."""

    def write_kubeconfig(self, kubeconfig: Path) -> None:
        """Write our kubeconfig anew from what the provider knows."""

    def load_image(self, reference: str) -> None:
        """Put a local image on every node. Success isn't believed: `node_image_ids` proves it."""

    def node_image_ids(self, reference: str) -> Mapping[str, str]:
        """Node → ID of the image it has under this name in Docker's terms, or an empty string."""

    def remove_image(self, reference: str) -> None:
        """Take an image off every node that has it."""

    def pull_reference(self, reference: str) -> str:
        """The name under which the nodes find an image that was loaded as `reference`."""
