"""The last lines that a container printed, in this life or the one before."""

from __future__ import annotations

from delivery.cluster import Cluster
from delivery.errors import DeliveryError, Interrupted
from delivery.session import Session

_LINES = 20
# kubectl says so on stdout and ends well: a container that ended this moment.
_NO_LOG = "unable to retrieve container logs"


def last_lines(session: Session, cluster: Cluster, pod: str, container: str = "") -> str:
    """The end of the log, or an empty string: evidence that can't be had must not hide a verdict."""
    chosen = ("--container", container) if container else ()
    for previous in ((), ("--previous",)):
        argv = cluster.kubectl(
            "logs", pod, *chosen, "--namespace", session.settings.namespace, "--tail", str(_LINES), *previous
        )
        try:
            answer = session.door.read(argv, accept=None, timeout_s=15)
        except Interrupted:
            raise
        except DeliveryError:
            return ""
        if answer.ok and answer.stdout.strip() and not answer.stdout.startswith(_NO_LOG):
            return answer.stdout.rstrip()
    return ""
