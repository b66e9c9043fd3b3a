"""Takes the app down again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from delivery.cluster import Cluster
from delivery.errors import InvalidInput
from delivery.labels import INSTANCE_LABEL
from delivery.release.access import connect_to_change
from delivery.release.in_use import read_in_use
from delivery.release.left_over import left_over
from delivery.release.lock import deploy_lock
from delivery.release.state import NamespaceState, read_state
from delivery.release.uninstall import uninstall
from delivery.secret import prune_secrets
from delivery.session import Session
from delivery.settings import Settings


def take_down(session: Session, *, data: bool) -> None:
    """Uninstall all releases; with `data` the database's volume and credentials go too.

    Raises InvalidInput where nobody agrees to it.
    """
    cluster = connect_to_change(session)
    names = releases_to_remove(session.settings, read_state(session, cluster))
    if not names and not data:
        session.console.line("Nothing is deployed.")
        return
    _agree(session, names, data)
    with deploy_lock(session, cluster, "deploy down") as held:
        for name in names:
            held.ensure()
            uninstall(session, cluster, name)
        held.ensure()
        prune_secrets(session, cluster, read_in_use(session, cluster).secrets)
        if data:
            _remove_data(session, cluster, names)


def _agree(session: Session, names: Sequence[str], data: bool) -> None:
    lost = f"releases {', '.join(names) or '(none)'} of namespace {session.settings.namespace}"
    if data:
        lost += ", the database's volume with all tasks, and its credentials"
    if not (session.yes or session.dry_run or session.console.confirm(f"This removes {lost}. Go on?")):
        raise InvalidInput("nothing was removed", f"it would remove {lost}", "say --yes to agree")


def releases_to_remove(settings: Settings, state: NamespaceState) -> tuple[str, ...]:
    """Pure: all releases of ours, left-over ones too; each before those that it was deployed after."""
    wanted = [service.name for service in settings.wanted_services() if service.name in state.releases]
    return (*reversed(wanted), *(one.name for one in left_over(settings, state)))


def _remove_data(session: Session, cluster: Cluster, releases: Iterable[str]) -> None:
    services = session.settings.services
    embedded = {name for name, service in services.items() if service.embedded}
    for name in sorted(embedded | (set(releases) - services.keys())):
        argv = cluster.kubectl(
            "delete", "persistentvolumeclaim,secret", "--namespace", session.settings.namespace,
            "--selector", f"{INSTANCE_LABEL}={name}", "--ignore-not-found",
        )  # fmt: skip
        session.door.mutate(argv, timeout_s=120)
