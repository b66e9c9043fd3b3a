"""Brings a cluster up, hands out its handle, takes it down."""

from __future__ import annotations

import contextlib

from delivery import tools
from delivery.cluster.guard import ensure_named
from delivery.cluster.handle import Cluster
from delivery.cluster.loss import what_is_lost
from delivery.cluster.ownership import Ownership, hold_cluster, ownership_of
from delivery.cluster.provider import ClusterState, Provider, Seen
from delivery.cluster.provider_choice import choose_provider
from delivery.cluster.readiness import wait_ready
from delivery.cluster.serving import why_not_serving
from delivery.console import Step
from delivery.errors import EnvironmentFault, InvalidInput
from delivery.session import Session

_CREATE_S = {"kind": 40.0, "minikube": 90.0}
_START_S = 25.0
_REMOVE_S = 5.0


def connect(session: Session, *, may_repair: bool = True) -> Cluster:
    """The handle to the cluster of these settings. Raises EnvironmentFault where it doesn't serve.

    `may_repair` False leaves Docker Engine as it is, for commands that change nothing.
    """
    provider = reachable_provider(session, may_repair=may_repair)
    cluster = seen_cluster(session, provider)
    why = why_not_serving(session, cluster, provider)
    if why is None:
        return cluster
    fix = "look at it with its own tools" if provider.name == "context" else "run `./inv cluster.up`"
    raise EnvironmentFault(f"{provider.name} cluster {cluster.name} is not up", why, fix)


def up(session: Session) -> Cluster:
    """Make, mend or start the cluster where that is needed, and wait until it serves.

    A cluster that serves already is left as it is. A creation that was interrupted is cleared away and begun
    anew. Raises EnvironmentFault, TimedOut, or InvalidInput for a cluster that isn't ours.
    """
    provider = reachable_provider(session)
    if provider.name == "context":
        return connect(session)
    cluster = seen_cluster(session, provider)
    if why_not_serving(session, cluster, provider, thorough=True) is None:
        return cluster
    with hold_cluster(session, provider.name, cluster.name) as waited:
        if waited:
            # Another run may have brought it up meanwhile.
            cluster = seen_cluster(session, provider)
            if why_not_serving(session, cluster, provider, thorough=True) is None:
                return cluster
        return _bring_up(session, provider, cluster.seen)


def down(session: Session) -> None:
    """Remove the cluster and our kubeconfig, after asking.

    Raises InvalidInput without an answer, or for a cluster that isn't ours.
    """
    provider = reachable_provider(session)
    cluster = seen_cluster(session, provider)
    _refuse_foreign(cluster, provider)
    ownership = ownership_of(provider.name, cluster.name)
    if cluster.seen.state is ClusterState.ABSENT and not ownership.exists():
        session.console.line(f"there is no {provider.name} cluster {cluster.name}")
        return
    _confirm(session, cluster)
    title = f"Remove {provider.name} cluster {cluster.name}"
    with hold_cluster(session, provider.name, cluster.name), _step(session, title):
        _remove(session, provider, ownership)


def reachable_provider(session: Session, *, may_repair: bool = True) -> Provider:
    """The provider of these settings, once the engine that it needs answers; `may_repair` as there."""
    if session.settings.cluster.provider != "context":
        tools.ensure_engine(session, may_repair=may_repair)
    return choose_provider(session)


def seen_cluster(session: Session, provider: Provider) -> Cluster:
    """The handle to what is there, whether it serves or not."""
    # An existing cluster goes by its context, the name in the settings is meant for ours.
    name = provider.context if provider.name == "context" else session.settings.cluster.name
    ownership = ownership_of(provider.name, name)
    seen = provider.look()
    return Cluster(
        name=name,
        provider=provider.name,
        context=provider.context,
        kubeconfig=provider.foreign_kubeconfig() or ownership.kubeconfig,
        owned=ownership.fits(seen.identity),
        seen=seen,
        _session=session,
        _provider=provider,
    )


