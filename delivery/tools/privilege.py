"""Root, where something system-wide has to change: as this user, or by a sudo that asks for no password."""

from __future__ import annotations

import os
import shutil

from delivery.errors import EnvironmentFault
from delivery.session import Session


def become_root(session: Session, question: str, command: str) -> tuple[str, ...]:
    """What goes before an argv to run it as root, once the user has agreed to the question.

    `command` is what a person may run instead. Raises EnvironmentFault naming it where nobody agreed, or sudo
    wants a password. A dry run asks nothing.
    """
    what = question.partition(". ")[0]
    if not (session.yes or session.dry_run or session.console.confirm(question)):
        raise EnvironmentFault(what, "nobody allowed us to change that", f"run `{command}`")
    if os.geteuid() == 0:
        return ()
    sudo = shutil.which("sudo")
    if session.dry_run or (sudo and session.door.read([sudo, "-n", "true"], accept=None).ok):
        return (sudo or "sudo", "-n")
    raise EnvironmentFault(
        what,
        "changing that needs root, and sudo asks for a password here",
        f"run `{command if command.startswith('sudo') else f'sudo {command}'}`",
    )
