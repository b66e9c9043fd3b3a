"""Chromium: the machine's own, or Debian's, which is installed as the kit installs what it lacks."""

from __future__ import annotations

import platform
import shutil

from delivery.errors import EnvironmentFault
from delivery.session import Session
from delivery.tools import apt
from delivery.tools.privilege import become_root

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-color-emoji", "fonts-dejavu-core")
COMMAND = " ".join(["apt-get", *apt.INSTALL, *PACKAGES])
_MACS_OWN = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# We may be root in a container, where Chromium's sandbox has no room; it only ever sees our own app.
# The rest keeps it from calling its maker's servers at every start.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--font-render-hinting=none",
)  # fmt: skip


def chromium(session: Session) -> str:
    """Path of the browser; installed through apt where there is none and that may be done.

    Raises EnvironmentFault.
    """
    return _found() or _install(session)


def _found() -> str:
    names = (*NAMES, _MACS_OWN) if platform.system() == "Darwin" else NAMES
    return next((path for name in names if (path := shutil.which(name))), "")


def _install(session: Session) -> str:
    what, fix = "no Chromium", "install Chromium so that `chromium` is on PATH, then run this again"
    if platform.system() != "Linux":
        raise EnvironmentFault(what, "it is only installed for you on Debian", fix)
    apt.need_apt(what, fix)
    root = become_root(session, "no Chromium. Install it with apt?", COMMAND)
    with apt.one_at_a_time(session):
        if not _found():
            apt.update(session, root)
            apt.install(session, root, PACKAGES, session.console.note)
    path = _found()
    if not path:
        raise EnvironmentFault(what, "apt installed it, but there is no such program on PATH", fix)
    return path
