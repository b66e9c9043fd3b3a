"""Whether a release serves: the watch over its rollout, then a request through its Service."""

from __future__ import annotations

from delivery.cluster import Cluster
from delivery.console import Step
from delivery.errors import DeployFailed
from delivery.release.access import way_in
from delivery.rollout import RolloutState, Watched, await_verdict, before_apply, failure, policy_from, probe
from delivery.session import Session
from delivery.settings import Service


def look_before(session: Session, cluster: Cluster, service: Service) -> Watched:
    """What is there before helm is called, with the patience that deploy.yaml gives this service."""
    return before_apply(session, cluster, service.name, policy_from(service.rollout))


def verify(session: Session, cluster: Cluster, service: Service, watched: Watched, step: Step) -> None:
    """Return once the release is steady and answers. Raises DeployFailed with the cause."""
    outcome = await_verdict(session, cluster, watched, step)
    if outcome.verdict.state is RolloutState.FAILED:
        raise failure(session, cluster, service.name, outcome)
    for text in outcome.verdict.warnings:
        session.console.warn(text.partition("\n")[0])
    _ask_page(session, cluster, service, step)


def _ask_page(session: Session, cluster: Cluster, service: Service, step: Step) -> None:
    if not service.health_path:
        return
    step.note(f"GET {service.health_path} through the Service")
    with way_in(session, cluster, service) as base:
        answer = probe(base + service.health_path)
    if answer:
        raise DeployFailed(
            f"{service.name} is up but does not answer through its Service",
            f"GET {service.health_path}: {answer}",
            f"look at `kubectl logs deployment/{service.name} -n {session.settings.namespace}`",
        )
