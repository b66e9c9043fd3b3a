"""Locks between runs: waited for in the open, and left at once when the run is interrupted."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from delivery.console import duration
from delivery.errors import EnvironmentFault
from delivery.session import Session

if TYPE_CHECKING:
    import filelock

_POLL_S = 0.3


@contextlib.contextmanager
def hold(session: Session, path: Path, what: str, limit_s: float) -> Iterator[bool]:
    """Hold the lock file `path` while the block runs; the kernel frees the lock of a killed process.

    `what` tells what its holder does: "is installing kind". Gives whether it had to wait, so that things may
    be different from what was seen before. Raises EnvironmentFault after `limit_s` seconds, Interrupted.
    """
    import filelock

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path)
    waited = not _taken(lock)
    if waited:
        session.console.note(f"  another run {what}; waiting for it")
        _wait_for(session, lock, what, limit_s)
    try:
        yield waited
    finally:
        lock.release()


def _wait_for(session: Session, lock: filelock.BaseFileLock, what: str, limit_s: float) -> None:
    ends = time.monotonic() + limit_s
    while time.monotonic() < ends:
        session.door.check()
        time.sleep(_POLL_S)
        if _taken(lock):
            return
    raise EnvironmentFault(
        f"another run {what}, and was waited for too long ({duration(limit_s)})",
        f"it holds {lock.lock_file}",
        "end that run, then try again",
    )


def _taken(lock: filelock.BaseFileLock) -> bool:
    import filelock

    with contextlib.suppress(filelock.Timeout):
        lock.acquire(blocking=False)
    return lock.is_locked
