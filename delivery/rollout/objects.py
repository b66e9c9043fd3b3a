"""What the engine knows of workloads, pods and events: typed, immutable, without any JSON.

Stamps are the cluster's own times in seconds since 1970. They are compared with each other only, never with
this machine's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Quantities = Mapping[str, Fraction]


@dataclass(frozen=True)
class Event:
    """An event; `count` grows with each repetition, `container` is empty where it is about the whole pod."""

    uid: str
    reason: str
    message: str
    count: int = 1
    container: str = ""
    last_at: float = 0.0


@dataclass(frozen=True)
class Probe:
    """A probe's own numbers; `handler` is what it asks, for telling whether two probes ask the same."""

    handler: str
    initial_delay_s: float = 0.0
    period_s: float = 10.0
    timeout_s: float = 1.0
    failures: int = 3
    successes: int = 1


@dataclass(frozen=True)
class Probes:
    """The probes of a container."""

    startup: Probe | None = None
    liveness: Probe | None = None
    readiness: Probe | None = None


@dataclass(frozen=True)
class Termination:
    """How a container ended."""

    exit_code: int
    reason: str = ""
    message: str = ""
    finished_at: float = 0.0


@dataclass(frozen=True)
class Reference:
    """A Secret or ConfigMap that a pod can't start without; `key` is empty where the whole object is meant.

    It is for the environment of `container`, or else for `volume`.
    """

    kind: str
    name: str
    key: str = ""
    container: str = ""
    volume: str = ""


@dataclass(frozen=True)
class ContainerFacts:
    """A container of a pod; `state` is waiting, running or terminated, `ended` the present or last end.

    `keeps_running` is false for an init container that is to end well.
    """

    name: str
    init: bool = False
    keeps_running: bool = True
    image: str = ""
    image_id: str = ""
    ready: bool = False
    started: bool = False
    restarts: int = 0
    state: str = "waiting"
    reason: str = ""
    message: str = ""
    started_at: float = 0.0
    ended: Termination | None = None
    earlier: Termination | None = None
    probes: Probes = field(default_factory=Probes)
    memory_limit: str = ""

    @property
    def exit_code(self) -> int | None:
        """Exit code of the present or last end."""
        return self.ended.exit_code if self.ended else None

    @property
    def ends(self) -> int:
        """Bad ends so far. Also an exit with code 0 is one, where the container is to run for ever.

        `restarts` counts the starts after the first; what does not run now has ended once more.
        """
        if self.ended and not self.keeps_running and self.ended.exit_code == 0:
            return self.restarts
        return self.restarts + int(self.state != "running" and self.ended is not None)


@dataclass(frozen=True)
class Toleration:
    """A taint that a pod puts up with; empty `key` means every one."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


@dataclass(frozen=True)
class Requirement:
    """One condition on a node's labels (or its name, where `field_name` is true)."""

    key: str
    operator: str
    values: tuple[str, ...] = ()
    field_name: bool = False


@dataclass(frozen=True)
class Placement:
    """What a pod wants of a node: room, labels; one of the `affinity` terms must hold where there are any."""

    requests: Quantities = field(default_factory=dict)
    selector: Mapping[str, str] = field(default_factory=dict)
    affinity: tuple[tuple[Requirement, ...], ...] = ()
    tolerations: tuple[Toleration, ...] = ()


@dataclass(frozen=True)
class PodFacts:
    """A pod of the newest revision; `unschedulable` holds the scheduler's words where it found no node.

    `ready_changed_at` is when `ready` became what it is; `sandbox` tells that its volumes are mounted.
    """

    name: str
    uid: str = ""
    ready: bool = False
    ready_changed_at: float = 0.0
    containers: tuple[ContainerFacts, ...] = ()
    unschedulable: str = ""
    node: str = ""
    phase: str = "Pending"
    reason: str = ""
    message: str = ""
    sandbox: bool = False
    never_restarts: bool = False
    grace_s: float = 30.0
    placement: Placement = field(default_factory=Placement)
    references: tuple[Reference, ...] = ()
    claims: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A condition that speaks of trouble; `stamp` tells one occurrence from the next."""

    reason: str
    message: str
    stamp: str = ""


@dataclass(frozen=True)
class WorkloadFacts:
    """Where the rollout of one Deployment or StatefulSet stands.

    `pods` are those of the newest revision that live; `failed` are its pods that ended for good, `leaving`
    counts pods of any revision that are told to stop. `known` is false while the controller has made no
    newest revision yet. `generation` grows with each change of the spec.
    """

    kind: str
    name: str
    uid: str = ""
    namespace: str = ""
    image: str = ""
    generation: int = 0
    observed: bool = True
    known: bool = True
    paused: bool = False
    wanted: int = 1
    updated: int = 0
    total: int = 0
    available: int = 0
    pods: tuple[PodFacts, ...] = ()
    failed: tuple[PodFacts, ...] = ()
    leaving: int = 0
    refusal: Condition | None = None
    deadline: Condition | None = None

    @property
    def complete(self) -> bool:
        """Every replica is of the newest revision and available, and none of another is left."""
        if not (self.observed and self.known):
            return False
        return self.updated == self.total == self.available == self.wanted


@dataclass(frozen=True)
class Taint:
    """A taint of a node."""

    key: str
    value: str = ""
    effect: str = ""


@dataclass(frozen=True)
class Node:
    """A node as the scheduler sees it."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    allocatable: Quantities = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    cordoned: bool = False


@dataclass(frozen=True)
class Answers:
    """What the cluster said when it was asked; what is not in here was not asked, or not answered.

    `secrets` and `config_maps` map a name to its keys, or to None where there is no such object; `claims`
    maps each volume claim of the namespace to its phase; `images` maps a reference to node → is it there.
    """

    secrets: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    config_maps: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    claims: Mapping[str, str] | None = None
    nodes: tuple[Node, ...] | None = None
    images: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class RolloutFacts:
    """All workloads of a release as they are now; `at_s` is this machine's monotonic clock, for graces."""

    workloads: tuple[WorkloadFacts, ...] = ()
    at_s: float = 0.0
    answers: Answers = field(default_factory=Answers)

    @property
    def image(self) -> str:
        """Image of the first workload's first container."""
        return self.workloads[0].image if self.workloads else ""

    @property
    def pods(self) -> tuple[PodFacts, ...]:
        """The living pods of the newest revisions."""
        return tuple(pod for workload in self.workloads for pod in workload.pods)
