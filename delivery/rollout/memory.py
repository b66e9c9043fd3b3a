"""What a watch remembers from look to look, and what was there before the apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from delivery.rollout.objects import ContainerFacts, Event, PodFacts


@dataclass(frozen=True)
class Baseline:
    """What was seen before the apply; it never fails the new rollout.

    `ends` counts the bad ends of each container, `events` the repetitions of each event by uid, `marks` names
    findings that were there already, `failed` are uids of pods that had ended for good.
    """

    ends: Mapping[str, int] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    marks: frozenset[tuple[str, str]] = frozenset()
    failed: frozenset[str] = frozenset()

    def repeated(self, event: Event) -> int:
        """How often an event came since."""
        return max(0, event.count - self.events.get(event.uid, 0))


@dataclass(frozen=True)
class Memory:
    """Clocks are monotonic seconds of this machine.

    `since` says when each finding, by identity and code, was first seen without a gap. `steady_since` is when
    the pods and their counts became what `steady` says. `oom` names containers that were seen out of memory,
    `seen` the workloads that were there.
    """

    baseline: Baseline = field(default_factory=Baseline)
    since: Mapping[tuple[str, str], float] = field(default_factory=dict)
    steady: frozenset[tuple[str, int]] = frozenset()
    steady_since: float | None = None
    oom: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()

    def blind_for(self, blind_s: float) -> Memory:
        """The same after a time in which nothing could be seen: it counts for no grace and no steadiness."""
        steady = None if self.steady_since is None else self.steady_since + blind_s
        moved = {key: at_s + blind_s for key, at_s in self.since.items()}
        return replace(self, since=moved, steady_since=steady)


def container_key(pod: PodFacts, container: ContainerFacts) -> str:
    """One container of one pod, for as long as the pod lives."""
    return f"{pod.uid or pod.name}/{container.name}"
