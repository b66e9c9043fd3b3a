"""From source to running: cluster and images side by side, then the releases, each watched and probed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial

from delivery import cluster as clusters
from delivery import tools
from delivery.cluster import Cluster
from delivery.errors import DeliveryError, Interrupted
from delivery.image import Image, ensure_on_nodes, prune_images
from delivery.image.disk import ensure_room
from delivery.operations.failed_deploy import Abandoned, Attempts, internal, settle
from delivery.operations.images import image_jobs
from delivery.operations.planning import Wanted, news, planned
from delivery.operations.report import show_changes, show_left_over, show_news, show_urls
from delivery.parallel import run_all
from delivery.paths import ROOT
from delivery.release import helm
from delivery.release.in_use import read_in_use
from delivery.release.left_over import LeftOver, left_over
from delivery.release.live import live_spec
from delivery.release.lock import Held, deploy_lock, left_by_dead
from delivery.release.mended import ensure_mended
from delivery.release.namespace import ensure_namespace
from delivery.release.plan import Action, ReleasePlan
from delivery.release.record import Entry, now, remove_record, write_record
from delivery.release.selection import select
from delivery.release.state import NamespaceState, read_state
from delivery.release.take_over import clear_changed_secret, take_over_edits
from delivery.release.uninstall import uninstall
from delivery.release.verify import look_before, verify, while_applying, with_evidence
from delivery.rollout import nothing_applied
from delivery.secret import apply_secret, ensure_credentials, keep_generated, prune_secrets
from delivery.session import Session
from delivery.settings import Service, Settings

_CLUSTER_BYTES = 6 * 1024**3


def deploy(session: Session, names: Collection[str] = (), *, rollback: bool = True) -> None:
    """Deploy the named services, or all; a service that is as it should be is left alone.

    Raises DeployFailedRolledBack where a release doesn't come up and what was verified is back, DeployFailed
    where it is not (without `rollback` nothing is taken back), EnvironmentFault where something is in
    the way.
    """
    if not rollback:
        session = replace(session, settings=replace(session.settings, rollback=False))
    services = select(session.settings, names)
    if session.settings.cluster.provider == "context":
        clusters.connect(session)  # an unknown context is told before anything is made
    tools.ensure_engine(session)
    session = keep_generated(session, ROOT / ".env")
    cluster, images = _prepare(session, services)
    state, plans = planned(session, cluster, (services, images))
    show_changes(session, plans)
    removing = to_remove(session.settings, state, services)
    show_left_over(session, state, removing)
    changing = removing or any(plan.action is not Action.NONE for plan in plans)
    if not changing and not _needs_repair(session, cluster, state, plans):
        session.console.line("Nothing changed, nothing done.")
    elif session.dry_run or cluster is None:
        show_dry_steps(session, cluster, plans)
        _remove_left_over(session, cluster, state, services)
    else:
        command = f"deploy {' '.join(names) or 'all'}"
        _deploy_locked(session, cluster, (services, images), plans, command)
    if cluster and not session.dry_run:
        show_urls(session, cluster, services)


def _prepare(session: Session, services: Sequence[Service]) -> tuple[Cluster | None, list[Image]]:
    jobs: dict[str, Callable[[], Image | Cluster | None]] = {"cluster": lambda: _cluster(session)}
    answers = run_all(session.door, {**jobs, **image_jobs(session, services)})
    cluster = answers.pop("cluster")
    assert cluster is None or isinstance(cluster, Cluster)
    return cluster, [image for image in answers.values() if isinstance(image, Image)]


def _cluster(session: Session) -> Cluster | None:
    state = clusters.status(session).state
    if not session.dry_run:
        if state == "absent":
            ensure_room(session, _CLUSTER_BYTES, "make a cluster")
        return clusters.up(session)
    if state == "running":
        return clusters.connect(session)
    clusters.up(session)
    return None


def _deploy_locked(
    session: Session, cluster: Cluster, wanted: Wanted, shown: Sequence[ReleasePlan], command: str
) -> None:
    services, images = wanted
    clusters.ensure_may_change(session, cluster)
    ensure_namespace(session, cluster)
    with deploy_lock(session, cluster, command) as held:
        _repair(session, cluster, held, services)
        for service in session.settings.wanted_services():
            if service.embedded:
                held.ensure()
                ensure_credentials(session, cluster, service.name)
        run_all(
            session.door, {one.service: partial(ensure_on_nodes, session, cluster, one) for one in images}
        )
        # Planned again under the lock: another run may have changed something since, and a registry names the
        # digest of an image only once it has it.
        state, plans = planned(session, cluster, wanted, rendered=shown)
        show_news(session, news(shown, plans))
        release_all(session, cluster, held, plans)
        held.ensure()
        _remove_left_over(session, cluster, state, services)
        held.ensure()
        _prune(session, cluster)


def waves(plans: Sequence[ReleasePlan]) -> list[list[ReleasePlan]]:
    """Groups of releases that may go together: each after the groups that its `after` names."""
    left, groups = list(plans), []
    while left:
        waiting = {plan.service.name for plan in left}
        group = [plan for plan in left if not waiting & set(plan.service.after)]
        groups.append(group)
        left = [plan for plan in left if plan not in group]
    return groups


def release_all(session: Session, cluster: Cluster, held: Held, plans: Sequence[ReleasePlan]) -> None:
    """Make the releases as planned, wave after wave; where one fails, what this changed goes back.

    Raises as `deploy` does.
    """
    attempts = Attempts(rollback=session.settings.rollback)
    for wave in waves(plans):
        jobs = {
            one.service.name: partial(_attempt, session, cluster, held, attempts, one)
            for one in wave
            if one.action is not Action.NONE
        }
        run_all(session.door, jobs)
        if attempts.failures:
            settle(session, cluster, held, attempts)


def _attempt(session: Session, cluster: Cluster, held: Held, attempts: Attempts, plan: ReleasePlan) -> None:
    try:
        _release(session, cluster, held, attempts, plan)
    except Interrupted:
        raise
    except Abandoned:
        session.console.note(f"  {plan.service.name} goes back too: both were deployed together")
    except DeliveryError as error:
        session.console.warn(error.what)
        attempts.fail(plan, error)
    except Exception as error:
        # A fault of ours must not keep what the others changed from being taken back.
        session.console.trace_error(error)
        failed = internal(plan.service.name, error)
        session.console.warn(failed.what)
        attempts.fail(plan, failed)


def _release(session: Session, cluster: Cluster, held: Held, attempts: Attempts, plan: ReleasePlan) -> None:
    name = plan.service.name
    with session.console.step(f"Release {name}") as step:
        held.ensure()
        clear_changed_secret(session, cluster, plan.drift, plan.secret_name)
        if plan.secret:
            apply_secret(session, cluster, plan.secret)
        watched, clock = look_before(session, cluster, plan.service), attempts.clock(plan)
        if plan.action is Action.VERIFY:
            watched = nothing_applied(watched)
        else:
            if plan.action is Action.INSTALL:
                # Helm counts from 1 again: what a former life verified must not count for this one.
                remove_record(session, cluster, name)
            step.note("helm upgrade --install")
            attempts.applied.append(plan)
            meanwhile = while_applying(session, cluster, plan.service, watched, step, clock)
            _apply(session, cluster, plan, meanwhile)
        verify(session, cluster, plan.service, watched, step, clock)
        if plan.action.applies:
            ensure_mended(session, cluster, plan)
        entry = _entry(session, cluster, plan, attempts.run)
        held.ensure()
        write_record(session, cluster, plan.record.with_entry(entry))
        step.detail = f"revision {entry.revision}, verified"


def _apply(session: Session, cluster: Cluster, plan: ReleasePlan, meanwhile: Callable[[], None]) -> None:
    take_over_edits(session, cluster, plan.drift)
    try:
        helm.upgrade(session, cluster, plan.service, plan.values, meanwhile)
    except helm.NotApplied as error:
        raise with_evidence(session, cluster, plan.service.name, error) from error


def _entry(session: Session, cluster: Cluster, plan: ReleasePlan, run: str) -> Entry:
    release = helm.releases(session, cluster)[plan.service.name]
    entry = Entry(
        release.revision, plan.image.reference, plan.image.image_id, plan.secret_name, plan.digest, now(),
        live_spec(session, cluster, plan.service.name), run=run,
    )  # fmt: skip
    return plan.record.descended(entry)


def _needs_repair(
    session: Session, cluster: Cluster | None, state: NamespaceState, plans: Iterable[ReleasePlan]
) -> bool:
    found = [state.releases.get(plan.service.name) for plan in plans]
    broken = any(release is not None and release.status != "deployed" for release in found)
    return broken or (cluster is not None and left_by_dead(session, cluster))


def _repair(session: Session, cluster: Cluster, held: Held, services: Iterable[Service]) -> None:
    state = read_state(session, cluster)
    for service in services:
        release = state.releases.get(service.name)
        if release is None or not release.stuck:
            continue
        held.ensure()
        verified = [one.revision for one in state.record(release.name).entries]
        if not helm.repair(session, cluster, release, verified):
            remove_record(session, cluster, release.name)


def to_remove(settings: Settings, state: NamespaceState, services: Collection[Service]) -> list[LeftOver]:
    """Pure: left-over releases without data; that nobody uses them is known after a deploy of all only."""
    if len(services) < len(settings.wanted_services()):
        return []
    return [one for one in left_over(settings, state) if one.removable]


def _remove_left_over(
    session: Session, cluster: Cluster | None, state: NamespaceState, services: Collection[Service]
) -> None:
    if cluster:
        for one in to_remove(session.settings, state, services):
            uninstall(session, cluster, one.name)


def _prune(session: Session, cluster: Cluster) -> None:
    used = read_in_use(session, cluster)
    prune_secrets(session, cluster, used.secrets)
    gone = prune_images(session, cluster, used.images)
    if gone:
        session.console.note(f"✓ Removed {len(gone)} images that no revision names")


def show_dry_steps(session: Session, cluster: Cluster | None, plans: Iterable[ReleasePlan]) -> None:
    """Print what a deploy would run, from the loads to the releases."""
    import json

    changing = [plan for plan in plans if plan.action.applies]
    for reference in dict.fromkeys(plan.image.reference for plan in changing):
        session.console.would_run(f"load {reference} onto the nodes")
    for plan in changing:
        if cluster is None:
            session.console.would_run(f"helm upgrade {plan.service.name} {plan.service.chart.name} --install")
            continue
        if plan.secret:
            apply_secret(session, cluster, plan.secret)
        helm.upgrade(session, cluster, plan.service, plan.values)
        session.console.line(f"  with values {json.dumps(plan.values)}")
