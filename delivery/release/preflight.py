"""What is checked before anything is changed."""

from __future__ import annotations

from delivery import tools
from delivery.errors import EnvironmentFault
from delivery.session import Session

_GIB = 1024**3
# Measured: the three images, their copies on the node and the build cache take 3.1 GiB on a first deploy.
NEEDED_BYTES = 6 * _GIB


def check_disk(session: Session, needed_bytes: int = NEEDED_BYTES) -> None:
    """Raise EnvironmentFault where the engine's disk has less room than a first deploy needs."""
    free_bytes = tools.free_disk_bytes(session)
    if free_bytes < needed_bytes:
        raise EnvironmentFault(
            "the disk is nearly full",
            f"{free_bytes / _GIB:.1f} GiB are free where Docker keeps its data; "
            f"{needed_bytes / _GIB:.0f} GiB are needed",
            "free some room, for instance with `docker system prune`, or ./inv build.prune",
        )
