"""Go programs, compiled from a module of ours that pins everything.

The compiler's own cache is kept while a build is unfinished, so that an interrupted one goes on where it was,
and removed once the programs are there: it takes several GB.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from delivery import tools
from delivery.packages import image_archive
from delivery.packages.cache import Cache, key_of, remove
from delivery.packages.progress import Report, remaining_s
from delivery.session import Session

_TIMEOUT_S = 5400.0
_FLAGS = ("-mod=readonly", "-trimpath", "-v")


@dataclass(frozen=True)
class GoBuild:
    """What is built: packages of the module in `folder`; what it takes from nothing, measured on two cores.

    `scratch_gb` is the disk space of the compiler's cache, `count` the number of packages that it compiles.
    """

    name: str
    folder: Path
    packages: tuple[str, ...]
    ldflags: str
    expected_s: float
    scratch_gb: float
    count: int

    def key(self) -> str:
        """Changes with everything that decides on the programs, but not with the toolchain's version.

        A newer Go on this machine is no reason to wait twelve minutes; `go.version` beside the programs says
        which one built them.
        """
        return key_of(self.folder, *self.packages, self.ldflags, *_FLAGS, image_archive.architecture())


def ensure_binaries(session: Session, cache: Cache, build: GoBuild, report: Report) -> Path:
    """The folder with the programs, compiled if they aren't there. Raises CommandFailed, TimedOut."""

    def make(target: Path) -> None:
        _compile(session, build, cache.work(build.name), target, report)

    folder = cache.build(f"go-{build.name}", build.key(), make)
    remove(cache.root / "work" / build.name)
    return folder


def left_s(build: GoBuild, cache: Cache) -> float:
    """Seconds that a compile still takes, given what an interrupted one left behind."""
    done = len(_compiled(cache.root / "work" / build.name))
    return build.expected_s * max(0.1, 1 - done / build.count)


def _compile(session: Session, build: GoBuild, work: Path, target: Path, report: Report) -> None:
    go = tools.path(session, "go")
    target.mkdir()
    (target / "go.version").write_text(session.door.read([go, "version"]).stdout)
    environment = {
        "GOCACHE": str(work / "go-build"), "GOMODCACHE": str(work / "go-mod"), "CGO_ENABLED": "0",
        "GOOS": "linux", "GOARCH": image_archive.architecture(), "GOTOOLCHAIN": "local", "GOWORK": "off",
        # A module cache that may be removed without root.
        "GOFLAGS": "-buildvcs=false -modcacherw",
    }  # fmt: skip
    argv = [
        *_ends_with_us(), go, "build", *_FLAGS, "-ldflags", build.ldflags, "-o", f"{target}/",
        *build.packages,
    ]  # fmt: skip
    session.door.mutate(
        argv, timeout_s=_TIMEOUT_S, cwd=build.folder, env=environment, on_line=_counter(build, work, report)
    )


def _ends_with_us() -> tuple[str, ...]:
    """A prefix that ends the compiler when we are killed: it would go on for minutes, for nobody."""
    return ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


def _counter(build: GoBuild, work: Path, report: Report) -> Callable[[str], None]:
    """Follows `go build -v`, which prints each package when it is compiled; remembers them across runs."""
    done = _compiled(work)
    expected_s = build.expected_s * (1 - len(done) / build.count)
    lock, before, began = threading.Lock(), len(done), time.monotonic()

    def take(line: str) -> None:
        if " " in line or not line:
            if line.startswith("go: downloading"):
                report.note(f"downloading {line.split()[2]}")
            return
        with lock:
            done.add(line)
            with (work / "compiled.txt").open("a") as file:
                file.write(f"{line}\n")
        report.note(f"compiling {build.name}, {len(done)} of about {build.count} packages")
        share = (len(done) - before) / max(1, build.count - before)
        report.left(remaining_s(expected_s, time.monotonic() - began, share))

    return take


def _compiled(work: Path) -> set[str]:
    record = work / "compiled.txt"
    return set(record.read_text().split()) if record.exists() else set()
