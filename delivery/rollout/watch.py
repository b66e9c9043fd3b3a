"""Watches a rollout until there is a verdict."""

from __future__ import annotations

import time

from delivery.cluster import Cluster
from delivery.console import Step
from delivery.errors import CommandFailed, DeliveryError, DeployFailed, TimedOut
from delivery.rollout.facts import RolloutFacts, read_facts
from delivery.rollout.verdict import RolloutState, Verdict, crash_counts, failing_pods, judge
from delivery.session import Session

_PAUSE_S = 0.5
_LOG_LINES = 20


def watch_rollout(session: Session, cluster: Cluster, release: str, step: Step) -> None:
    """Return when the release is ready.

    Raises DeployFailed with the cause and the last log lines, at the latest after `timeouts.rolloutS`.
    """
    until = time.monotonic() + session.settings.timeouts.rollout_s
    before = crash_counts(_fresh_start(session, cluster, release, step))
    while True:
        facts, fault = _look(session, cluster, release)
        verdict = judge(facts, before) if not fault else Verdict(RolloutState.PROGRESSING, message=fault)
        step.note(verdict.message)
        if verdict.state is RolloutState.READY:
            return
        if verdict.state is RolloutState.FAILED:
            raise _failure(session, cluster, release, verdict, facts)
        if time.monotonic() > until:
            late = Verdict(RolloutState.FAILED, "TIMED_OUT", f"release {release}", verdict.message)
            raise _failure(session, cluster, release, late, facts)
        time.sleep(_PAUSE_S)


def _look(session: Session, cluster: Cluster, release: str) -> tuple[RolloutFacts | None, str]:
    """The facts, or why there are none now: an API server may miss a beat."""
    try:
        return read_facts(session, cluster, release), ""
    except (CommandFailed, TimedOut) as fault:
        return None, f"the API server did not answer: {fault.why or fault.what}"


def _fresh_start(session: Session, cluster: Cluster, release: str, step: Step) -> RolloutFacts | None:
    """Restart pods that failed before this watch: their cause may be mended, and a back-off lasts minutes."""
    facts, _ = _look(session, cluster, release)
    failing = failing_pods(facts) if facts and facts.observed else ()
    if not failing:
        return facts
    step.note(f"restarting {', '.join(failing)}")
    namespace = session.settings.namespace
    argv = cluster.kubectl("delete", "pod", *failing, "--namespace", namespace, "--wait=false")
    session.door.mutate([*argv, "--ignore-not-found"])
    return None


def _failure(
    session: Session, cluster: Cluster, release: str, verdict: Verdict, facts: RolloutFacts | None
) -> DeployFailed:
    logs = _last_lines(session, cluster, verdict, facts)
    return DeployFailed(
        f"{release} did not come up: {verdict.code}",
        f"{verdict.object}: {verdict.message}" + (f"\n{logs}" if logs else ""),
        f"`helm history {release} -n {session.settings.namespace}` shows what to go back to; "
        "mend the cause and run ./inv deploy.all",
    )


def _last_lines(session: Session, cluster: Cluster, verdict: Verdict, facts: RolloutFacts | None) -> str:
    """The last lines of the containers at fault; a container that never ran has none."""
    for pod in facts.pods if facts else ():
        for container in pod.containers:
            if container.ready or (verdict.container and container.name != verdict.container):
                continue
            text = _logs(session, cluster, pod.name, container.name)
            if text:
                return text
    return ""


def _logs(session: Session, cluster: Cluster, pod: str, container: str) -> str:
    for previous in ((), ("--previous",)):
        argv = cluster.kubectl(
            "logs", pod, "--container", container, "--namespace", session.settings.namespace,
            "--tail", str(_LOG_LINES), *previous,
        )  # fmt: skip
        try:
            answer = session.door.read(argv, accept=None, timeout_s=15)
        except DeliveryError:
            # Evidence that can't be had must not hide the verdict.
            return ""
        if answer.ok and answer.stdout.strip():
            return answer.stdout.rstrip()
    return ""