def _bring_up(session: Session, provider: Provider, seen: Seen) -> Cluster:
    ownership = ownership_of(provider.name, session.settings.cluster.name)
    if ownership.unfinished():
        title = f"Clear away the half-made {provider.name} cluster {session.settings.cluster.name}"
        with _step(session, title):
            _remove(session, provider, ownership)
        seen = provider.look()
    if seen.state is ClusterState.ABSENT:
        provider.prepare()
    elif not ownership.fits(seen.identity):
        ensure_named(session, provider.name, provider.context)
    if session.dry_run:
        return _say_what_would_run(session, provider, ownership, seen)
    ownership.prepare()
    title, expected_s = _task(provider, session.settings.cluster.name, seen.state)
    with session.console.step(title, expected_s) as step:
        cluster = _made_or_started(session, provider, ownership, seen.state, step)
        since = "" if seen.state is ClusterState.ABSENT else cluster.seen.started_at
        wait_ready(session, cluster.kubectl(), step, expected_nodes=cluster.nodes(), since=since)
        step.detail = addresses_line(session, cluster)
    return cluster


def _task(provider: Provider, name: str, state: ClusterState) -> tuple[str, float]:
    return {
        ClusterState.ABSENT: (f"Make {provider.name} cluster {name}", _CREATE_S.get(provider.name, 60.0)),
        ClusterState.STOPPED: (f"Start {provider.name} cluster {name}", _START_S),
        ClusterState.RUNNING: (f"Wait for {provider.name} cluster {name}", _START_S),
    }[state]


def _made_or_started(
    session: Session, provider: Provider, ownership: Ownership, state: ClusterState, step: Step
) -> Cluster:
    if state is ClusterState.ABSENT:
        ownership.begin()
        provider.create(ownership.kubeconfig, step)
    elif state is ClusterState.STOPPED:
        provider.start(ownership.kubeconfig, step)
    cluster = seen_cluster(session, provider)
    if state is ClusterState.ABSENT:
        ownership.complete(cluster.seen.identity)
    return cluster


def _say_what_would_run(session: Session, provider: Provider, ownership: Ownership, seen: Seen) -> Cluster:
    if seen.state is ClusterState.STOPPED and not ownership.unfinished():
        provider.start(ownership.kubeconfig, Step(""))
    elif seen.state is ClusterState.ABSENT or ownership.unfinished():
        provider.create(ownership.kubeconfig, Step(""))
    return seen_cluster(session, provider)


def _step(session: Session, title: str) -> contextlib.AbstractContextManager[object]:
    # A dry run removes nothing, so nothing is to be announced as done.
    return contextlib.nullcontext() if session.dry_run else session.console.step(title, _REMOVE_S)


def _remove(session: Session, provider: Provider, ownership: Ownership) -> None:
    provider.remove(ownership.kubeconfig)
    if session.dry_run:
        return
    if provider.look().state is not ClusterState.ABSENT:
        raise EnvironmentFault(
            f"{provider.name} cluster {session.settings.cluster.name} could not be removed",
            "parts of it are still there", f"remove it with {provider.name} itself",
        )  # fmt: skip
    ownership.forget()


def _refuse_foreign(cluster: Cluster, provider: Provider) -> None:
    if provider.name == "context":
        raise InvalidInput(
            f"cluster {cluster.name} is not removed by this kit", "it existed before and is not ours",
            "take the app away with `./inv deploy.down`",
        )  # fmt: skip
    if not cluster.owned and cluster.seen.state is not ClusterState.ABSENT:
        raise InvalidInput(
            f"{provider.name} cluster {cluster.name} was not made by this kit",
            "only its maker removes a cluster",
            f"use {provider.name} itself",
        )


def _confirm(session: Session, cluster: Cluster) -> None:
    session.console.line(f"Removing {cluster.provider} cluster {cluster.name} destroys for good:")
    for line in what_is_lost(session, cluster.kubectl()):
        session.console.line(f"  {line}")
    session.console.line("  images on its nodes (those in Docker stay)")
    if session.dry_run or session.yes or session.console.confirm(f"Remove {cluster.name}?"):
        return
    raise InvalidInput(
        f"cluster {cluster.name} was left alone",
        "nobody said yes",
        "say --yes to remove it without being asked",
    )


def addresses_line(session: Session, cluster: Cluster) -> str:
    """Where the node ports of the services are published, for the closing line of a step."""
    ports = [service.node_port for service in session.settings.wanted_services() if service.node_port]
    found = {port: cluster.address(port) for port in ports}
    return ", ".join(f"{port} on {url}" if url else f"{port} not published" for port, url in found.items())
