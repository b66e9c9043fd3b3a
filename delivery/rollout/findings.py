"""Findings: what is wrong, or looks so, with a workload and its new pods. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from delivery.rollout.memory import Baseline, Memory
from delivery.rollout.objects import Event, PodFacts, RolloutFacts, WorkloadFacts
from delivery.rollout.policy import Policy
from delivery.rollout.table import BY_CODE, Place, Row, row_for

# Ends for good per replica: a node that shuts down ends each pod once, a third is no accident.
_TOO_MANY_FAILED = 3


@dataclass(frozen=True)
class Finding:
    """One thing seen. `identity` and code tell it from others over time, `mark` over rollouts.

    It may last `grace_s`; None: it heals by itself. `seen_for_s` is how long it has lasted at least by the
    cluster's own times. `counted` ones start from the baseline's counts, so that none of them is old.
    """

    row: Row
    grace_s: float | None
    object: str
    identity: str
    message: str
    pod: str = ""
    container: str = ""
    mark: str = ""
    counted: bool = False
    seen_for_s: float = 0.0
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The stable code."""
        return self.row.code

    def known_before(self, baseline: Baseline) -> bool:
        """Whether it was there before the apply."""
        return not self.counted and (self.mark or self.identity, self.code) in baseline.marks


@dataclass(frozen=True)
class Sight:
    """One pod with all that a judgement on it may use."""

    facts: RolloutFacts
    workload: WorkloadFacts
    pod: PodFacts
    policy: Policy
    memory: Memory

    def new_events(self, *reasons: str) -> list[Event]:
        """Events of these reasons that came since the apply."""
        return [
            one for one in self.pod.events if one.reason in reasons and self.memory.baseline.repeated(one)
        ]

    def finding(self, row: Row, message: str, container: str = "", **details: str) -> Finding:
        """A finding on this pod, or on one of its containers."""
        where = f"pod {self.pod.name}" + (f", container {container}" if container else "")
        return Finding(
            row, self.policy.grace_s(row), where, f"{self.pod.uid or self.pod.name}/{container}",
            message, self.pod.name, container, details=details,
        )  # fmt: skip


def workload_findings(workload: WorkloadFacts, policy: Policy, memory: Memory) -> Iterator[Finding]:
    """What is wrong with a workload as a whole, its refused and ended pods included."""
    if workload.refusal:
        refusal = workload.refusal
        row = row_for(Place.REFUSAL, refusal.reason, refusal.message)
        if row and row.code == "QUOTA_EXCEEDED" and workload.leaving:
            row = BY_CODE["ROOM_SOON"]
        if row:
            yield _finding(row, workload, policy, refusal.message, refusal.stamp)
    if workload.deadline:
        deadline = workload.deadline
        row = row_for(Place.WORKLOAD, deadline.reason, "")
        if row:
            yield _finding(row, workload, policy, deadline.message, f"{workload.uid} {deadline.stamp}")
    if workload.paused and not workload.complete:
        yield _finding(BY_CODE["PAUSED"], workload, policy, "spec.paused is true")
    yield from _failed_pods(workload, policy, memory)


def _failed_pods(workload: WorkloadFacts, policy: Policy, memory: Memory) -> Iterator[Finding]:
    new = [pod for pod in workload.failed if pod.uid not in memory.baseline.failed]
    if new:
        enough = len(new) >= _TOO_MANY_FAILED * max(1, workload.wanted)
        last = new[-1]
        words = f"{len(new)} pods ended for good, the last: {last.reason} {last.message}".strip()
        row = BY_CODE["PODS_KEEP_FAILING" if enough else "POD_REPLACED"]
        yield _finding(row, workload, policy, words, counted=True)


def gone_findings(facts: RolloutFacts, policy: Policy, memory: Memory) -> Iterator[Finding]:
    """Workloads that were there and are no more."""
    row = BY_CODE["WORKLOAD_GONE"]
    there = {named(workload) for workload in facts.workloads}
    for name in sorted(memory.seen - there):
        yield Finding(row, policy.grace_s(row), name, name, "it was deleted while its rollout was watched")


def named(workload: WorkloadFacts) -> str:
    """`Deployment/backend`."""
    return f"{workload.kind}/{workload.name}"


def _finding(
    row: Row, workload: WorkloadFacts, policy: Policy, message: str, mark: str = "", *, counted: bool = False
) -> Finding:
    name = named(workload)
    identity = workload.uid or name
    return Finding(row, policy.grace_s(row), name, identity, message, mark=mark, counted=counted)
