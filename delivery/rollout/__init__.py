"""Rollouts: facts from the cluster, the verdict over them, the watch, the probe through the Service."""

from delivery.rollout.facts import ContainerFacts, PodFacts, RolloutFacts, read_facts
from delivery.rollout.probe import probe
from delivery.rollout.verdict import RolloutState, Verdict, judge
from delivery.rollout.watch import watch_rollout

__all__ = [
    "ContainerFacts",
    "PodFacts",
    "RolloutFacts",
    "RolloutState",
    "Verdict",
    "judge",
    "probe",
    "read_facts",
    "watch_rollout",
]
