"""What a namespace costs by what it asks for, and what of that is not used. Pure.

Requests are what a node is kept for, so they are what is paid for; on a local cluster the sum is notional.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from delivery.ai.amounts import GIB, cores, memory
from delivery.ai.answer import Finding
from delivery.ai.finding_texts import INFO, Catalogue, Entry
from delivery.ai.reference_rules import unused_claims
from delivery.ai.resource_rules import Sized, sized
from delivery.ai.snapshot import Prices, Snapshot, release_of
from delivery.rollout.pod_facts import pod_requests
from delivery.rollout.quantities import quantity

HOURS_A_MONTH = 730
_MOSTLY_UNUSED = 0.5
_SOURCE = "requests × prices of deploy.yaml (ai.prices)"
TEXTS = Catalogue({
    "COST_UNUSED": Entry(
        INFO, "{share:.0%} of what {name} asks for is not used", "that is {unused} a month for nothing",
        "./inv ai.optimize shows the values to change", _SOURCE,
    ),
    "LOAD_BALANCER": Entry(
        INFO, "{object} has a load balancer of its own", "most providers take {price} a month for one",
        "share one through an Ingress, or set service.type=NodePort in the chart's values",
        "Service spec.type",
    ),
})  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """One release's cost a month, and what of it is not used (None where use was not measured)."""

    name: str
    cpu: float
    memory_bytes: float
    storage_bytes: float
    month: float
    unused: float | None

    def line(self, currency: str) -> str:
        """A row of the table."""
        unused = "not measured" if self.unused is None else f"{self.unused:.2f} {currency} not used"
        return (
            f"{self.name:<14} {cores(self.cpu):>7} CPU {memory(self.memory_bytes):>8} memory"
            f" {memory(self.storage_bytes):>7} storage {self.month:>9.2f} {currency} a month, {unused}"
        )


def costs(snapshot: Snapshot) -> list[Cost]:
    """By release, the dearest first; what has no release label goes under its own name."""
    found = [_cost(snapshot, name) for name in _names(snapshot)]
    return sorted((one for one in found if one.month), key=lambda one: -one.month)


def _names(snapshot: Snapshot) -> list[str]:
    kinds = snapshot.of("Pod", "PersistentVolumeClaim")
    return sorted({release_of(item) or item["metadata"]["name"] for item in kinds})


def _cost(snapshot: Snapshot, name: str) -> Cost:
    prices = snapshot.prices
    pods = [
        pod
        for pod in snapshot.of("Pod")
        if _named(pod, name) and (pod.get("status") or {}).get("phase") in ("Running", "Pending")
    ]
    claims = [item for item in snapshot.of("PersistentVolumeClaim") if _named(item, name)]
    cpu = sum(float(pod_requests(pod["spec"]).get("cpu", 0)) for pod in pods)
    asked = sum(float(pod_requests(pod["spec"]).get("memory", 0)) for pod in pods)
    stored = sum(float(quantity(_storage(item))) for item in claims)
    month = compute(prices, cpu, asked) + stored / GIB * prices.storage_gib_month
    names = {pod["metadata"]["name"] for pod in pods}
    return Cost(
        name, cpu, asked, stored, month, _unused(snapshot, [s for s in sized(snapshot) if s.pod in names])
    )


def _named(item: object, name: str) -> bool:
    assert isinstance(item, dict)
    return (release_of(item) or item["metadata"]["name"]) == name


def _storage(claim: object) -> str:
    assert isinstance(claim, dict)
    return str((claim["spec"].get("resources") or {}).get("requests", {}).get("storage", 0))


def compute(prices: Prices, cpu: float, memory_bytes: float) -> float:
    """A month of so many cores and bytes."""
    return HOURS_A_MONTH * (cpu * prices.cpu_hour + memory_bytes / GIB * prices.memory_gib_hour)


def _unused(snapshot: Snapshot, containers: list[Sized]) -> float | None:
    if not containers or any(one.use is None for one in containers):
        return None
    cpu = sum(max(0.0, one.cpu_request - one.use.cpu) for one in containers if one.use)
    left = sum(max(0.0, one.memory_request - one.use.memory) for one in containers if one.use)
    return compute(snapshot.prices, cpu, left)


def unused(snapshot: Snapshot) -> Iterator[Finding]:
    """Releases that use less than half of what they ask for."""
    currency = snapshot.prices.currency
    for one in costs(snapshot):
        paid = compute(snapshot.prices, one.cpu, one.memory_bytes)
        if one.unused is not None and paid and one.unused / paid >= _MOSTLY_UNUSED:
            label = snapshot.uses.label() if snapshot.uses else ""
            yield TEXTS.found(
                "COST_UNUSED", f"Release/{one.name}", [one.line(currency), label], name=one.name,
                share=one.unused / paid, unused=f"{one.unused:.2f} {currency}",
            )  # fmt: skip


def load_balancers(snapshot: Snapshot) -> Iterator[Finding]:
    """Services that each pay for a load balancer."""
    price = snapshot.prices.load_balancer_hour * HOURS_A_MONTH
    for item in snapshot.of("Service"):
        if item["spec"].get("type") == "LoadBalancer":
            yield TEXTS.found(
                "LOAD_BALANCER", f"Service/{item['metadata']['name']}",
                price=f"{price:.2f} {snapshot.prices.currency}",
            )  # fmt: skip


CHECKS = (unused, load_balancers, unused_claims)
