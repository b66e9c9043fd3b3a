"""What the user sees: plain lines when piped, a live status on a terminal; masked always."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from delivery.masking import Masker

HEARTBEAT_S = 15.0


@dataclass
class Step:
    """One step under way; `note` says what it is at, `detail` becomes part of its closing line."""

    title: str
    expected_s: float | None = None
    began: float = field(default_factory=time.monotonic)
    now: str = ""
    detail: str = ""

    def note(self, text: str) -> None:
        """What the step is doing at this moment."""
        self.now = text

    def took_s(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self.began

    def status(self) -> str:
        """The step in one line while it runs, with what remains where that is known."""
        text = f"{self.title}: {self.now}" if self.now else self.title
        took_s = self.took_s()
        if self.expected_s is None:
            return f"{text} … {duration(took_s)}"
        left_s = max(0.0, self.expected_s - took_s)
        rest = f"about {duration(left_s)} left" if left_s else "nearly done"
        return f"{text} … {duration(took_s)}, {rest}"


class Console:
    """Prints steps and their seconds. Threads may use one console together."""

    def __init__(
        self, *, masker: Masker | None = None, verbose: bool = False, out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:  # fmt: skip
        self.masker = masker or Masker()
        self.verbose = verbose
        self._out, self._err = out, err
        self._lock = threading.RLock()
        self._running: list[Step] = []
        self._status: Any = None

    def line(self, text: str = "") -> None:
        """A line of the answer."""
        self._write(self._out or sys.stdout, text)

    @contextlib.contextmanager
    def answer_beside(self) -> Iterator[None]:
        """While the block runs, lines of the answer go to stderr: the answer is another one, a document."""
        before, self._out = self._out, self._err or sys.stderr
        try:
            yield
        finally:
            self._out = before

    def note(self, text: str) -> None:
        """A line beside the answer, on stderr."""
        self._write(self._err or sys.stderr, text)

    def warn(self, text: str) -> None:
        """Something the user should know, though we go on."""
        self.note(f"! {text}")

    def trace(self, command: str) -> None:
        """A command that runs now; shown with --verbose."""
        if self.verbose:
            self.note(f"$ {command}")

    def trace_error(self, error: BaseException) -> None:
        """Where an error that we go on from came about; shown with --verbose."""
        if self.verbose:
            self.note("".join(traceback.format_exception(error)).rstrip())

    def would_run(self, command: str) -> None:
        """A command that a dry run leaves out."""
        self.line(f"would run: {command}")

    def child_line(self, label: str, text: str) -> None:
        """A line that a child printed."""
        self.note(f"[{label}] {text}")

    @contextlib.contextmanager
    def step(self, title: str, expected_s: float | None = None) -> Iterator[Step]:
        """Announce a step, keep its status alive, and close it with its seconds."""
        step = Step(title, expected_s)
        with self._lock:
            self._running.append(step)
            self._refresh()
        heart = _Heartbeat(self, step)
        heart.start()
        mark = "✗"
        try:
            yield step
            mark = "✓"
        finally:
            heart.stop()
            with self._lock:
                self._running.remove(step)
                self._refresh()
            detail = f"  {step.detail}" if step.detail else ""
            self.note(f"{mark} {step.title}{detail}  ({duration(step.took_s())})")

    def is_terminal(self) -> bool:
        """Whether a person may be watching."""
        return (self._err or sys.stderr).isatty()

    def confirm(self, question: str) -> bool:
        """Ask on a terminal; without one the answer is no."""
        if not (sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()):
            return False
        try:
            return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:
            return False

    def _write(self, stream: TextIO, text: str) -> None:
        with self._lock:
            stream.write(self.masker.mask(text) + "\n")
            stream.flush()

    def _refresh(self) -> None:
        if not self.is_terminal():
            return
        if self._running and self._status is None:
            from rich.console import Console as Rich
            from rich.status import Status

            self._status = Status("", console=Rich(stderr=True))
            self._status.start()
        if self._status is None:
            return
        if not self._running:
            self._status.stop()
            self._status = None
            return
        from rich.text import Text

        self._status.update(Text(self.masker.mask("  |  ".join(s.status() for s in self._running))))

    def _beat(self, step: Step) -> None:
        with self._lock:
            if self.is_terminal():
                self._refresh()
            elif step in self._running:
                self.note(f"… {step.status()}")


class _Heartbeat:
    """Tells from time to time how far a long step is."""

    def __init__(self, console: Console, step: Step) -> None:
        self._console, self._step = console, step
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        pause_s = 1.0 if self._console.is_terminal() else HEARTBEAT_S
        while not self._ended.wait(pause_s):
            self._console._beat(self._step)


def duration(seconds: float) -> str:
    """Seconds in words a person reads at a glance: ``0.4 s``, ``12 s``, ``3 min 05 s``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
