"""The only door to other programs: argv in, result out.

Every call has a timeout and a kind. *Reads* run always; *mutations* are printed instead of run in a dry run.
Nothing goes through a shell, children never see a terminal, Secrets travel by stdin.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from delivery import signals
from delivery.console import Console
from delivery.errors import CommandFailed, Interrupted, TimedOut, ToolMissing
from delivery.processgroup import ProcessGroup, Served, ends_with_us, start

LAST_LINES = 12
_MEANWHILE_S = 1.0
_ANY_CODE = tuple(range(-64, 256))


class Kind(Enum):
    """Whether a command only looks or changes something."""

    READ = "read"
    MUTATION = "mutation"


@dataclass(frozen=True)
class Command:
    """One call of a program.

    `accept` lists the exit codes that are answers; None means any. `label` shows the child's lines as they
    come, with this prefix; `on_line` gets each of them. `stdin` never appears in any output. `meanwhile` is
    called about once a second while the program runs; what it raises ends the program first.
    `env` is laid over our own environment, or replaces it where not `inherit_env`.
    """

    argv: tuple[str, ...]
    kind: Kind = Kind.READ
    timeout_s: float = 60.0
    stdin: str | None = None
    env: Mapping[str, str] | None = None
    inherit_env: bool = True
    cwd: Path | None = None
    accept: Collection[int] | None = (0,)
    label: str = ""
    on_line: Callable[[str], None] | None = None
    meanwhile: Callable[[], None] | None = None

    def printable(self) -> str:
        """The command as a person can repeat it; mask it before it is shown."""
        return shlex.join(self.argv)


@dataclass(frozen=True)
class Result:
    """What a program answered."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    duration_s: float

    @property
    def ok(self) -> bool:
        """Whether the program called itself successful."""
        return self.exit_code == 0

    def last_lines(self, count: int = LAST_LINES) -> str:
        """The end of stderr, or of stdout where stderr is empty."""
        text = self.stderr.strip() or self.stdout.strip()
        return "\n".join(text.splitlines()[-count:])


class Door:
    """Runs commands, knows the children that live, ends them when interrupted."""

    def __init__(self, console: Console, *, dry_run: bool = False) -> None:
        self.console = console
        self.dry_run = dry_run
        self._live: set[ProcessGroup] = set()
        self._lock = threading.Lock()
        self._interrupted = threading.Event()

    def read(self, argv: Sequence[str], **options: Any) -> Result:
        """Run a command that only looks; runs in a dry run too. Options are the fields of `Command`."""
        return self.run(Command(tuple(argv), Kind.READ, **options))

    def mutate(self, argv: Sequence[str], **options: Any) -> Result:
        """Run a command that changes something; a dry run prints it instead."""
        return self.run(Command(tuple(argv), Kind.MUTATION, **options))

    def run(self, command: Command) -> Result:
        """Run one command.

        Raises ToolMissing, TimedOut, Interrupted, or CommandFailed for an exit code not in `accept`.
        """
        if command.kind is Kind.MUTATION and self.dry_run:
            self.console.would_run(command.printable())
            return Result(command.argv, 0, "", "", 0.0)
        self.console.trace(command.printable())
        result = self._execute(command)
        if command.accept is not None and result.exit_code not in command.accept:
            raise self._failure(command, result)
        return result

    def start_detached(self, argv: Sequence[str], log: Path, environ: Mapping[str, str]) -> int:
        """Start a service that outlives us, its output in `log`; returns the process id."""
        if self.dry_run:
            self.console.would_run(shlex.join(argv))
            return 0
        return start(argv, log, environ=environ, outlives=True).pid

    @contextlib.contextmanager
    def serving(self, argv: Sequence[str], log: Path) -> Iterator[Served]:
        """A helper that runs as long as the block, its output in `log`; `interrupt` ends it as well.

        A dry run prints it and yields one that never ran. Raises ToolMissing, Interrupted.
        """
        if self.dry_run:
            self.console.would_run(shlex.join(argv))
            yield Served(None)
            return
        self.check()
        self.console.trace(shlex.join(argv))
        served = None
        try:
            with signals.held():
                served = Served(start(argv, log))
                self._known(served)
            yield served
        finally:
            if served:
                self._end(served)

    def looking_only(self) -> Door:
        """A door through which nothing is changed, and nothing is said of what would be."""
        return _LookingDoor(self.console, dry_run=True)

    def interrupt(self) -> None:
        """End all children at once: interrupt first, kill what is left after a moment.

        From here on only the main thread may run commands, to clean up behind us. A second Ctrl-C while the
        children have their moment kills them.
        """
        self._interrupted.set()
        with self._lock:
            children = list(self._live)
        threads = [threading.Thread(target=child.end) for child in children]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            with signals.held():
                for child in children:
                    child.kill()
            raise

    def check(self) -> None:
        """Raise Interrupted where this thread may no longer work.

        Long work of our own, such as a download, asks between its pieces.
        """
        if self._refused():
            raise Interrupted("interrupted")

    def _execute(self, command: Command) -> Result:
        self.check()
        child = None
        try:
            with signals.held():
                child = _Child(command, self.console)
                self._known(child)
            result = child.wait()
        except BaseException:
            if child:
                child.end()
            raise
        finally:
            if child:
                with self._lock:
                    self._live.discard(child)
        if self._refused():
            raise Interrupted("interrupted", f"`{Path(command.argv[0]).name}` was ended")
        return result

    def _known(self, child: ProcessGroup) -> None:
        with self._lock:
            self._live.add(child)
        # An interrupt while it started did not see it.
        if self._refused():
            self._end(child)
            raise Interrupted("interrupted")

    def _end(self, child: ProcessGroup) -> None:
        try:
            child.end()
        finally:
            with self._lock:
                self._live.discard(child)

    def _refused(self) -> bool:
        return self._interrupted.is_set() and threading.current_thread() is not threading.main_thread()

    def _failure(self, command: Command, result: Result) -> CommandFailed:
        mask = self.console.masker.mask
        shown = mask(command.printable())
        return CommandFailed(
            f"`{shown if len(shown) < 200 else shown[:200] + ' …'}` ended with exit code {result.exit_code}",
            mask(result.last_lines()) or "it printed nothing",
        )


