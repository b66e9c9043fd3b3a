"""The verdict over a rollout's facts: pure, without a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from delivery.rollout.container_findings import KILLED_BY_PROBE, last_failure, out_of_memory
from delivery.rollout.findings import Finding, Sight, gone_findings, named, workload_findings
from delivery.rollout.memory import Baseline, Memory, container_key
from delivery.rollout.objects import ContainerFacts, PodFacts, RolloutFacts, WorkloadFacts
from delivery.rollout.pod_findings import pod_findings
from delivery.rollout.policy import DEFAULT_POLICY, Policy, Quorum
from delivery.rollout.table import Place
from delivery.rollout.words import Words, words_for


class RolloutState(Enum):
    """What can be said of a rollout."""

    READY = "ready"
    PROGRESSING = "progressing"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """A state, and for a failure its code, the object at fault and the words of the cluster.

    `settling`: all is there, only the time of steadiness, `steadiness_s`, is not over. `findings` holds all
    that was seen and was new, `words` what a person is told of the one that decided.
    """

    state: RolloutState
    code: str = ""
    object: str = ""
    message: str = ""
    container: str = ""
    pod: str = ""
    settling: bool = False
    steadiness_s: float = 0.0
    words: Words | None = None
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        return f"{self.code} {self.object}: {self.message}" if self.code else self.message

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a report should tell though the rollout did not fail over it."""
        return tuple(f"{one.code} {one.object}: {one.message}" for one in self.findings)


def judge(
    facts: RolloutFacts | None, policy: Policy = DEFAULT_POLICY, memory: Memory | None = None
) -> tuple[Verdict, Memory]:
    """Ready when every workload is complete and steady, failed as soon as one can't become so.

    The memory that comes back is for the next look; the first one may have a baseline.
    """
    memory, facts = memory or Memory(), facts or RolloutFacts()
    found = [(workload, _findings(workload, facts, policy, memory)) for workload in facts.workloads]
    gone = list(gone_findings(facts, policy, memory))
    findings = (*gone, *(one for _, several in found for one in several))
    memory = _remembered(facts, findings, memory)
    failing = [one for one in gone if _overdue(one, facts.at_s, memory)]
    for workload, several in found:
        failing += _failing(workload, [one for one in several if _overdue(one, facts.at_s, memory)], policy)
    if failing:
        return _failed(failing, findings), memory
    return replace(_going(facts, policy, memory), findings=findings), memory


def baseline_of(facts: RolloutFacts | None) -> Baseline:
    """What is there before an apply: ends, events and findings that will not fail the next rollout."""
    if facts is None:
        return Baseline()
    pods = [*facts.pods, *(pod for workload in facts.workloads for pod in workload.failed)]
    policy, memory = DEFAULT_POLICY, Memory()
    findings = [one for w in facts.workloads for one in _findings(w, facts, policy, memory)]
    return Baseline(
        ends={container_key(pod, one): one.ends for pod in pods for one in pod.containers},
        events={event.uid: event.count for pod in pods for event in pod.events},
        marks=frozenset((one.mark or one.identity, one.code) for one in findings if one.grace_s == 0),
        failed=frozenset(pod.uid for workload in facts.workloads for pod in workload.failed),
    )


def stuck_pods(facts: RolloutFacts | None) -> tuple[str, ...]:
    """Names of pods that fail now and may sit in a back-off of minutes: a new apply should start them anew.

    What waits for a node or for its readiness probe is tried again by itself.
    """
    names = []
    for workload in facts.workloads if facts else ():
        findings = _findings(workload, facts or RolloutFacts(), DEFAULT_POLICY, Memory())
        running = {
            (pod.name, one.name) for pod in workload.pods for one in pod.containers if one.state == "running"
        }
        names += [
            one.pod
            for one in findings
            if one.pod and one.grace_s is not None and (one.pod, one.container) not in running
            and one.row.place is not Place.SCHEDULING and one.code not in ("NO_NODE_FITS", "PVC_MISSING")
        ]  # fmt: skip
    return tuple(dict.fromkeys(names))


def _findings(workload: WorkloadFacts, facts: RolloutFacts, policy: Policy, memory: Memory) -> list[Finding]:
    if not (workload.observed and workload.known):
        return []
    found = list(workload_findings(workload, policy, memory))
    for pod in workload.pods:
        found += pod_findings(Sight(facts, workload, pod, policy, memory))
    return [one for one in found if not one.known_before(memory.baseline)]


def _overdue(finding: Finding, at_s: float, memory: Memory) -> bool:
    if finding.grace_s is None:
        return False
    lasted_s = at_s - memory.since[finding.identity, finding.code]
    return max(lasted_s, finding.seen_for_s) >= finding.grace_s


def _failing(workload: WorkloadFacts, overdue: Sequence[Finding], policy: Policy) -> list[Finding]:
    """The overdue findings, unless the policy wants more pods to be beyond hope."""
    of_pods = [one for one in overdue if one.pod]
    whole = [one for one in overdue if not one.pod]
    doomed = {one.pod for one in of_pods}
    enough = policy.quorum is Quorum.ONE or doomed >= {pod.name for pod in workload.pods}
    # A cause says more than the deadline that it made pass.
    return [*(of_pods if enough else ()), *whole]


