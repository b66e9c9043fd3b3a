"""Programs that run in a session of their own, and how they are ended with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from delivery.errors import ToolMissing

_GRACE_S = 5.0
_ORPHAN_GRACE_S = 0.5
_POLL_S = 0.05


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


def start(
    argv: Sequence[str], log: Path, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, output in `log`, `environ` for ours. Raises ToolMissing."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        try:
            return subprocess.Popen(
                list(argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                env=environ,
            )  # fmt: skip
        except FileNotFoundError as missing:
            raise ToolMissing(f"`{argv[0]}` is not installed", "", "run `./inv tools.install`") from missing
