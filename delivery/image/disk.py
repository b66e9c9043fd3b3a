"""Room on the disk, asked for before something large is made."""

from __future__ import annotations

from delivery import tools
from delivery.errors import EnvironmentFault
from delivery.session import Session

_GIB = 1024**3
# Measured: the three builds with their caches take 1.9 GiB, an image's copy on a node up to 0.2 GiB.
BUILD_BYTES = 3 * _GIB
LOAD_BYTES = 1 * _GIB


def ensure_room(session: Session, needed_bytes: int, purpose: str) -> None:
    """Raise EnvironmentFault with both figures where the disk has less room than that."""
    free_bytes = tools.free_disk_bytes(session)
    if free_bytes < needed_bytes:
        raise EnvironmentFault(
            f"the disk is nearly full: no room to {purpose}",
            f"{free_bytes / _GIB:.1f} GiB are free where Docker and the kit keep their data; "
            f"{needed_bytes / _GIB:.0f} GiB are needed",
            "free some room, for instance with ./inv build.prune or `docker system prune`, then run again",
        )
