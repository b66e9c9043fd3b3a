"""Calls apt, as root: updates its lists, installs packages, asks what it would install."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from delivery import filelocks
from delivery.errors import EnvironmentFault
from delivery.paths import cache_dir
from delivery.session import Session
from delivery.tools import apt_sources

_TIMEOUT_S = 1200.0
# Another program may hold dpkg's own lock: an upgrade at night, a person.
_WAIT = ("-o", "DPkg::Lock::Timeout=300")
INSTALL = ("install", "-y", "--no-install-recommends")


def need_apt(what: str, fix: str) -> None:
    """Raise EnvironmentFault where this system has no apt."""
    if not shutil.which("apt-get"):
        raise EnvironmentFault(what, "this system has no apt, the only way that we install it", fix)


@contextlib.contextmanager
def one_at_a_time(session: Session) -> Iterator[None]:
    """Hold the right to call apt: jobs and runs side by side would refuse each other."""
    with filelocks.hold(session, cache_dir() / "apt.lock", "installs packages with apt", _TIMEOUT_S):
        yield


def update(session: Session, root: Sequence[str]) -> None:
    """Renew apt's lists; `root` goes before the argv."""
    answer = session.door.mutate(
        [*root, program("apt-get"), "update", *_WAIT], timeout_s=_TIMEOUT_S, accept=None
    )
    if not answer.ok:  # one broken source of the user's must not stop us: the next step tells what is missing
        session.console.warn(f"apt-get update: {answer.last_lines(1)}")


def install(
    session: Session, root: Sequence[str], arguments: Sequence[str], note: Callable[[str], None]
) -> None:
    """Install packages; `arguments` are their names, and options such as a target release.

    Raises CommandFailed with apt's last lines.
    """
    # Without systemd a package's start script may fail and break the installation: RUNLEVEL=1 holds it back,
    # and whoever needs the service starts it.
    env = ["DEBIAN_FRONTEND=noninteractive", *([] if systemd_runs() else ["RUNLEVEL=1"])]
    argv = [*root, program("env"), *env, program("apt-get"), *INSTALL, *_WAIT, *arguments]
    session.door.mutate(argv, timeout_s=_TIMEOUT_S, on_line=note)


def candidate(session: Session, package: str) -> str:
    """The version that apt would install; empty for none."""
    return apt_sources.candidate(session.door.read([program("apt-cache"), "policy", package]).stdout)


def program(name: str) -> str:
    """Where a program lies, or its bare name."""
    return shutil.which(name) or name


def systemd_runs() -> bool:
    """Whether systemd is what runs this machine's services."""
    return Path("/run/systemd/system").is_dir()
