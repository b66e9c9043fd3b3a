"""What a command or a step said, with the second of each line: both sides are timed by what they print."""

from __future__ import annotations

import io
import re
import threading
import time


class Heard(io.StringIO):
    """A stream that notes when each line came, in seconds since it was made."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.monotonic()
        self._lock = threading.Lock()
        self._lines: list[tuple[float, str]] = []

    def write(self, text: str, /) -> int:
        """Take whole lines, as a console writes them."""
        for line in text.splitlines():
            self.line(line)
        return len(text)

    def line(self, text: str) -> None:
        """Take one line."""
        with self._lock:
            self._lines.append((time.monotonic() - self.began, text))

    def begin(self) -> None:
        """Count from now."""
        self.began = time.monotonic()

    def took_s(self) -> float:
        """Seconds until now."""
        return time.monotonic() - self.began

    def first_s(self, pattern: str) -> float | None:
        """When the first line came in which the pattern is found."""
        with self._lock:
            return next((at_s for at_s, line in self._lines if re.search(pattern, line)), None)
