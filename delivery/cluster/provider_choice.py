"""Which provider serves this run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from delivery import tools
from delivery.cluster.context import ContextProvider
from delivery.cluster.kind import KindProvider
from delivery.cluster.minikube import MinikubeProvider
from delivery.cluster.ownership import ownership_of
from delivery.cluster.programs import installed
from delivery.cluster.provider import ClusterState, Provider
from delivery.session import Session

PROVIDERS: Mapping[str, Callable[[Session, str], Provider]] = {
    "minikube": MinikubeProvider,
    "kind": KindProvider,
    "context": ContextProvider,
}
LOCAL = ("minikube", "kind")


def choose_provider(session: Session) -> Provider:
    """The provider that the settings name.

    `auto`: the one in which we made a cluster of this name that is still there, else minikube where it is
    installed or can be had, else kind.
    """
    wanted = session.settings.cluster.provider
    return _provider(session, _auto(session) if wanted == "auto" else wanted)


def _auto(session: Session) -> str:
    existing = [name for name in LOCAL if _is_ours(session, name)]
    if existing:
        return existing[0]
    return "minikube" if tools.available(session, "minikube") else "kind"


def _is_ours(session: Session, name: str) -> bool:
    ownership = ownership_of(name, session.settings.cluster.name)
    if not ownership.exists():
        return False
    if ownership.unfinished():
        return True
    if name == "kind" and not installed(session, "docker"):
        return False
    seen = _provider(session, name).look()
    return seen.state is not ClusterState.ABSENT and ownership.fits(seen.identity)


def _provider(session: Session, name: str) -> Provider:
    return PROVIDERS[name](session, session.settings.cluster.name)
