"""Takes the app down again."""

from __future__ import annotations

from delivery.cluster import Cluster
from delivery.errors import InvalidInput
from delivery.release import helm
from delivery.release.access import connect_to_change
from delivery.release.in_use import read_in_use
from delivery.release.lock import deploy_lock
from delivery.release.record import remove_record
from delivery.secret import prune_secrets
from delivery.session import Session

_GONE_S = 90.0


def take_down(session: Session, *, data: bool) -> None:
    """Uninstall all releases; with `data` the database's volume and credentials go too.

    Raises InvalidInput where nobody agrees to it.
    """
    cluster = connect_to_change(session)
    names = [name for name in session.settings.services if name in helm.releases(session, cluster)]
    if not names and not data:
        session.console.line("Nothing is deployed.")
        return
    _agree(session, names, data)
    with deploy_lock(session, cluster, "deploy down"):
        for name in reversed(names):
            with session.console.step(f"Uninstall {name}"):
                helm.uninstall(session, cluster, name)
                _wait_until_gone(session, cluster, name)
                remove_record(session, cluster, name)
        prune_secrets(session, cluster, read_in_use(session, cluster).secrets)
        if data:
            _remove_data(session, cluster)


def _wait_until_gone(session: Session, cluster: Cluster, release: str) -> None:
    """Until no pod of the release is left: helm 4.1 returns while they still end, and they name Secrets.

    What isn't gone by then keeps its Secrets, so the answer is not asked for.
    """
    argv = cluster.kubectl(
        "wait", "deployments,statefulsets,replicasets,pods", "--for", "delete",
        "--selector", f"app.kubernetes.io/instance={release}",
        "--namespace", session.settings.namespace, "--timeout", f"{_GONE_S:.0f}s",
    )  # fmt: skip
    session.door.mutate(argv, timeout_s=2 * _GONE_S, accept=None)


def _agree(session: Session, names: list[str], data: bool) -> None:
    lost = f"releases {', '.join(names) or '(none)'} of namespace {session.settings.namespace}"
    if data:
        lost += ", the database's volume with all tasks, and its credentials"
    if not (session.yes or session.dry_run or session.console.confirm(f"This removes {lost}. Go on?")):
        raise InvalidInput("nothing was removed", f"it would remove {lost}", "say --yes to agree")


def _remove_data(session: Session, cluster: Cluster) -> None:
    for service in session.settings.services.values():
        if service.embedded:
            argv = cluster.kubectl(
                "delete", "persistentvolumeclaim,secret", "--namespace", session.settings.namespace,
                "--selector", f"app.kubernetes.io/instance={service.name}", "--ignore-not-found",
            )  # fmt: skip
            session.door.mutate(argv, timeout_s=120)
