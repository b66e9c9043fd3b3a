"""The rollback tasks: back by hand, the history, and the quick way that Kubernetes has itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from delivery import cluster as clusters
from delivery.cluster import Cluster
from delivery.errors import CommandFailed, DeliveryError, Interrupted, InvalidInput
from delivery.operations.failed_deploy import Way, told
from delivery.parallel import run_all, worst
from delivery.release import helm
from delivery.release.access import connect_to_change
from delivery.release.lock import Held, deploy_lock
from delivery.release.record import Entry
from delivery.release.selection import select
from delivery.release.state import NamespaceState, read_state
from delivery.release.verify import look_before, verify
from delivery.rollback import before, chosen, go_back_to_first, last_changed, preview, run_of
from delivery.session import Session
from delivery.settings import Service

# kubectl's words where the Deployment itself forbids it; all else is the environment's.
_NOTHING_TO_UNDO = re.compile(r"no rollout history found|unable to find .*revision|paused deployment")
_APART = "what was deployed together no longer is: run ./inv deploy.all, or roll back what is named here"


def roll_back(session: Session, names: Collection[str] = (), revision: int = 0) -> None:
    """Take services back: to `revision`, or to the last verified one before what runs.

    Where none is named, what the last deploy changed goes back as one; a database stays as it is. Raises
    InvalidInput where there is no such revision, DeployFailed where what came back does not serve.
    """
    cluster = connect_to_change(session)
    services = select(session.settings, names, with_dependencies=False)
    if revision and len(names) != 1:
        raise InvalidInput("--revision is one service's own", "", "name one with --services")
    with deploy_lock(session, cluster, f"rollback {' '.join(names) or 'all'}") as held:
        state = read_state(session, cluster)
        if not names:
            services = _last_changed(state, services)
        wanted = [
            (one, _targets(state, one.name, revision, _kept(session, cluster, one.name))) for one in services
        ]
        _go_back(session, cluster, held, wanted)


def _last_changed(state: NamespaceState, services: Sequence[Service]) -> tuple[Service, ...]:
    runs = {
        one.name: run_of(state.record(one.name), state.releases[one.name].revision)
        for one in services
        if one.name in state.releases and not one.embedded
    }
    return tuple(one for one in services if one.name in last_changed(runs))


def _targets(state: NamespaceState, name: str, revision: int, kept: Collection[int]) -> tuple[Entry, ...]:
    """The verified revisions to try, best first."""
    if name not in state.releases:
        raise InvalidInput(f"{name} is not deployed", "", "./inv deploy.all")
    if revision:
        return (chosen(state.record(name), revision, kept),)
    return before(state.record(name), state.releases[name].revision, kept)


def _go_back(
    session: Session, cluster: Cluster, held: Held, wanted: Sequence[tuple[Service, tuple[Entry, ...]]]
) -> None:
    """All of them at once, or in a dry run what that would change."""
    going = [(service, entries) for service, entries in wanted if entries]
    if not going:
        raise InvalidInput(
            f"there is nothing to go back to for {', '.join(one.name for one, _ in wanted) or 'any service'}",
            "no verified revision is older than what runs", "./inv rollback.history",
        )  # fmt: skip
    for service, entries in wanted:
        if not entries:
            session.console.note(f"  {service.name} stays: no verified revision is older than what runs")
    if session.dry_run:
        for service, entries in going:
            for line in preview(session, cluster, service, entries[0]):
                session.console.line(line)
        return
    jobs = {one.name: partial(_way, session, cluster, held, (one, entries)) for one, entries in going}
    raise_failures(run_all(session.door, jobs))


def _way(
    session: Session, cluster: Cluster, held: Held, wanted: tuple[Service, tuple[Entry, ...]]
) -> Entry | DeliveryError:
    """Where a service is now, or what kept it from going there."""
    service, entries = wanted
    try:
        return go_back_to_first(session, cluster, held, service, entries)
    except Interrupted:
        raise
    except DeliveryError as error:
        session.console.warn(error.what)
        return error


def raise_failures(ways: Mapping[str, Entry | DeliveryError]) -> None:
    """Pure: one error of the worst one's kind that says for each service where it is now.

    Raises nothing where all are back, and the only failure as it is where nothing else was to go back.
    """
    errors = [way for way in ways.values() if isinstance(way, DeliveryError)]
    if not errors:
        return
    if len(ways) == 1:
        raise errors[0]
    back = [Way(name, way) for name, way in ways.items() if isinstance(way, Entry)]
    stuck = [
        Way(name, trouble=f"{name} is not back: {way.what}")
        for name, way in ways.items()
        if isinstance(way, DeliveryError)
    ]
    apart = [Way("", trouble=_APART)] if back else []
    leading = worst(errors)
    errors.sort(key=lambda error: error is not leading)
    raise told(errors, [*back, *stuck, *apart], type(leading))


def print_history(session: Session, names: Collection[str]) -> None:
    """Print the revisions of each release: which were verified, what each is, which one runs."""
    cluster = clusters.connect(session, may_repair=False)
    state = read_state(session, cluster)
    for service in select(session.settings, names, with_dependencies=False):
        session.console.line(service.name)
        for line in history_lines(state, service.name, helm.history(session, cluster, service.name)):
            session.console.line(f"  {line}")


def history_lines(state: NamespaceState, name: str, revisions: Sequence[helm.Revision]) -> list[str]:
    """Pure: a line per revision, oldest first."""
    entries = {one.revision: one for one in state.record(name).entries}
    current = state.releases[name].revision if name in state.releases else 0
    lines = [_history_line(one, entries.get(one.number), one.number == current) for one in revisions]
    return lines or ["not deployed"]


def _history_line(one: helm.Revision, entry: Entry | None, current: bool) -> str:
    words = "not verified" if entry is None else f"verified {entry.verified_at}"
    if entry and entry.restores:
        words += f", is what revision {entry.restores} was"
    named = f"{entry.image}  {entry.secret}".rstrip() if entry else one.description
    return f"{'→' if current else ' '} {one.number:>4}  {one.status:<11} {words:<40}  {named}"


def undo(session: Session, name: str) -> None:
    """`kubectl rollout undo`: the pods of the revision before, at once. Configuration and helm stay behind.

    Raises InvalidInput for a service without a Deployment or without a revision before, DeployFailed where
    the pods don't come up.
    """
    cluster = connect_to_change(session)
    service = select(session.settings, [name], with_dependencies=False)[0]
    with deploy_lock(session, cluster, f"rollback undo {name}") as held:
        deployment, current = to_undo(read_state(session, cluster), name)
        watched = look_before(session, cluster, service)
        held.ensure()
        undo_deployment(session, cluster, name, deployment)
        if session.dry_run:
            return
        with session.console.step(f"Undo {name}") as step:
            verify(session, cluster, service, watched, step)
    session.console.warn(
        f"only the pods of {name} went back: its configuration did not, and helm knows nothing of it."
        f" To make it lasting: ./inv rollback.all --services {name}; to have the pods of revision"
        f" {current} again, the same with --revision {current}"
    )


def to_undo(state: NamespaceState, name: str) -> tuple[str, int]:
    """Pure: a service's Deployment, and helm's revision. Raises InvalidInput where there is none."""
    facts = state.rollouts.get(name)
    if facts is None or facts.workloads[0].kind != "Deployment":
        raise InvalidInput(f"{name} has no Deployment to undo", "", "./inv rollback.history")
    return facts.workloads[0].name, state.releases[name].revision if name in state.releases else 0


def undo_deployment(session: Session, cluster: Cluster, name: str, deployment: str) -> None:
    """Have Kubernetes undo it. Raises InvalidInput where there is nothing to undo to, else CommandFailed."""
    argv = cluster.kubectl(
        "rollout", "undo", f"deployment/{deployment}", "--namespace", session.settings.namespace
    )
    try:
        session.door.mutate(argv)
    except CommandFailed as refused:
        if not _NOTHING_TO_UNDO.search(refused.why):
            raise
        raise InvalidInput(f"{name} can't be undone", refused.why, "./inv rollback.history") from refused


def _kept(session: Session, cluster: Cluster, name: str) -> frozenset[int]:
    return frozenset(one.number for one in helm.history(session, cluster, name))
