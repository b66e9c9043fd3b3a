"""What the deploy tasks print: what changes, the status, the addresses."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from delivery import cluster as clusters
from delivery.cluster import Cluster
from delivery.errors import CheckFailed, InvalidInput
from delivery.release import helm
from delivery.release.access import way_in
from delivery.release.addresses import printed_url
from delivery.release.drift_facts import with_drift
from delivery.release.left_over import LeftOver, left_over
from delivery.release.plan import Action, ReleasePlan
from delivery.release.state import NamespaceState, read_state
from delivery.rollout import glance, probe
from delivery.session import Session
from delivery.settings import Service


def show_left_over(session: Session, state: NamespaceState, removing: Collection[LeftOver] = ()) -> None:
    """A line per release of ours that is no longer wanted, and whether this run removes it."""
    for one in left_over(session.settings, state):
        if one in removing:
            session.console.note(f"• remove {one.name}: {one.reason}")
        else:
            session.console.line(one.line(session.settings.namespace))


def show_changes(session: Session, plans: Iterable[ReleasePlan]) -> None:
    """A line per release that changes, and a line per value that an upgrade changes."""
    for plan in plans:
        if plan.drift.unknown:
            session.console.warn(f"what drifted of {plan.service.name} can't be told: {plan.drift.unknown}")
        for line in change_lines(plan):
            session.console.note(line)


def change_lines(plan: ReleasePlan) -> list[str]:
    """Pure: what a person is told of a release that changes; nothing of one that is as it should be."""
    if plan.action is Action.NONE:
        return []
    changes = plan.changes if plan.action is Action.UPGRADE else ()
    return [
        f"• {plan.action.value} {plan.service.name}",
        *(f"    {change}" for change in changes),
        *(f"    drifted: {one.line()}" for one in plan.drift.named()),
    ]


def show_news(session: Session, plans: Sequence[ReleasePlan]) -> None:
    """Print what is planned otherwise under the lock than it was shown before."""
    for plan in plans:
        session.console.warn(f"{plan.service.name} is planned otherwise than it was shown")
        if plan.action is Action.NONE:
            session.console.note(f"  {plan.service.name} is as it should be now")
    show_changes(session, plans)


def print_status(session: Session, output: str) -> None:
    """Print releases, revisions, images and pods.

    Raises CheckFailed where a service doesn't serve in full, or is not as it was verified.
    """
    check_output(output)
    cluster = clusters.connect(session, may_repair=False)
    state = with_drift(session, cluster, read_state(session, cluster))
    rows = [_status_row(cluster, state, service) for service in session.settings.wanted_services()]
    over = left_over(session.settings, state)
    if output == "json":
        more = [{"service": one.name, "leftOver": one.reason} for one in over]
        session.console.line(json.dumps([*rows, *more], indent=2))
    else:
        for row in rows:
            session.console.line(_status_line(row))
        show_left_over(session, state)
    bad = [row["service"] for row in rows if not row["ready"]]
    drifted = [row["service"] for row in rows if row["drifted"]]
    if bad:
        raise CheckFailed(f"not serving in full: {', '.join(bad)}", "", "run ./inv deploy.all")
    if drifted:
        raise CheckFailed(
            f"drifted from what was verified: {', '.join(drifted)}", "somebody changed it beside helm",
            "./inv deploy.plan shows what, ./inv deploy.all mends it",
        )  # fmt: skip


def print_urls(session: Session, output: str) -> None:
    """Print the addresses that answer. Raises CheckFailed where one doesn't, or nothing is deployed here.

    Node ports are the cluster's, so another namespace's app may answer at them.
    """
    check_output(output)
    cluster = clusters.connect(session, may_repair=False)
    there = helm.releases(session, cluster)
    services = [service for service in session.settings.wanted_services() if service.name in there]
    if not services:
        raise CheckFailed(
            f"nothing is deployed in namespace {session.settings.namespace}", "", "./inv deploy.all"
        )
    if output == "json":
        found = tested_urls(cluster, services)
        session.console.line(json.dumps(found, indent=2))
    else:
        show_urls(session, cluster, services)


def show_urls(session: Session, cluster: Cluster, services: Iterable[Service]) -> None:
    """Print the addresses of services with a page; each was asked just now and answered."""
    found = tested_urls(cluster, services)
    for name, url in found.items():
        session.console.line(
            f"{name:<10} {url}" if url else f"{name:<10} not published: ./inv deploy.forward"
        )


def tested_urls(cluster: Cluster, services: Iterable[Service]) -> dict[str, str]:
    """Service → address that answered, or an empty string where this host can't reach it directly."""
    urls = {}
    for service in services:
        if not service.page:
            continue
        published = service.node_port and cluster.address(service.node_port)
        urls[service.name] = printed_url(cluster, service) + service.page if published else ""
        if published:
            _ensure_answer(urls[service.name])
    return urls


def forward(session: Session) -> None:
    """Forward a local port to each service with a page, until interrupted."""
    cluster = clusters.connect(session)
    with contextlib.ExitStack() as stack:
        for service in session.settings.wanted_services():
            if service.page:
                base = stack.enter_context(way_in(session, cluster, service))
                if session.dry_run:
                    continue
                _ensure_answer(base + service.page)
                session.console.line(f"{service.name:<10} {base}{service.page}")
        session.console.note("forwarding; Ctrl-C ends it")
        while not session.dry_run:
            time.sleep(1)


def _ensure_answer(url: str) -> None:
    answer = probe(url)
    if answer:
        raise CheckFailed(f"{url} does not answer", answer, "run ./inv deploy.status, then ./inv deploy.all")


def _status_row(cluster: Cluster, state: NamespaceState, service: Service) -> dict[str, Any]:
    release, facts = state.releases.get(service.name), state.rollouts.get(service.name)
    newest = state.record(service.name).newest()
    drift = state.drift(service.name)
    recorded = bool(release and newest and newest.revision == release.revision)
    verified = recorded and not drift.drifted
    return {
        "service": service.name,
        "ready": state.ready(service.name),
        "release": release.status if release else "absent",
        "revision": release.revision if release else None,
        "verified": verified,
        "drifted": None if drift.unknown else drift.drifted,
        "drift": [one.line() for one in drift.differences],
        "verifiedRevision": newest.revision if newest else None,
        "image": facts.image if facts else None,
        "imageId": newest.image_id if newest and facts and newest.image == facts.image else None,
        "secret": newest.secret if newest and recorded else None,
        "rollout": glance(facts).message if facts else "no workload",
        "pods": [pod.name for pod in facts.pods] if facts else [],
        "url": printed_url(cluster, service) + service.page if service.page else None,
    }


def _status_line(row: dict[str, Any]) -> str:
    mark = "✓" if row["ready"] else "✗"
    verified = "drifted" if row["drifted"] else "verified" if row["verified"] else "not verified"
    revision = f"revision {row['revision']} {verified}" if row["revision"] else row["release"]
    return f"{mark} {row['service']:<10} {revision:<24} {row['image'] or '-':<36} {row['rollout']}"


def check_output(output: str) -> None:
    """Raises InvalidInput for a form that there is not."""
    if output not in ("text", "json"):
        raise InvalidInput(f"--output {output}", "", "text or json")
