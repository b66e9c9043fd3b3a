"""What is known of a namespace at one moment: raw objects by kind, typed rollout facts, use, logs. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.labels import INSTANCE_LABEL
from delivery.release.helm import Release
from delivery.release.record import Record
from delivery.rollout.objects import RolloutFacts
from delivery.rollout.quantities import stamp

Item = Mapping[str, Any]
_TEMPLATED = ("Deployment", "StatefulSet", "DaemonSet", "Job")
ContainerKey = tuple[str, str]


@dataclass(frozen=True)
class Use:
    """What one container used: a sample per look. CPU in cores, memory (working set) in bytes."""

    cpu_cores: tuple[float, ...] = ()
    memory_bytes: tuple[float, ...] = ()

    @property
    def cpu(self) -> float:
        """The 95th percentile of the samples, which is their largest while there are few."""
        return _high(self.cpu_cores)

    @property
    def memory(self) -> float:
        """The 95th percentile of the samples."""
        return _high(self.memory_bytes)

    def joined(self, other: Use) -> Use:
        """Both rows of samples as one."""
        return Use(self.cpu_cores + other.cpu_cores, self.memory_bytes + other.memory_bytes)


@dataclass(frozen=True)
class Throttling:
    """Of how many periods of the CPU quota a container was held back in how many."""

    periods: int
    throttled: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.throttled / self.periods if self.periods else 0.0


@dataclass(frozen=True)
class Uses:
    """Use by (pod, container); `source` says who measured, `over_s` how long the samples span."""

    by_container: Mapping[ContainerKey, Use] = field(default_factory=dict)
    source: str = ""
    over_s: float = 0.0
    throttling: Mapping[ContainerKey, Throttling] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """How many looks there were."""
        return max((len(one.cpu_cores) for one in self.by_container.values()), default=0)

    def label(self) -> str:
        """Who measured what, for evidence."""
        count = self.samples
        if count <= 1:
            return f"one sample of {self.source}"
        return f"95th percentile of {count} samples over {self.over_s:.0f} s of {self.source}"


@dataclass(frozen=True)
class Prices:
    """What is paid for what is asked for, per hour or month; a local cluster's cost is notional."""

    cpu_hour: float = 0.0316
    memory_gib_hour: float = 0.0042
    storage_gib_month: float = 0.10
    load_balancer_hour: float = 0.025
    currency: str = "USD"


@dataclass(frozen=True)
class Address:
    """Where a node port is reached from here; `trouble` is what was wrong with its answer, empty: nothing."""

    url: str
    trouble: str = ""


@dataclass(frozen=True)
class Snapshot:
    """One look at a namespace, or at charts that were rendered and not applied (`rendered`).

    None means that it could not be seen; `unseen` says in words what could not, and why. `secrets` holds the
    keys of each Secret, never its values. `labels` are the namespace's own. `now` is the cluster's time in
    seconds since 1970. `addresses` are node ports. `services` names the services of deploy.yaml.
    `listed` names the resources that were listed: what is not in it may be there all the same.
    """

    namespace: str = ""
    items: tuple[Item, ...] = ()
    facts: RolloutFacts = field(default_factory=RolloutFacts)
    secrets: Mapping[str, frozenset[str]] | None = None
    nodes: tuple[Item, ...] | None = None
    labels: Mapping[str, str] | None = None
    uses: Uses | None = None
    releases: Mapping[str, Release] | None = None
    records: Mapping[str, Record] = field(default_factory=dict)
    logs: Mapping[ContainerKey, str] = field(default_factory=dict)
    addresses: Mapping[int, Address] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    prices: Prices = field(default_factory=Prices)
    now: float = 0.0
    rendered: bool = False
    listed: frozenset[str] = frozenset()
    unseen: tuple[str, ...] = ()

    def of(self, *kinds: str) -> list[Item]:
        """The objects of these kinds."""
        return [one for one in self.items if one["kind"] in kinds]

    def sees(self, *resources: str) -> bool:
        """Whether all of these were listed, so that an object that isn't here is not there."""
        return self.listed >= set(resources)

    def has(self, kind: str, name: str) -> bool:
        """Whether there is an object of that kind and name."""
        return any(one["kind"] == kind and one["metadata"]["name"] == name for one in self.items)

    def names(self) -> dict[str, frozenset[str]]:
        """Kind → names of what exists, for checking what somebody claims."""
        found: dict[str, set[str]] = {}
        for one in (*self.items, *(self.nodes or ())):
            if one["kind"] != "Event":
                found.setdefault(one["kind"], set()).add(one["metadata"]["name"])
        found["Secret"] = set(self.secrets or ())
        return {kind: frozenset(names) for kind, names in found.items()}


@dataclass(frozen=True)
class Template:
    """What makes pods: the object, the release it belongs to, the spec of its pods, how many it wants."""

    kind: str
    name: str
    release: str
    spec: Item
    labels: Mapping[str, str]
    replicas: int

    @property
    def object(self) -> str:
        """`Deployment/backend`."""
        return f"{self.kind}/{self.name}"

    def containers(self, *, init: bool = True) -> Iterator[Item]:
        """The containers' specs, those that run for ever first."""
        yield from self.spec.get("containers") or ()
        if init:
            yield from self.spec.get("initContainers") or ()


def templates(snapshot: Snapshot) -> list[Template]:
    """Every workload of the namespace, and the pods that nobody owns."""
    found = []
    for item in snapshot.items:
        if item["kind"] in _TEMPLATED:
            found.append(_template(item, item["spec"]["template"]))
        elif item["kind"] == "CronJob":
            found.append(_template(item, item["spec"]["jobTemplate"]["spec"]["template"]))
        elif item["kind"] == "Pod" and not item["metadata"].get("ownerReferences"):
            found.append(_template(item, item))
    return found


def _template(item: Item, made: Item) -> Template:
    return Template(
        item["kind"], item["metadata"]["name"], release_of(item), made.get("spec") or {},
        made.get("metadata", {}).get("labels") or {}, int((item.get("spec") or {}).get("replicas", 1)),
    )  # fmt: skip


def release_of(item: Item) -> str:
    """The release that an object belongs to, or an empty string."""
    return str((item["metadata"].get("labels") or {}).get(INSTANCE_LABEL, ""))


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether a selector of labels alone takes an object with these."""
    return bool(selector) and selector.items() <= labels.items()


def latest(items: Collection[Item]) -> float:
    """The newest of the cluster's own times among objects: the moment they were listed, near enough."""
    return max((stamp(text) for item in items for text in _stamps(item)), default=0.0)


def _stamps(item: Item) -> Iterator[str]:
    yield item["metadata"].get("creationTimestamp") or ""
    yield item.get("lastTimestamp") or item.get("eventTime") or ""
    for one in item.get("status", {}).get("conditions") or () if isinstance(item.get("status"), dict) else ():
        yield one.get("lastTransitionTime") or ""


def _high(samples: Sequence[float]) -> float:
    if len(samples) < 20:
        return max(samples, default=0.0)
    return statistics.quantiles(samples, n=20)[-1]
