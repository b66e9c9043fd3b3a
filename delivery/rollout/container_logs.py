"""The lines that a container printed last, in this life or the one before, as far as they matter."""

from __future__ import annotations

from delivery.cluster import Cluster
from delivery.errors import DeliveryError, Interrupted
from delivery.rollout.log_heart import heart, matters
from delivery.session import Session

_LINES = 20
_LOOKED_AT = 300
# kubectl says so on stdout and ends well: a container that ended this moment.
_NO_LOG = "unable to retrieve container logs"


def last_lines(session: Session, cluster: Cluster, pod: str, container: str = "") -> str:
    """The heart of the log, or an empty string: evidence that can't be had must not hide a verdict."""
    log = _log(session, cluster, pod, container)
    before = (
        "" if any(map(matters, log.splitlines())) else _log(session, cluster, pod, container, "--previous")
    )
    return heart(log, _LINES, before) or heart(before, _LINES)


def _log(session: Session, cluster: Cluster, pod: str, container: str, *previous: str) -> str:
    chosen = ("--container", container) if container else ()
    argv = cluster.kubectl(
        "logs", pod, *chosen, "--namespace", session.settings.namespace, "--tail", str(_LOOKED_AT), *previous
    )
    try:
        answer = session.door.read(argv, accept=None, timeout_s=15)
    except Interrupted:
        raise
    except DeliveryError:
        return ""
    return answer.stdout.rstrip() if answer.ok and not answer.stdout.startswith(_NO_LOG) else ""
