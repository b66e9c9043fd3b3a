"""The typed settings: what is deployed, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery.settings.budgets import Budgets


@dataclass(frozen=True)
class Minikube:
    """What `minikube start` is asked for, beyond CPUs and memory."""

    driver: str = ""
    runtime: str = ""
    start_arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClusterSettings:
    """Which cluster, and how large it may be."""

    provider: str = "auto"
    name: str = "todo"
    context: str = ""
    kubeconfig: Path | None = None
    registry: str = ""
    cpus: int = 4
    memory_mb: int = 8192
    minikube: Minikube = field(default_factory=Minikube)


@dataclass(frozen=True)
class Service:
    """One release: an image, a chart, its Secret and its configuration.

    `secret` maps keys of the Secret to variables of the env; `env` goes to the ConfigMap; `unless` names a
    variable whose presence replaces the whole service; `stands_in` are values of variables while it is there;
    `after` names services that must serve before this; `public_url` names the variable with its address.
    `rollout` says how patient the verdict on its rollouts is, in the words of deploy.yaml.
    `image_of` names the service whose image it runs: `dockerfile`, `context`, `image` and what else decides
    the image are that one's.
    """

    name: str
    chart: Path
    dockerfile: Path
    context: Path
    image: str
    port: int
    node_port: int | None = None
    health_path: str = ""
    page: str = ""
    bases: Mapping[str, str] = field(default_factory=dict)
    build_args: Mapping[str, str] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    unless: str = ""
    embedded: str = ""
    image_of: str = ""
    stands_in: Mapping[str, str] = field(default_factory=dict)
    public_url: str = ""
    rollout: Mapping[str, Any] = field(default_factory=dict)

    @property
    def image_owner(self) -> str:
        """Name of the service that the image is built for."""
        return self.image_of or self.name


@dataclass(frozen=True)
class Timeouts:
    """How long each phase may take, in seconds."""

    build_s: float = 1200.0
    load_s: float = 300.0
    rollout_s: float = 60.0
    cluster_s: float = 600.0


@dataclass(frozen=True)
class Settings:
    """Everything a run needs to know. `env` holds the app's variables, secrets among them.

    `rollback` says whether a failed deploy goes back to what was verified. `ai` is as deploy.yaml has it.
    """

    namespace: str
    cluster: ClusterSettings
    services: Mapping[str, Service]
    timeouts: Timeouts
    tag_prefix: str
    keep_images: int
    env: Mapping[str, str]
    generated: tuple[str, ...] = ()
    rollback: bool = True
    ai: Mapping[str, Any] = field(default_factory=dict)
    budgets: Budgets = field(default_factory=Budgets)

    def wanted_services(self) -> tuple[Service, ...]:
        """The services that are deployed with this env, in the order of their dependencies."""
        wanted = {name: s for name, s in self.services.items() if not (s.unless and self.env.get(s.unless))}
        ordered: list[Service] = []
        while len(ordered) < len(wanted):
            done = {service.name for service in ordered}
            ordered += [
                service
                for name, service in wanted.items()
                if name not in done and all(other in done for other in service.after if other in wanted)
            ]
        return tuple(ordered)
