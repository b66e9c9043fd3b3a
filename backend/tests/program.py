"""Programs that tests start beside themselves."""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

BACKEND = Path(__file__).parents[1]


class Program(subprocess.Popen[str]):
    """A running program in the backend's folder, its output in files.

    A pipe that nobody reads stops a server once it is full, and it may hold 4 KiB only: Linux makes pipes
    that small for a user who has many (pipe(7), pipe-user-pages-soft), as on a machine full of containers.
    """

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self._files = [tempfile.TemporaryFile("w+") for _ in range(2)]  # noqa: SIM115  as long as it runs
        out, err = self._files
        super().__init__(argv, cwd=BACKEND, env=environment, stdout=out, stderr=err, text=True)

    def outcome(self, timeout_s: float) -> tuple[str, str]:
        """What it printed on both streams, once it has ended. Raises subprocess.TimeoutExpired."""
        self.wait(timeout_s)
        return self._content(0), self._content(1)

    def end(self) -> None:
        """Kills it, if it still runs."""
        self.kill()
        self.wait(timeout=30)

    def _content(self, number: int) -> str:
        self._files[number].seek(0)
        return self._files[number].read()
