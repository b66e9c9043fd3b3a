"""Takes one release away, whole."""

from __future__ import annotations

import contextlib

from delivery.cluster import Cluster
from delivery.labels import INSTANCE_LABEL
from delivery.release import helm
from delivery.release.record import remove_record
from delivery.session import Session

_GONE_S = 90.0


def uninstall(session: Session, cluster: Cluster, release: str) -> None:
    """Uninstall a release, wait until its pods are gone, forget its record. Kept volumes stay."""
    # A dry run removes nothing, so nothing is to be announced as done.
    step = contextlib.nullcontext() if session.dry_run else session.console.step(f"Uninstall {release}")
    with step:
        helm.uninstall(session, cluster, release)
        _wait_until_gone(session, cluster, release)
        remove_record(session, cluster, release)


def _wait_until_gone(session: Session, cluster: Cluster, release: str) -> None:
    """Until no pod of the release is left: helm 4.1 returns while they still end, and they name Secrets.

    What isn't gone by then keeps its Secrets, so the answer is not asked for.
    """
    argv = cluster.kubectl(
        "wait", "deployments,statefulsets,replicasets,pods", "--for", "delete",
        "--selector", f"{INSTANCE_LABEL}={release}",
        "--namespace", session.settings.namespace, "--timeout", f"{_GONE_S:.0f}s",
    )  # fmt: skip
    session.door.mutate(argv, timeout_s=2 * _GONE_S, accept=None)
