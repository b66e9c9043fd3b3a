"""What the machine itself must have: a few programs of Debian's."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping

from delivery import tools
from delivery.errors import EnvironmentFault
from delivery.packages import image_archive
from delivery.session import Session
from delivery.tools import apt
from delivery.tools.privilege import become_root

# Program → Debian packages that bring it.
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "mmdebstrap": ("mmdebstrap", "debian-archive-keyring"),
    "gcc": ("gcc", "libc6-dev"),
    "npm": ("npm",),
}


def ensure_programs(session: Session, *names: str) -> None:
    """Install what is missing through apt; asks first, unless `--yes` was given.

    Raises EnvironmentFault, with the command to run, where we may not or can't.
    """
    missing = [name for name in names if not shutil.which(name)]
    if not missing:
        return
    packages = _packages(missing)
    command = " ".join(["apt-get", *apt.INSTALL, *packages])
    apt.need_apt(f"not installed: {', '.join(missing)}", f"install {', '.join(missing)}, then run this again")
    question = f"Not installed: {', '.join(missing)}. Install {', '.join(packages)} with apt?"
    root = become_root(session, question, command)
    with apt.one_at_a_time(session):
        # Several images are built at once: another job may have installed it by now.
        packages = _packages(name for name in missing if not shutil.which(name))
        if packages:
            apt.update(session, root)
            apt.install(session, root, packages, session.console.note)


def _packages(programs: Iterable[str]) -> list[str]:
    return [package for name in programs for package in PROGRAMS[name]]


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
    if image_archive.architecture() != "amd64":
        raise EnvironmentFault(
            f"no recipe for the architecture {image_archive.architecture()}",
            "the parts that packages/ pins are for amd64",
            "use a network that reaches an image registry",
        )
