"""Clusters that we did not make are changed only when they were named."""

from __future__ import annotations

from delivery.cluster.handle import Cluster
from delivery.errors import InvalidInput
from delivery.session import Session


def ensure_may_change(session: Session, cluster: Cluster) -> None:
    """Raise InvalidInput unless we made this cluster, or its context was named by flag or setting."""
    if not cluster.owned:
        ensure_named(session, cluster.provider, cluster.context)


def ensure_named(session: Session, provider: str, context: str) -> None:
    """Raise InvalidInput unless the settings name this context."""
    if session.settings.cluster.context == context:
        return
    raise InvalidInput(
        f"context {context} belongs to a cluster that this kit did not make",
        "such a cluster is changed only when its context is named",
        f"name it: --provider {provider} --context {context} (or cluster.context in deploy.yaml); "
        "for a cluster of your own give another name: --cluster NAME",
    )
