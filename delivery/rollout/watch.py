"""Watches a rollout until there is a verdict."""

from __future__ import annotations

import time

from delivery.cluster import Cluster
from delivery.console import Step
from delivery.errors import DeployFailed
from delivery.rollout.facts import read_facts
from delivery.rollout.verdict import State, Verdict, judge
from delivery.session import Session

_PAUSE_S = 0.5
_LOG_LINES = 20


def watch_rollout(session: Session, cluster: Cluster, release: str, step: Step) -> None:
    """Return when the release is ready.

    Raises DeployFailed with the cause and the last log lines, at the latest after `timeouts.rolloutS`.
    """
    until = time.monotonic() + session.settings.timeouts.rollout_s
    while True:
        verdict = judge(read_facts(session, cluster, release))
        step.note(verdict.message)
        if verdict.state is State.READY:
            return
        if verdict.state is State.FAILED:
            raise _failure(session, cluster, release, verdict)
        if time.monotonic() > until:
            late = Verdict(State.FAILED, "TIMED_OUT", f"release {release}", verdict.message)
            raise _failure(session, cluster, release, late)
        time.sleep(_PAUSE_S)


def _failure(session: Session, cluster: Cluster, release: str, verdict: Verdict) -> DeployFailed:
    logs = _last_lines(session, cluster, release, verdict)
    return DeployFailed(
        f"{release} did not come up: {verdict.code}",
        f"{verdict.object}: {verdict.message}" + (f"\n{logs}" if logs else ""),
        f"`helm history {release} -n {session.settings.namespace}` shows what to go back to; "
        "mend the cause and run ./inv deploy.all",
    )


def _last_lines(session: Session, cluster: Cluster, release: str, verdict: Verdict) -> str:
    """The last lines of the containers at fault; a container that never ran has none."""
    facts = read_facts(session, cluster, release)
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
        answer = session.door.read(argv, accept=None, timeout_s=15)
        if answer.ok and answer.stdout.strip():
            return answer.stdout.rstrip()
    return ""
