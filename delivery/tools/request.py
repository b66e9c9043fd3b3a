"""What `tools.install` does: the named tools, or all that a deploy needs."""

from __future__ import annotations

from collections.abc import Sequence

from delivery.session import Session
from delivery.tools import locate
from delivery.tools.catalogue import tool_named
from delivery.tools.engine import ensure_engine
from delivery.tools.installer import install as install_one
from delivery.tools.memo import memo
from delivery.tools.status_table import required_names
from delivery.tools.tool_model import Found


def install(session: Session, names: Sequence[str] = ()) -> tuple[tuple[str, Found], ...]:
    """Install these tools, or all that a deploy with these settings needs; returns each with its place.

    All names are checked before anything is installed. Raises InvalidInput, ToolMissing, EnvironmentFault.
    """
    wanted = [tool_named(name) for name in names or ("docker", *needed(session))]
    if any(tool.of_engine for tool in wanted):
        ensure_engine(session)
    done = []
    for tool in wanted:
        found = locate.find(session, tool)
        if found is None and not (tool.of_engine or session.dry_run):
            # Somebody who names a tool has perhaps just mended the network: ask silent hosts again.
            found = memo(session).tools[tool.name] = install_one(session, tool, fresh=bool(names))
        elif found is None and not tool.of_engine:
            locate.path(session, tool.name)
        if found:
            done.append((tool.name, found))
    return tuple(done)


def needed(session: Session) -> tuple[str, ...]:
    """The tools for these settings; with provider auto minikube where it can be had, else kind."""
    provider = session.settings.cluster.provider
    if provider == "auto":
        provider = "minikube" if locate.available(session, "minikube") else "kind"
    return required_names(provider)
