"""Does a cluster serve? Looked at closely where somebody asks, and soon after its machines started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from delivery.cluster.handle import Cluster
from delivery.cluster.ownership import ownership_of
from delivery.cluster.provider import ClusterState, Provider
from delivery.cluster.readiness import api_ready, look, moment, read_nodes
from delivery.session import Session

Fact = TypeVar("Fact")
INTERRUPTED = "its creation was interrupted; `./inv cluster.up` begins anew"
# By then every kubelet reported, so that what the API server says is what is so.
_SETTLED_S = 300.0


def why_not_serving(
    session: Session, cluster: Cluster, provider: Provider, *, thorough: bool = False
) -> str | None:
    """None for a cluster that serves: machines run, the API server answers, its nodes are ready.

    `thorough` asks for cluster DNS and the pods of the system as well. Of a cluster that isn't ours only the
    API server is asked: one node of many that is down doesn't matter, and not everybody may list nodes.
    """
    if ownership_of(provider.name, cluster.name).unfinished():
        return INTERRUPTED
    if cluster.seen.state is not ClusterState.RUNNING:
        return f"it is {cluster.seen.state.value}"
    if not cluster.owned:
        answer = _asked(session, cluster, provider, api_ready)
        return f"its API server: {answer}" if isinstance(answer, str) else None
    unhealthy = _unhealthy(session, cluster, provider)
    if unhealthy is None and (thorough or _started_lately(cluster.seen.started_at)):
        now = look(session, cluster.kubectl(), cluster.nodes(), cluster.seen.started_at)
        return now.waiting or now.broken or None
    return unhealthy


def _unhealthy(session: Session, cluster: Cluster, provider: Provider) -> str | None:
    found = _asked(session, cluster, provider, read_nodes)
    if isinstance(found, str):
        return f"its API server: {found}"
    late = [node.name for node in found if not node.ready]
    return f"node {', '.join(late)} is not ready" if late else None


def _asked(
    session: Session, cluster: Cluster, provider: Provider,
    question: Callable[[Session, Sequence[str]], Fact | str],
) -> Fact | str:  # fmt: skip
    ownership = ownership_of(provider.name, cluster.name)
    ours = cluster.kubeconfig == ownership.kubeconfig
    # A copy of the user's configuration is never taken for fresh: the context may lead elsewhere by now.
    known = cluster.kubeconfig.exists() and not (ours and provider.name == "context")
    found = question(session, cluster.kubectl()) if known else "there is no kubeconfig"
    if isinstance(found, str) and ours:
        # Ports and certificates may have changed since it was written.
        ownership.prepare()
        provider.write_kubeconfig(ownership.kubeconfig)
        found = question(session, cluster.kubectl())
    return found


def _started_lately(started_at: str) -> bool:
    return bool(started_at) and (datetime.now(UTC) - moment(started_at)).total_seconds() < _SETTLED_S
