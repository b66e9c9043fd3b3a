"""Does a cluster serve? Looked at closely where somebody asks, and soon after its machines started."""

from __future__ import annotations

from datetime import UTC, datetime

from delivery.cluster.handle import Cluster
from delivery.cluster.provider import Provider, State
from delivery.cluster.readiness import Node, look, moment, read_nodes
from delivery.cluster.record import record_of
from delivery.session import Session

INTERRUPTED = "its creation was interrupted; `./inv cluster.up` begins anew"
# By then every kubelet reported, so that what the API server says is what is so.
_SETTLED_S = 300.0


def why_not_serving(
    session: Session, cluster: Cluster, provider: Provider, *, thorough: bool = False
) -> str | None:
    """None for a cluster that serves: machines run, the API server answers, all nodes are ready.

    `thorough` asks for cluster DNS and the pods of the system as well.
    """
    if record_of(provider.name, cluster.name).unfinished():
        return INTERRUPTED
    if cluster.seen.state is not State.RUNNING:
        return f"it is {cluster.seen.state.value}"
    found = _nodes(session, cluster, provider)
    if isinstance(found, str):
        return f"its API server: {found}"
    late = [node.name for node in found if not node.ready]
    if late:
        return f"node {', '.join(late)} is not ready"
    if thorough or _started_lately(cluster.seen.started_at):
        now = look(session, cluster.kubectl(), cluster.nodes(), cluster.seen.started_at)
        return now.waiting or now.broken or None
    return None


def _nodes(session: Session, cluster: Cluster, provider: Provider) -> tuple[Node, ...] | str:
    record = record_of(provider.name, cluster.name)
    ours = cluster.kubeconfig == record.kubeconfig
    # A copy of the user's configuration is never taken for fresh: the context may lead elsewhere by now.
    known = cluster.kubeconfig.exists() and not (ours and provider.name == "context")
    found = read_nodes(session, cluster.kubectl()) if known else "there is no kubeconfig"
    if isinstance(found, str) and ours:
        # Ports and certificates may have changed since it was written.
        record.prepare()
        provider.write_kubeconfig(record.kubeconfig)
        found = read_nodes(session, cluster.kubectl())
    return found


def _started_lately(started_at: str) -> bool:
    return bool(started_at) and (datetime.now(UTC) - moment(started_at)).total_seconds() < _SETTLED_S
