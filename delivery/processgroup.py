"""Programs that run in a session of their own, and how they are ended with all that they started."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from delivery.errors import ToolMissing

_GRACE_S = 5.0
_ORPHAN_GRACE_S = 0.5
_POLL_S = 0.05
# Source: Linux, include/uapi/linux/prctl.h.
_PR_SET_PDEATHSIG = 1


class ProcessGroup:
    """A running program in a session of its own, so that we decide which signals it and its children get."""

    pid: int

    def end(self) -> None:
        """Interrupt the whole group, give it a moment, then kill what is left of it.

        The leader's end isn't enough: what it started in the background ignores interrupts. An impatient
        second Ctrl-C kills it at once.
        """
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                if not self._signal(number) or self._group_ends():
                    return
        except KeyboardInterrupt:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill the whole group, now."""
        self._signal(signal.SIGKILL)

    def leader_ended(self) -> bool:
        """Whether the program itself ended."""
        raise NotImplementedError

    def _signal(self, number: int) -> bool:
        """False where no process of the group is left; macOS says EPERM of a group that is all zombies."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _group_ends(self) -> bool:
        """Whether the group is gone within its grace; orphans of an ended leader get less."""
        began = time.monotonic()
        while time.monotonic() - began < (_ORPHAN_GRACE_S if self.leader_ended() else _GRACE_S):
            if not self._signal(0):
                return True
            time.sleep(_POLL_S)
        return False


class Served(ProcessGroup):
    """A helper that runs beside us while a block runs."""

    def __init__(self, process: subprocess.Popen[bytes] | None) -> None:
        self._process = process
        self.pid = process.pid if process else 0

    def runs(self) -> bool:
        """Whether it lives; asking reaps it once it ended."""
        return self._process is not None and self._process.poll() is None

    def leader_ended(self) -> bool:
        """Whether the program itself ended."""
        return not self.runs()


def ends_with_us() -> Callable[[], None]:
    """To be called in a child before its program begins: it is told to end when we are killed.

    A helm that goes on alone would work against the run that mends what the killed one left. It is the end of
    the thread that made the child which counts, so that thread has to wait for it. Linux only.
    """
    parent, prctl = os.getpid(), _prctl()

    def ask() -> None:
        if prctl:
            prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(128 + signal.SIGTERM)

    return ask


@functools.cache
def _prctl() -> Callable[..., int] | None:
    if sys.platform != "linux":
        return None
    import ctypes

    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), "prctl", None)
    return found


def start(
    argv: Sequence[str], log: Path, *, environ: Mapping[str, str] | None = None, outlives: bool = False
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, its output in `log`. Raises ToolMissing.

    Unless it `outlives` us, it ends when we are killed. `environ` replaces our environment.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        try:
            return subprocess.Popen(
                list(argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                env=environ,
                preexec_fn=None if outlives else ends_with_us(),  # noqa: PLW1509 - a call of prctl is all
            )  # fmt: skip
        except FileNotFoundError as missing:
            raise ToolMissing(f"`{argv[0]}` is not installed", "", "run `./inv tools.install`") from missing