def _remembered(facts: RolloutFacts, findings: Sequence[Finding], memory: Memory) -> Memory:
    since = {}
    for one in findings:
        key = (one.identity, one.code)
        since[key] = memory.since.get(key, facts.at_s)
    oom = {container_key(pod, one) for pod in facts.pods for one in pod.containers if out_of_memory(one)}
    steady = _steady(facts)
    same = steady is not None and memory.steady_since is not None and steady == memory.steady
    return replace(
        memory,
        since=since,
        oom=memory.oom | oom,
        steady=steady or frozenset(),
        steady_since=None if steady is None else (memory.steady_since if same else facts.at_s),
        seen=memory.seen | {named(workload) for workload in facts.workloads},
    )


def _steady(facts: RolloutFacts) -> frozenset[tuple[str, int]] | None:
    """The new pods with what must not grow: ends, kills, missed liveness probes. None: not all are ready."""
    for workload in facts.workloads:
        if len(workload.pods) < workload.wanted or not all(pod.ready for pod in workload.pods):
            return None
    return frozenset(
        (container_key(pod, one), one.ends + _liveness_trouble(pod, one))
        for pod in facts.pods
        for one in pod.containers
    )


def _liveness_trouble(pod: PodFacts, container: ContainerFacts) -> int:
    return sum(
        event.count
        for event in pod.events
        if event.container == container.name
        and (event.message.startswith("Liveness") or KILLED_BY_PROBE.search(event.message))
    )


def _steadiness_s(facts: RolloutFacts, policy: Policy) -> float:
    needed = (liveness_cycle_s(pod, one) for pod in facts.pods for one in pod.containers)
    return max(policy.stability_s, *needed, 0.0)


def liveness_cycle_s(pod: PodFacts, container: ContainerFacts) -> float:
    """How long a container must be seen well before its liveness probe can't kill it any more.

    0 where a startup or readiness probe asks the same and was answered well. Once the probe was missed in
    this life of the container, the pod's grace is added: a kill may be under way.
    """
    probes, probe = container.probes, container.probes.liveness
    if probe is None:
        return 0.0
    proven = [probes.readiness] if container.ready else []
    proven += [probes.startup] if container.started else []
    missed = last_failure(pod, container, "Liveness")
    if missed and missed.last_at >= container.started_at:
        return probe.period_s * probe.failures + probe.timeout_s + pod.grace_s
    if any(one and one.handler == probe.handler for one in proven):
        return 0.0
    return probe.initial_delay_s + probe.period_s * probe.failures + probe.timeout_s


def _going(facts: RolloutFacts, policy: Policy, memory: Memory) -> Verdict:
    if not facts.workloads:
        return Verdict(RolloutState.PROGRESSING, message="no workload yet")
    for workload in facts.workloads:
        if not workload.complete:
            return Verdict(RolloutState.PROGRESSING, message=_progress(workload))
    counted = ", ".join(f"{one.available} of {one.wanted} available" for one in facts.workloads)
    needed_s = _steadiness_s(facts, policy)
    held_s = facts.at_s - memory.steady_since if memory.steady_since is not None else 0.0
    if memory.steady_since is not None and held_s >= needed_s:
        return Verdict(RolloutState.READY, message=counted)
    words = f"{counted}, steady for {held_s:.0f} of {needed_s:.0f} s"
    return Verdict(RolloutState.PROGRESSING, message=words, settling=True, steadiness_s=needed_s)


def _failed(failing: Sequence[Finding], findings: tuple[Finding, ...]) -> Verdict:
    first = failing[0]
    return Verdict(
        RolloutState.FAILED, first.code, first.object, first.message, first.container, first.pod,
        words=words_for(first.code, _details(first)), findings=findings,
    )  # fmt: skip


def _details(finding: Finding) -> Mapping[str, str]:
    return {
        "object": finding.object, "pod": finding.pod, "container": finding.container,
        "message": finding.message, **finding.details,
    }  # fmt: skip


def _progress(workload: WorkloadFacts) -> str:
    if not workload.observed:
        return "the controller has not seen the change yet"
    if not workload.known:
        return "the controller has made no pods of the new revision yet"
    counted = f"{workload.available} of {workload.wanted} available, {workload.updated} updated"
    old = workload.total - workload.updated
    if old > 0:
        counted += f", {old} old"
    waiting = next((text for pod in workload.pods for text in _waits(pod)), "")
    return f"{counted}; {waiting}" if waiting else counted


def _waits(pod: PodFacts) -> Iterator[str]:
    if pod.unschedulable:
        yield f"pod {pod.name} is unschedulable: {pod.unschedulable}"
    for container in pod.containers:
        if not container.ready and container.state != "terminated":
            yield f"{container.name} {container.reason or 'not ready'} {container.message}".strip()
