"""The rules by topic: one snapshot in, findings out, the gravest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum

from delivery.ai import (
    cost_rules,
    node_rules,
    performance_rules,
    reference_rules,
    resource_rules,
    security_rules,
    service_rules,
    workload_rules,
)
from delivery.ai.answer import Finding, ordered
from delivery.ai.finding_texts import Check, run
from delivery.ai.snapshot import Snapshot


class Topic(Enum):
    """What a question is about."""

    HEALTH = "health"
    RESOURCES = "resources"
    PERFORMANCE = "performance"
    SECURITY = "security"
    COST = "cost"


_LIMITS = (resource_rules.against_limits, node_rules.nodes, service_rules.scalers)
# In the order in which they are told: causes before what follows from them.
CHECKS: dict[Topic, tuple[Check, ...]] = {
    Topic.HEALTH: (
        *workload_rules.CHECKS[:-1], *reference_rules.CHECKS, *node_rules.CHECKS, *service_rules.CHECKS,
        workload_rules.progress,
    ),
    Topic.RESOURCES: resource_rules.CHECKS,
    Topic.PERFORMANCE: (
        *_LIMITS, *performance_rules.CHECKS, workload_rules.workload_findings,
    ),
    Topic.SECURITY: security_rules.CHECKS,
    Topic.COST: cost_rules.CHECKS,
}  # fmt: skip


def findings(snapshot: Snapshot, topics: Collection[Topic] = (Topic.HEALTH,)) -> tuple[Finding, ...]:
    """All findings on these topics; one thing is told once, on the object that shows it first."""
    found: list[Finding] = []
    for topic in topics:
        found += run(CHECKS[topic], snapshot)
    return ordered(_once(found))


def _once(found: Iterable[Finding]) -> Iterable[Finding]:
    """A missing Secret is told by each pod that waits for it, and by its template: once is enough."""
    seen = set()
    for one in found:
        told = one.code in reference_rules.TEXTS.entries and (one.code, one.title) in seen
        seen.add((one.code, one.title))
        if not told:
            yield one