class _LookingDoor(Door):
    """Leaves mutations out without a word."""

    def run(self, command: Command) -> Result:
        if command.kind is Kind.MUTATION:
            return Result(command.argv, 0, "", "", 0.0)
        return super().run(command)


class _Child(ProcessGroup):
    """A program whose answer we wait for."""

    def __init__(self, command: Command, console: Console) -> None:
        import sh

        self._command, self._console = command, console
        self._out, self._err = _Lines(self._on_line), _Lines(self._on_line)
        self._done = threading.Event()
        self._began = time.monotonic()
        environment = _environment(command)
        try:
            program: Any = sh.Command(command.argv[0])
        except sh.CommandNotFound as missing:
            raise ToolMissing(
                f"`{command.argv[0]}` is not installed", "", "run `./inv tools.install`"
            ) from missing
        self._process = program(
            *command.argv[1:], _in=command.stdin, _env=environment,
            _out=self._out, _err=self._err, _no_out=True, _no_err=True,
            _tty_out=False, _tty_in=False, _new_session=True, _bg=True, _bg_exc=False,
            _ok_code=list(_ANY_CODE), _cwd=str(command.cwd) if command.cwd else None,
            _encoding="utf-8", _decode_errors="replace", _preexec_fn=ends_with_us(),
        )  # fmt: skip
        self.pid = self._process.pid
        # sh looks for the end of a background child once a second; waiting in a thread tells it at once.
        threading.Thread(target=self._await_end, daemon=True).start()

    def wait(self) -> Result:
        """Wait until the child ends; raises TimedOut after its time."""
        command = self._command
        if not self._ends_in_time():
            self.end()
            raise TimedOut(
                f"`{Path(command.argv[0]).name}` took longer than {command.timeout_s:.0f} s and was ended",
                self._console.masker.mask(self._err.text(LAST_LINES) or self._out.text(LAST_LINES)),
            )
        duration_s = time.monotonic() - self._began
        code = self._process.exit_code
        return Result(command.argv, code, self._out.text(), self._err.text(), duration_s)

    def _ends_in_time(self) -> bool:
        until = self._began + self._command.timeout_s
        if self._command.meanwhile is None:
            return self._done.wait(self._command.timeout_s)
        while not self._done.wait(max(0.0, min(_MEANWHILE_S, until - time.monotonic()))):
            if time.monotonic() >= until:
                return False
            self._command.meanwhile()
        return True

    def leader_ended(self) -> bool:
        """Whether the program itself ended."""
        return self._done.is_set()

    def _await_end(self) -> None:
        try:
            self._process.wait()
        finally:
            self._done.set()

    def _on_line(self, line: str) -> None:
        if self._command.label:
            self._console.child_line(self._command.label, line)
        if self._command.on_line:
            self._command.on_line(line)


def _environment(command: Command) -> dict[str, str] | None:
    if not command.inherit_env:
        return dict(command.env or {})
    return {**os.environ, **command.env} if command.env else None


class _Lines:
    """Takes a child's output line by line.

    A file-like object, since sh serves a callback only every tenth of a second.
    """

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._lines: list[str] = []

    def write(self, line: bytes | str) -> None:
        text = line if isinstance(line, str) else line.decode("utf-8", "replace")
        self._lines.append(text)
        self._on_line(text.rstrip("\n"))

    def flush(self) -> None:
        """Nothing waits here."""

    def text(self, last: int = 0) -> str:
        return "".join(self._lines[-last:])
