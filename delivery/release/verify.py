"""Whether a release serves: the watch over its rollout, then a request through its Service."""

from __future__ import annotations

import time
from collections.abc import Callable

from delivery.cluster import Cluster
from delivery.console import Step
from delivery.errors import Course, DeployFailed
from delivery.release.access import way_in
from delivery.rollout import (
    Clock,
    Outcome,
    RolloutState,
    Verdict,
    Watched,
    await_verdict,
    before_apply,
    failure,
    last_lines,
    policy_from,
    probe,
    save_evidence,
    watch_beside,
)
from delivery.session import Session
from delivery.settings import Service

_PAGE_LINES = 4


def look_before(session: Session, cluster: Cluster, service: Service) -> Watched:
    """What is there before helm is called, with the patience that deploy.yaml gives this service."""
    return before_apply(session, cluster, service.name, policy_from(service.rollout))


def verify(
    session: Session, cluster: Cluster, service: Service, watched: Watched, step: Step, clock: Clock = time
) -> None:  # fmt: skip
    """Return once the release is steady and answers.

    Raises DeployFailed with the cause and the folder of the evidence, which is saved by then.
    """
    outcome = await_verdict(session, cluster, watched, step, clock)
    if outcome.verdict.state is RolloutState.FAILED:
        error: DeployFailed | None = failure(session, cluster, service.name, outcome)
    else:
        error = _ask_page(session, cluster, service, outcome, step)
    if error:
        step.note("saving the evidence")
        raise with_evidence(session, cluster, service.name, error, outcome)
    for text in outcome.verdict.warnings:
        session.console.warn(text.partition("\n")[0])


def while_applying(
    session: Session, cluster: Cluster, service: Service, watched: Watched, step: Step, clock: Clock = time
) -> Callable[[], None]:  # fmt: skip
    """To be called while helm runs: raises DeployFailed once what helm changed so far has failed."""
    look = watch_beside(session, cluster, watched, step, clock)

    def ask() -> None:
        outcome = look()
        if outcome:
            error = failure(session, cluster, service.name, outcome)
            raise with_evidence(session, cluster, service.name, error, outcome)

    return ask


def with_evidence(
    session: Session, cluster: Cluster, release: str, error: DeployFailed, outcome: Outcome | None = None
) -> DeployFailed:
    """The same error with the folder of the evidence; to be saved before anything is taken back."""
    outcome = outcome or Outcome(Verdict(RolloutState.FAILED, message=f"{error.what}\n{error.why}"))
    began = time.monotonic()
    saved = save_evidence(session, cluster, release, outcome)
    course = Course(outcome.verdict.code, outcome.took_s, saved, time.monotonic() - began)
    return DeployFailed(
        error.what, f"{error.why}\nevidence: {saved}" if saved else error.why, error.fix, course
    )


def _ask_page(
    session: Session, cluster: Cluster, service: Service, outcome: Outcome, step: Step
) -> DeployFailed | None:
    if not service.health_path:
        return None
    step.note(f"GET {service.health_path} through the Service")
    with way_in(session, cluster, service) as base:
        answer = probe(base + service.health_path)
    if not answer:
        return None
    pod = next((one.name for one in outcome.facts.pods), "")
    # A server that runs prints a line per request; the rest is in the evidence.
    logs = "\n".join(last_lines(session, cluster, pod).splitlines()[-_PAGE_LINES:]) if pod else ""
    return DeployFailed(
        f"{service.name} is up but does not answer through its Service",
        f"GET {service.health_path}: {answer}" + (f"\n{logs}" if logs else ""),
        "mend what it answers, or healthPath in deploy.yaml, and run ./inv deploy.all",
    )
