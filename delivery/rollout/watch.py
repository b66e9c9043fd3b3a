"""Watches a rollout until there is a verdict: lists, asks what a finding needs, judges, about once a second.

Every look is a list of its own, so that nothing can be lost between two of them, and an API server that is
away for a while costs that while only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from delivery.cluster import Cluster
from delivery.console import Step
from delivery.errors import CommandFailed, DeployFailed, EnvironmentFault, TimedOut
from delivery.rollout.answers import ask
from delivery.rollout.container_logs import last_lines
from delivery.rollout.facts import KINDS, parse_facts
from delivery.rollout.memory import Baseline, Memory
from delivery.rollout.objects import RolloutFacts
from delivery.rollout.policy import DEFAULT_POLICY, Policy
from delivery.rollout.questions import questions
from delivery.rollout.verdict import RolloutState, Verdict, baseline_of, judge, stuck_pods
from delivery.rollout.words import words_for
from delivery.session import Session

_EVERY_S = 1.0
_LIST_TIMEOUT_S = 15.0
# Helm needs a second or two, unless a hook or an admission webhook holds it up.
_USUAL_APPLY_S = 5.0
# An API server that restarts is back within half of this.
_BLIND_S = 60.0


class Clock(Protocol):
    """A monotonic clock that can be slept by; `time` is one."""

    def monotonic(self) -> float:
        """Seconds."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


@dataclass(frozen=True)
class Watched:
    """Whose rollout is watched, how patiently, and what was there before the apply.

    `generations` are those of its workloads then, by uid; None where nobody could look.
    """

    release: str
    policy: Policy = DEFAULT_POLICY
    baseline: Baseline | None = None
    stuck: tuple[str, ...] = ()
    generations: frozenset[tuple[str, int]] | None = None


@dataclass(frozen=True)
class Outcome:
    """The verdict, never `progressing`, with the facts it fell over."""

    verdict: Verdict
    facts: RolloutFacts = field(default_factory=RolloutFacts)
    took_s: float = 0.0


def before_apply(
    session: Session, cluster: Cluster, release: str, policy: Policy = DEFAULT_POLICY
) -> Watched:
    """Look before helm is called: old crashes and events will not fail the new rollout."""
    try:
        facts = list_facts(session, cluster, release, time.monotonic())
    except (CommandFailed, TimedOut):
        return Watched(release, policy)
    return Watched(release, policy, baseline_of(facts), stuck_pods(facts), _generations(facts))


def await_verdict(
    session: Session, cluster: Cluster, watched: Watched, step: Step, clock: Clock = time
) -> Outcome:
    """Look until the rollout is ready, has failed, or `timeouts.rolloutS` are over (code TIMED_OUT).

    Raises EnvironmentFault where the API server stays away.
    """
    return _Watch(session, cluster, watched, step, clock).run()


def watch_beside(
    session: Session, cluster: Cluster, watched: Watched, step: Step, clock: Clock = time
) -> Callable[[], Outcome | None]:
    """A look to be had again and again while helm still applies: an outcome once what it changed has failed.

    A call of helm that takes no longer than usual is left alone. Raises what the clock raises.
    """
    watch = _Watch(session, cluster, watched, step, clock)
    begins_at = clock.monotonic() + _USUAL_APPLY_S

    def look() -> Outcome | None:
        clock.sleep(0)
        return watch.failed_so_far() if clock.monotonic() >= begins_at else None

    return look


def nothing_applied(watched: Watched) -> Watched:
    """The same for a look that follows no apply: what is wrong by now is this rollout's own.

    What ended by now is not counted again.
    """
    counts = replace(watched.baseline or Baseline(), marks=frozenset())
    return replace(watched, baseline=counts)


def failure(session: Session, cluster: Cluster, release: str, outcome: Outcome) -> DeployFailed:
    """The error of a failed verdict: code, words, and the last lines of the container at fault."""
    verdict = outcome.verdict
    words = verdict.words or words_for(verdict.code, {"object": verdict.object, "message": verdict.message})
    logs = last_lines(session, cluster, verdict.pod, verdict.container) if verdict.pod else ""
    return DeployFailed(
        f"{release} did not come up: {verdict.code}: {words.what}",
        f"{verdict.object}: {words.why}" + (f"\n{logs}" if logs else ""),
        words.next,
    )


def list_facts(session: Session, cluster: Cluster, release: str, at_s: float) -> RolloutFacts:
    """One list of the namespace, events included; the facts of the release in it."""
    argv = cluster.kubectl(
        "get", f"{KINDS},events", "--namespace", session.settings.namespace, "-o", "json",
        f"--request-timeout={_LIST_TIMEOUT_S - 3:.0f}s",
    )  # fmt: skip
    answer = session.door.read(argv, timeout_s=_LIST_TIMEOUT_S)
    try:
        items = json.loads(answer.stdout)["items"]
    except (ValueError, KeyError) as broken:
        raise CommandFailed("the API server's answer broke off", str(broken)) from broken
    return parse_facts(items, release=release, at_s=at_s) or RolloutFacts(at_s=at_s)


