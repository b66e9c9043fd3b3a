"""Chromium: the machine's own, or Debian's, which the tests install as the kit installs what it lacks."""

from __future__ import annotations

import platform
import shutil

from delivery.errors import EnvironmentFault
from delivery.session import open_session
from delivery.tools import apt
from delivery.tools.privilege import become_root

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-color-emoji", "fonts-dejavu-core")
COMMAND = " ".join(["apt-get", *apt.INSTALL, *PACKAGES])
# A name under which nobody told the app that it may be reached; only this browser knows it.
STRANGE_HOST = "unheard-of.example"
# The tests may be root in a container, where Chromium's sandbox has no room; it only ever sees our own app.
# The rest keeps it from calling its maker's servers at every start.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--font-render-hinting=none", f"--host-resolver-rules=MAP {STRANGE_HOST} 127.0.0.1",
)  # fmt: skip


def chromium() -> str:
    """Path of the browser; installed through apt where there is none. Raises EnvironmentFault."""
    return _found() or _install()


def _found() -> str:
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def _install() -> str:
    what, fix = "no Chromium", "install Chromium so that `chromium` is on PATH, then run this again"
    if platform.system() != "Linux":
        raise EnvironmentFault(what, "it is only installed for you on Debian", fix)
    apt.need_apt(what, fix)
    session = open_session({}, yes=True)
    root = become_root(session, "no Chromium. Install it with apt?", COMMAND)
    with apt.one_at_a_time(session):
        if not _found():
            apt.update(session, root)
            apt.install(session, root, PACKAGES, session.console.note)
    path = _found()
    if not path:
        raise EnvironmentFault(what, "apt installed it, but there is no such program on PATH", fix)
    return path
