"""What is measured: the deployed app, how it is reached, and what several criteria share."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from delivery import cluster as clusters
from delivery.cluster import Cluster
from delivery.criteria.app_client import Account, AppClient, own_account
from delivery.criteria.criterion import NotMeasured, Result
from delivery.errors import CheckFailed, DeliveryError
from delivery.labels import INSTANCE_LABEL
from delivery.release.access import way_in
from delivery.release.state import NamespaceState, read_state
from delivery.session import Session
from delivery.settings import Service, Settings

# The two that the plan's criteria are about.
FRONTEND, BACKEND = "frontend", "backend"
Shared = TypeVar("Shared")


@dataclass(frozen=True)
class Options:
    """How to measure: with build caches, with a restart of the nodes."""

    cached: bool = False
    thorough: bool = False


@dataclass
class Subject:
    """The deployed app. `addresses` maps services to their base address here, `folder` takes the pictures.

    `merged` are reports of other platforms, `results` what this run has measured so far.
    """

    session: Session
    cluster: Cluster
    state: NamespaceState
    addresses: Mapping[str, str]
    folder: Path
    options: Options = field(default_factory=Options)
    merged: Sequence[Mapping[str, Any]] = ()
    results: list[Result] = field(default_factory=list)
    _shared: dict[str, Any] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.RLock)

    @property
    def settings(self) -> Settings:
        """The settings of this run."""
        return self.session.settings

    def person(self) -> tuple[AppClient, Account]:
        """The criteria's own account, signed in; one sign-in a run, since the app counts them."""
        name = f"{self.cluster.name}-{self.settings.namespace}"
        return self.once("account", lambda: own_account(self.address(FRONTEND), name))

    def service(self, name: str) -> Service:
        """A service by name. Raises NotMeasured where deploy.yaml has none."""
        if name not in self.settings.services:
            raise NotMeasured(f"deploy.yaml has no service {name}")
        return self.settings.services[name]

    def image(self, name: str) -> str:
        """The image that a service runs now."""
        facts = self.state.rollouts.get(name)
        if facts is None or not facts.image:
            raise NotMeasured(f"{name} is not deployed", "", "./inv deploy.all")
        return facts.image

    def address(self, name: str) -> str:
        """Base address of a service, as this machine reaches it."""
        if name not in self.addresses:
            raise NotMeasured(f"{name} can't be reached from here", "it is not deployed")
        return self.addresses[name]

    def published(self, name: str) -> bool:
        """Whether it is reached by its node port, not by a port-forward."""
        port = self.service(name).node_port
        return bool(port and self.cluster.address(port))

    def kubectl(self, *arguments: str, **options: Any) -> str:
        """What kubectl prints in our namespace."""
        argv = self.cluster.kubectl("--namespace", self.settings.namespace, *arguments)
        return self.session.door.read(argv, **options).stdout

    def objects(self, *arguments: str) -> list[dict[str, Any]]:
        """Objects of our namespace, as `kubectl get` gives them."""
        answer = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return list(answer["items"]) if "items" in answer else [answer]

    def pods(self, name: str) -> list[dict[str, Any]]:
        """The pods of a release that are not ending."""
        found = self.objects("pods", "--selector", f"{INSTANCE_LABEL}={name}")
        return [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]

    def once(self, key: str, make: Callable[[], Shared]) -> Shared:
        """What several criteria share is made once; a failure is told to each of them."""
        with self._lock:
            if key not in self._shared:
                try:
                    self._shared[key] = (make(), None)
                except DeliveryError as error:
                    self._shared[key] = (None, error)
            found, fault = self._shared[key]
        if fault:
            raise fault
        return cast("Shared", found)


@contextlib.contextmanager
def open_subject(session: Session, folder: Path, options: Options) -> Iterator[Subject]:
    """The deployed app, with ways to its pages while the block runs.

    Raises EnvironmentFault without a cluster, CheckFailed where nothing is deployed.
    """
    cluster = clusters.connect(session, may_repair=False)
    state = read_state(session, cluster)
    wanted = {service.name: service for service in session.settings.wanted_services()}
    if not wanted.keys() & state.releases.keys():
        raise CheckFailed(
            f"nothing is deployed in namespace {session.settings.namespace}", "", "./inv deploy.all"
        )
    with contextlib.ExitStack() as ways:
        addresses = {}
        for name, service in wanted.items():
            if service.page and state.answers(name):
                addresses[name] = ways.enter_context(way_in(session, cluster, service))
        yield Subject(session, cluster, state, addresses, folder, options)


def why_not(subject: Subject, needs: tuple[str, ...]) -> str:
    """Why a criterion can't be measured, or an empty string: what it needs does not serve."""
    away = [
        name for name in needs if name not in subject.settings.services or not subject.state.answers(name)
    ]
    return f"{' and '.join(away)} {'does' if len(away) == 1 else 'do'} not serve" if away else ""