class _Watch:
    """One watch: its memory, its deadline, the time it could not see."""

    def __init__(
        self, session: Session, cluster: Cluster, watched: Watched, step: Step, clock: Clock
    ) -> None:  # fmt: skip
        self._session, self._cluster, self._watched = session, cluster, watched
        self._step, self._clock = step, clock
        self._began = self._seen_at = clock.monotonic()
        self._until = self._began + session.settings.timeouts.rollout_s
        self._memory = Memory(watched.baseline or Baseline())
        self._blind = False
        self._stuck = watched.stuck

    def run(self) -> Outcome:
        """Look until there is a verdict."""
        while True:
            looked_at = self._clock.monotonic()
            facts = self._look(looked_at)
            if facts is not None:
                verdict = self._in_time(self._judge(facts), facts)
                if verdict.state is not RolloutState.PROGRESSING:
                    return Outcome(verdict, facts, self._clock.monotonic() - self._began)
                self._restart_stuck(facts)
            self._clock.sleep(max(0.1, looked_at + _EVERY_S - self._clock.monotonic()))

    def failed_so_far(self) -> Outcome | None:
        """One look while the apply goes on: nothing is ready then, but what was changed may have failed.

        It is never late: a hook before the change takes time that is not the rollout's.
        """
        before = self._watched.generations
        facts = None if before is None else self._look(self._clock.monotonic())
        if facts is None or before is None or _generations(facts) <= before:
            return None
        verdict = self._judge(facts)
        if verdict.state is not RolloutState.FAILED:
            return None
        return Outcome(verdict, facts, self._clock.monotonic() - self._began)

    def _look(self, at_s: float) -> RolloutFacts | None:
        """The facts with the answers they call for, or None: an API server may miss a beat."""
        try:
            facts = list_facts(self._session, self._cluster, self._watched.release, at_s)
        except (CommandFailed, TimedOut) as fault:
            self._lost(fault)
            return None
        if self._blind:
            self._back(at_s)
        self._seen_at = at_s
        asked = questions(facts, self._memory)
        return replace(facts, answers=ask(self._session, self._cluster, asked))

    def _lost(self, fault: CommandFailed | TimedOut) -> None:
        self._blind = True
        why = fault.why or fault.what
        self._step.note(f"the API server did not answer: {why}")
        blind_s = self._clock.monotonic() - self._seen_at
        if blind_s > _BLIND_S:
            raise EnvironmentFault(
                f"the API server has not answered for {blind_s:.0f} s",
                f"{self._watched.release} can't be judged: {why}",
                "see to the cluster (./inv cluster.status), then run ./inv deploy.all",
            ) from fault  # fmt: skip

    def _back(self, at_s: float) -> None:
        """What could not be seen counts for no clock."""
        blind_s = at_s - self._seen_at
        self._memory = self._memory.blind_for(blind_s)
        self._until += blind_s
        self._blind = False

    def _judge(self, facts: RolloutFacts) -> Verdict:
        verdict, self._memory = judge(facts, self._watched.policy, self._memory)
        self._step.note(verdict.message.partition("\n")[0])
        return verdict

    def _in_time(self, verdict: Verdict, facts: RolloutFacts) -> Verdict:
        """The verdict, or TIMED_OUT.

        Who only has to stay steady gets one time of steadiness more, not many: a liveness probe that is
        missed now and then would begin it anew for ever.
        """
        late = facts.at_s > self._until + (verdict.steadiness_s if verdict.settling else 0.0)
        if verdict.state is not RolloutState.PROGRESSING or not late:
            return verdict
        name = f"release {self._watched.release}"
        pod, container = _least_ready(facts)
        # What it survived so far may well be why it is late.
        seen = [f"{one.object} {one.message}" for one in verdict.findings if one.pod]
        unsteady = [f"not steady for {verdict.steadiness_s:.0f} s"] if verdict.settling else []
        message = "; ".join(dict.fromkeys([*unsteady, verdict.message, *seen]))
        words = words_for("TIMED_OUT", {"object": name, "message": message})
        return replace(
            verdict, state=RolloutState.FAILED, code="TIMED_OUT", object=name, message=message, words=words,
            pod=pod, container=container,
        )  # fmt: skip

    def _restart_stuck(self, facts: RolloutFacts) -> None:
        """Once, restart pods that failed before the apply and are still wanted: a back-off lasts minutes."""
        seen = [one for one in facts.workloads if one.observed and one.known]
        wanted = {pod.name for one in seen for pod in one.pods}
        # A StatefulSet waits for its old pod to become ready before it replaces it (kubernetes issue 67250).
        wanted |= {f"{one.name}-{n}" for one in seen if one.kind == "StatefulSet" for n in range(one.wanted)}
        stuck = [name for name in self._stuck if name in wanted]
        if not wanted:
            return
        self._stuck = ()
        if stuck:
            self._step.note(f"restarting {', '.join(stuck)}")
            argv = self._cluster.kubectl("delete", "pod", *stuck, "--wait=false", "--ignore-not-found")
            self._session.door.mutate([*argv, "--namespace", self._session.settings.namespace], accept=None)


def _generations(facts: RolloutFacts) -> frozenset[tuple[str, int]]:
    return frozenset((one.uid, one.generation) for one in facts.workloads)


def _least_ready(facts: RolloutFacts) -> tuple[str, str]:
    """The pod and container that are waited for and may have printed something."""
    for pod in facts.pods:
        for one in pod.containers:
            done = one.ready or (one.init and one.exit_code == 0)
            if not done and (one.state != "waiting" or one.ended):
                return pod.name, one.name
    return "", ""
