"""What the machine itself must have: a few programs of Debian's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from delivery import filelocks, paths, tools
from delivery.errors import EnvironmentFault
from delivery.packages import archive
from delivery.session import Session

# Program → Debian packages that bring it.
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "mmdebstrap": ("mmdebstrap", "debian-archive-keyring"),
    "gcc": ("gcc", "libc6-dev"),
    "npm": ("npm",),
}
_INSTALL_S = 600.0


def ensure_programs(session: Session, *names: str) -> None:
    """Install what is missing through apt; asks first, unless `--yes` was given.

    Raises EnvironmentFault, with the command to run, where we may not or can't.
    """
    missing = [name for name in names if not shutil.which(name)]
    if not missing:
        return
    packages = [package for name in missing for package in PROGRAMS[name]]
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise _missing(missing, "only root on Debian can install it here", command)
    if not (session.yes or session.console.confirm(f"Install {', '.join(packages)} with apt?")):
        raise _missing(missing, "installing it was not agreed to (--yes does)", command)
    # Several images are built at once, and apt is one at a time.
    with filelocks.hold(session, paths.cache_dir() / "apt.lock", "installs packages with apt", _INSTALL_S):
        _install(session, [name for name in missing if not shutil.which(name)])


def _install(session: Session, names: list[str]) -> None:
    if not names:
        return
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    packages = [package for name in names for package in PROGRAMS[name]]
    session.door.mutate(["apt-get", *wait, "update"], timeout_s=_INSTALL_S, env=environment)
    argv = ["apt-get", *wait, "install", "--yes", "--no-install-recommends", *packages]
    session.door.mutate(argv, timeout_s=_INSTALL_S, env=environment)


def ensure_space(session: Session, needed_gb: float) -> None:
    """Raises EnvironmentFault where our cache or Docker's folder has less room than that (10⁹ bytes)."""
    free_gb = tools.free_disk_bytes(session) / 1e9
    if free_gb < needed_gb:
        raise EnvironmentFault(
            f"not enough disk space: {free_gb:.1f} GB free, {needed_gb:.1f} GB needed",
            "building the node image takes that in the cache and in Docker, most of it for a while",
            "make room, for instance with `docker system prune`, or move the cache with DELIVERY_CACHE",
        )


def ensure_known_architecture() -> None:
    """Raises EnvironmentFault on a machine that the recipes have no pins for."""
    if archive.architecture() != "amd64":
        raise EnvironmentFault(
            f"no recipe for the architecture {archive.architecture()}",
            "the parts that packages/ pins are for amd64",
            "use a network that reaches an image registry",
        )


def _missing(names: list[str], why: str, command: list[str]) -> EnvironmentFault:
    return EnvironmentFault(f"not installed: {', '.join(names)}", why, f"run `{' '.join(command)}`")
