"""Helper programs: what is there, and installing what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session


@session_task(name="status", default=True, help={"output": "table or json."})
def tools_status(session: Session, output: str = "table") -> None:
    """Show each tool: the version wanted, the one found, its source.

    Looks at PATH, at the cache and at Docker; installs nothing and asks no host.

    Example: ./inv tools.status --output json
    """
    from delivery import tools

    session.console.line(tools.rendered(tools.status(session), output))


@session_task(
    name="install", help={"names": "Tools by name, with commas between; empty: all that a deploy needs."}
)
def tools_install(session: Session, names: str = "") -> None:
    """Install the helper programs, and Docker Engine with --yes.

    Programs go into the user's cache, never system-wide; only Docker Engine is installed through apt, as
    root, when --yes is given or a person agrees.

    Example: ./inv tools.install --names helm,kubectl
    """
    from delivery import tools
    from delivery.settings.flags import split_names

    for name, found in tools.install(session, split_names(names)):
        session.console.line(f"{name} {found.version}  {found.path}  ({found.source})")
