"""One look at a rollout without memory: does it serve in full now?"""

from __future__ import annotations

from delivery.rollout.memory import Memory
from delivery.rollout.objects import RolloutFacts
from delivery.rollout.policy import Policy
from delivery.rollout.verdict import RolloutState, Verdict, baseline_of, judge

_NO_WAIT = Policy(stability_s=0.0)


def glance(facts: RolloutFacts | None) -> Verdict:
    """Ready when every replica is available and of the newest revision; old crashes do not count."""
    verdict, _ = judge(facts, _NO_WAIT, Memory(baseline_of(facts)))
    if verdict.settling:
        return Verdict(RolloutState.READY, message=verdict.message.partition(", steady")[0])
    return verdict
