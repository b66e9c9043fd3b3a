"""Provider kind: nodes are containers of the local Docker Engine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from delivery import tools
from delivery.cluster import containerd, kind_config, ports
from delivery.cluster.engine_images import EngineImages
from delivery.cluster.ownership import write_private
from delivery.cluster.programs import search_path
from delivery.cluster.provider import Seen
from delivery.command import Result
from delivery.console import Step
from delivery.errors import EnvironmentFault
from delivery.parallel import run_all
from delivery.session import Session

# The image that kind 0.33.0's release notes name for Kubernetes 1.34. Newer ones refuse cgroup v1.
OFFICIAL_IMAGE = (
    "kindest/node:v1.34.11@sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d"
)
_PULL_S, _EXPECTED_PULL_S = 900.0, 60.0
_PORT_TAKEN = ("port is already allocated", "address already in use")
_ATTEMPTS = 3


@dataclass(frozen=True)
class KindNode:
    """What nodes are made from; `config` is what this image needs in kind's configuration."""

    reference: str
    config: Mapping[str, Any] = field(default_factory=dict)


class KindProvider:
    """One kind cluster."""

    name = "kind"

    def __init__(self, session: Session, cluster: str) -> None:
        self._session, self._cluster = session, cluster
        self._images = EngineImages(session)
        self._image: KindNode | None = None

    @property
    def context(self) -> str:
        """kind's rule."""
        return f"kind-{self._cluster}"

    def foreign_kubeconfig(self) -> Path | None:
        """None: our clusters have kubeconfigs of their own."""
        return None

    def look(self) -> Seen:
        """What Docker says about the containers that kind labelled with this name."""
        return kind_config.seen(self._containers(f"{kind_config.CLUSTER_LABEL}={self._cluster}"))

    def prepare(self) -> None:
        """Install kind and kubectl where they are missing; pull or build the node image."""
        for name in ("kind", "kubectl"):
            tools.path(self._session, name)
        self._image = self._node_image()

    def create(self, kubeconfig: Path, step: Step) -> None:
        """Create the cluster; a host port that somebody takes meanwhile is replaced by another one."""
        image = self._image or self._node_image()
        for attempt in range(_ATTEMPTS):
            result = self._create_once(image, kubeconfig, step)
            if result.ok:
                return
            if not any(text in result.stderr for text in _PORT_TAKEN) or attempt == _ATTEMPTS - 1:
                raise creation_failure(self._cluster, result)

    def start(self, kubeconfig: Path, step: Step) -> None:
        """Start the node containers; Docker binds their ports as before."""
        nodes = self.look().nodes
        step.note(", ".join(nodes))
        result = self._session.door.mutate([self._docker, "start", *nodes], timeout_s=120, accept=None)
        if not result.ok:
            raise EnvironmentFault(
                f"the nodes of cluster {self._cluster} don't start", result.last_lines(),
                "free what the message names, or make the cluster anew: "
                "`./inv cluster.down`, then `./inv cluster.up`",
            )  # fmt: skip
        self.write_kubeconfig(kubeconfig)

    def remove(self, kubeconfig: Path) -> None:
        """Delete the node containers with their volumes, whole or half made."""
        argv = [self._kind, "delete", "cluster", "--name", self._cluster, "--kubeconfig", str(kubeconfig)]
        self._session.door.mutate(argv, timeout_s=120, env=self._environment())

    def write_kubeconfig(self, kubeconfig: Path) -> None:
        """Read the admin credentials from the node."""
        argv = [self._kind, "get", "kubeconfig", "--name", self._cluster]
        answer = self._session.door.read(argv, env=self._environment(), accept=None)
        if answer.ok and not self._session.dry_run:
            write_private(kubeconfig, answer.stdout)

    def load_image(self, reference: str) -> None:
        """Docker saves the image once, every node's containerd imports it."""
        argv = [self._kind, "load", "docker-image", reference, "--name", self._cluster]
        # kind leaves its copy of the image behind when it is killed.
        with tempfile.TemporaryDirectory(prefix="todo-load-") as folder:
            environment = {**self._environment(), "TMPDIR": folder}
            self._session.door.mutate(argv, timeout_s=self._session.settings.timeouts.load_s, env=environment)

    def node_image_ids(self, reference: str) -> Mapping[str, str]:
        """Read from each node's containerd, which is where the kubelet will look."""
        nodes = self.look().nodes
        return run_all(self._session.door, {node: partial(self._image_id, node, reference) for node in nodes})

    def remove_image(self, reference: str) -> None:
        """Remove the image's names in each node's containerd; its content goes with the last of them."""
        for node in self.look().nodes:
            names = containerd.names_to_remove(self._rows(node), reference)
            if names:
                self._session.door.mutate(
                    [self._docker, "exec", node, *containerd.CTR, "images", "rm", *names], accept=None
                )

    def pull_reference(self, reference: str) -> str:
        """Images are in the node under the name they have here."""
        return reference

    @property
    def _docker(self) -> str:
        return tools.path(self._session, "docker")

    @property
    def _kind(self) -> str:
        return tools.path(self._session, "kind")

    def _environment(self) -> dict[str, str]:
        # kind runs `docker` by name, and would take podman where that is what it finds first.
        return {"KIND_EXPERIMENTAL_PROVIDER": "docker", **search_path(self._docker)}

    def _containers(self, label: str) -> list[dict[str, Any]]:
        listing = [self._docker, "ps", "--all", "--no-trunc", "--quiet", "--filter", f"label={label}"]
        found = self._session.door.read(listing).stdout.split()
        if not found:
            return []
        # A container that goes away between the two questions is left out of the answer.
        answer = self._session.door.read(
            [self._docker, "inspect", "--type", "container", *found], accept=(0, 1)
        )
        containers: list[dict[str, Any]] = json.loads(answer.stdout or "[]")
        return containers

    def _create_once(self, image: KindNode, kubeconfig: Path, step: Step) -> Result:
        chosen = self._choose_ports()
        config = kind_config.as_yaml(kind_config.kind_config(chosen, image.config))
        if self._session.dry_run:
            self._session.console.line(f"with this configuration on its stdin:\n{config.rstrip()}")
        argv = [
            self._kind, "create", "cluster", "--name", self._cluster, "--image", image.reference,
            "--kubeconfig", str(kubeconfig), "--config", "-",
        ]  # fmt: skip
        return self._session.door.mutate(
            argv, timeout_s=self._session.settings.timeouts.cluster_s, stdin=config, env=self._environment(),
            accept=None, on_line=lambda line: step.note(progress(line) or step.now),
        )  # fmt: skip

    def _choose_ports(self) -> dict[int, int]:
        wanted = [s.node_port for s in self._session.settings.wanted_services() if s.node_port]
        others = self._containers(kind_config.CLUSTER_LABEL)
        chosen = ports.choose_ports(wanted, kind_config.reserved_ports(others))
        if ports.moved(chosen):
            self._session.console.note(f"  port {ports.moved(chosen)}")
        return chosen

    def _node_image(self) -> KindNode:
        if self._has_or_pulls_official():
            return KindNode(OFFICIAL_IMAGE)
        from delivery import packages

        made = packages.ensure_node_image(self._session)
        return KindNode(made.reference, made.kind_config)

    def _has_or_pulls_official(self) -> bool:
        door = self._session.door
        if door.read([self._docker, "image", "inspect", OFFICIAL_IMAGE], accept=(0, 1)).ok:
            return True
        if self._session.dry_run:
            return door.mutate([self._docker, "pull", OFFICIAL_IMAGE]).ok
        name = OFFICIAL_IMAGE.partition("@")[0]
        with self._session.console.step(f"Pull {name}", _EXPECTED_PULL_S) as step:
            pulled = door.mutate([self._docker, "pull", OFFICIAL_IMAGE], timeout_s=_PULL_S, accept=None)
            if not pulled.ok:
                step.detail = "does not answer; a node image built from packages stands in"
        return pulled.ok

    def _rows(self, node: str) -> tuple[containerd.Row, ...]:
        return containerd.rows(self._session.door.read([self._docker, "exec", node, *containerd.LIST]).stdout)

    def _image_id(self, node: str, reference: str) -> str:
        def read_content(digest: str) -> str:
            argv = [self._docker, "exec", node, *containerd.content_argv(digest)]
            return self._session.door.read(argv).stdout

        architecture = self._images.architecture()
        found = containerd.image_named(self._rows(node), reference, read_content, architecture)
        return self._images.as_engine_id(reference, found)


def progress(line: str) -> str:
    """What kind is at, from a line such as ` • Starting control-plane 🕹️  ...`; else an empty string."""
    text = line.strip()
    if not text.startswith("•"):
        return ""
    return "".join(char for char in text.strip("• .") if char.isascii()).strip()


def creation_failure(cluster: str, result: Result) -> EnvironmentFault:
    """The reason that kind gives, without its stack trace."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("ERROR")]
    output = _command_output(lines)
    return EnvironmentFault(
        f"cluster {cluster} could not be made", "\n".join([*said, *output]) or result.last_lines(),
        "`./inv cluster.up` tries again from the start",
    )  # fmt: skip


def _command_output(lines: Sequence[str]) -> list[str]:
    start = next((n for n, line in enumerate(lines) if line.startswith("Command Output:")), None)
    if start is None:
        return []
    body = lines[start:]
    end = next((n for n, line in enumerate(body) if line.startswith("Stack Trace")), len(body))
    return [line[:200] for line in body[:end]][-10:]
