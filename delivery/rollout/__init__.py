"""Rollouts: facts from the cluster, the verdict over them, the watch, the probe through the Service."""

from delivery.rollout.container_logs import last_lines
from delivery.rollout.evidence import save_evidence
from delivery.rollout.facts import parse_facts
from delivery.rollout.glance import glance
from delivery.rollout.objects import ContainerFacts, PodFacts, RolloutFacts, WorkloadFacts
from delivery.rollout.policy import Policy, Quorum, policy_from
from delivery.rollout.probe import probe
from delivery.rollout.verdict import RolloutState, Verdict
from delivery.rollout.watch import (
    Clock,
    Outcome,
    Watched,
    await_verdict,
    before_apply,
    failure,
    nothing_applied,
    watch_beside,
)

__all__ = [
    "Clock",
    "ContainerFacts",
    "Outcome",
    "PodFacts",
    "Policy",
    "Quorum",
    "RolloutFacts",
    "RolloutState",
    "Verdict",
    "Watched",
    "WorkloadFacts",
    "await_verdict",
    "before_apply",
    "failure",
    "glance",
    "last_lines",
    "nothing_applied",
    "parse_facts",
    "policy_from",
    "probe",
    "save_evidence",
    "watch_beside",
]
