"""Debian root file systems, made by mmdebstrap from the machine's own mirrors."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from delivery.command import Command, Kind
from delivery.packages import apt_mirrors, host
from delivery.packages.cache import key_of, lines
from delivery.packages.image_archive import EPOCH
from delivery.session import Session
from delivery.tools.apt_sources import machine_sources, render

_TIMEOUT_S = 900.0
_MIRRORS_FILE, _NETWORK_FILE = "mirrors.sources", "network.conf"
_FAILED = 25  # what mmdebstrap ends with, whatever the reason
_NO_RELEASE = "does not have a Release file"
# mmdebstrap mounts /proc, /sys and devices below its folder. In a namespace of its own these vanish with it,
# however it ends, and nobody who removes the folder afterwards reaches the machine's own.
_NAMESPACE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_MERGE_USR = "/usr/share/mmdebstrap/hooks/merged-usr"
# Settings of the machine's apt that decide how a mirror is reached; the rest is its own affair.
_NETWORK = re.compile(
    r"^Acquire::(?:(?:http|https|ftp)::|Check-Valid-Until|Check-Date|Retries|ForceIPv[46])", re.I
)


@dataclass(frozen=True)
class Recipe:
    """What goes into a root file system.

    `folders` are searched for excludes.txt, the last one holds packages.txt; each one's finish.sh runs on the
    result. `unpack_only` skips the packages' own scripts: seconds instead of half a minute, and finish.sh
    does what little of them an image needs. `merge_usr` makes /bin and the like links into /usr; since trixie
    the packages themselves do.
    """

    suite: str
    folders: tuple[Path, ...]
    unpack_only: bool
    merge_usr: bool = False

    def key(self) -> str:
        """Changes with everything that decides on the result, but not with the state of the mirror."""
        switches = f"{self.suite} {self.unpack_only} {self.merge_usr}"
        return key_of(switches, Path(__file__), *self.folders)

    def packages(self) -> tuple[str, ...]:
        """Debian packages by name."""
        return lines(self.folders[-1] / "packages.txt")

    def excludes(self) -> tuple[str, ...]:
        """Patterns of paths that are left out."""
        return tuple(line for folder in self.folders for line in lines(folder / "excludes.txt"))

    def scripts(self) -> tuple[Path, ...]:
        """Scripts that finish the result, in order."""
        return tuple(f / "finish.sh" for f in self.folders if (f / "finish.sh").exists())


def make_rootfs(
    session: Session, recipe: Recipe, target: Path, scratch: Path, env: Mapping[str, str] | None = None
) -> None:
    """Write the root file system as a tar file; `env` reaches the finishing scripts.

    Raises EnvironmentFault, CommandFailed, TimedOut.
    """
    host.ensure_programs(session, "mmdebstrap")
    sources = apt_mirrors.for_release(machine_sources(), recipe.suite, apt_mirrors.own_release())
    (scratch / _NETWORK_FILE).write_text(_network_settings(session))
    command = _command(recipe, target, scratch, env or {})
    (scratch / _MIRRORS_FILE).write_text(render(sources))
    answer = session.door.run(replace(command, accept=(0, _FAILED)))
    if answer.ok:
        return
    # Security and other updates are wanted, but a mirror need not have them.
    if _NO_RELEASE in answer.stderr:
        session.console.warn(f"the mirror has no updates for {recipe.suite}; going on without them")
        (scratch / _MIRRORS_FILE).write_text(render(apt_mirrors.without_updates(sources)))
    session.door.run(command)


def _command(recipe: Recipe, target: Path, scratch: Path, env: Mapping[str, str]) -> Command:
    namespace = _NAMESPACE if os.geteuid() == 0 else ()
    argv = mmdebstrap_argv(recipe, target, scratch / _MIRRORS_FILE, scratch / _NETWORK_FILE)
    return Command(
        (*namespace, *argv), Kind.MUTATION, timeout_s=_TIMEOUT_S,
        env={**env, "SOURCE_DATE_EPOCH": str(EPOCH), "TMPDIR": str(scratch)},
    )  # fmt: skip


def mmdebstrap_argv(recipe: Recipe, target: Path, mirrors: Path, network: Path) -> Sequence[str]:
    """The call of mmdebstrap that makes this recipe."""
    # Hooks of the variant that only unpacks run after unpacking; the other one's after configuring.
    hook = "extract" if recipe.unpack_only else "customize"
    return [
        "mmdebstrap", "--format=tar",
        f"--mode={'root' if os.geteuid() == 0 else 'unshare'}",
        f"--variant={'extract' if recipe.unpack_only else 'essential'}",
        f"--include={','.join(recipe.packages())}",
        f"--aptopt={network}",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in recipe.excludes()),
        "--skip=output/dev,cleanup/run",
        *((f"--hook-directory={_MERGE_USR}",) if recipe.merge_usr else ()),
        *(f"--{hook}-hook={script}" for script in recipe.scripts()),
        recipe.suite, str(target), str(mirrors),
    ]  # fmt: skip


def _network_settings(session: Session) -> str:
    dump = session.door.read(["apt-config", "dump"]).stdout
    return "".join(f"{line}\n" for line in dump.splitlines() if _NETWORK.match(line))
