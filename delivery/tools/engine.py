"""Docker Engine: looks at it, says what is wrong, and has it mended where we may.

The engine that counts is the one that the `docker` client talks to: DOCKER_HOST and contexts are respected.
"""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from delivery import filelocks
from delivery.errors import DeliveryError, EnvironmentFault, Interrupted, TimedOut
from delivery.paths import cache_dir
from delivery.session import Session
from delivery.tools import engine_repair
from delivery.tools.catalogue import BUILDX, DOCKER
from delivery.tools.locate import find
from delivery.tools.memo import memo
from delivery.tools.versions import in_range, leading_number

LEAST_FREE_BYTES = 512 * 1024 * 1024
ENGINE_ACCEPTS = ">=20.10"
ASK_S = 20.0
LOCK_WAIT_S = 1800.0
_LOCAL_SOCKETS = ("unix:///var/run/docker.sock", "unix:///run/docker.sock", "")
_DAEMON_FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


class EngineState(Enum):
    """What there is to say about the engine."""

    READY = "ready"
    ABSENT = "not installed"
    STOPPED = "installed, not running"
    NO_BUILDX = "runs, but the client has no buildx"
    TOO_OLD = "too old"
    NO_SPACE = "its disk is full"
    NO_PERMISSION = "runs, but this user may not use it"
    SILENT = "does not answer where the client looks for it"


@dataclass(frozen=True)
class Look:
    """The facts: paths are "" where there is no such program, versions where nothing answered."""

    client: str = ""
    client_version: str = ""
    server_version: str = ""
    buildx_version: str = ""
    buildx_path: str = ""
    root_dir: str = ""
    endpoint: str = ""
    trouble: str = ""
    daemon: str = ""
    free_bytes: int | None = None


def ensure_engine(session: Session, *, may_repair: bool = True) -> None:
    """Docker Engine answers and buildx works, or EnvironmentFault.

    A missing engine is installed through apt, a stopped one started, when `--yes` or a person allows it. A
    dry run prints what would be done. With `may_repair` False the error only names the command.
    """
    with memo(session).lock("docker engine"):
        if memo(session).engine_ready:
            return
        seen = look(session)
        state = diagnose(seen)
        if state is not EngineState.READY:
            if not may_repair:
                raise _unmended(state, seen)
            lock = cache_dir() / "tools" / ".engine.lock"
            with filelocks.hold(session, lock, "is mending Docker Engine", LOCK_WAIT_S):
                seen = _mend(session)
        memo(session).engine_root = seen.root_dir
        memo(session).engine_ready = not session.dry_run


def look(session: Session) -> Look:
    """Ask the client and its engine. Raises nothing but Interrupted."""
    daemon = shutil.which("dockerd") or shutil.which("dockerd", path=_DAEMON_FOLDERS) or ""
    client = find(session, DOCKER)
    if client is None:
        return Look(daemon=daemon)
    info, trouble = _ask(session, str(client.path))
    plugin = _buildx(info)
    server = str(info.get("ServerVersion") or "")
    root_dir = str(info.get("DockerRootDir") or "")
    return Look(
        client=str(client.path),
        client_version=client.version,
        server_version=server,
        buildx_version=leading_number(str(plugin.get("Version", ""))),
        buildx_path=str(plugin.get("Path", "")),
        root_dir=root_dir,
        endpoint="" if server else _endpoint(session, str(client.path)),
        trouble="" if server else trouble,
        daemon=daemon,
        free_bytes=_free(root_dir),
    )


def diagnose(seen: Look) -> EngineState:  # noqa: PLR0911 - a list of cases, each a line
    """What is wrong, from the facts alone."""
    if not seen.client:
        return EngineState.ABSENT
    if seen.server_version:
        if not in_range(leading_number(seen.server_version) or "0", ENGINE_ACCEPTS):
            return EngineState.TOO_OLD
        if not in_range(seen.buildx_version or "0", BUILDX.accepts):
            return EngineState.NO_BUILDX
        full = seen.free_bytes is not None and seen.free_bytes < LEAST_FREE_BYTES
        return EngineState.NO_SPACE if full else EngineState.READY
    if "permission denied" in seen.trouble.lower():
        return EngineState.NO_PERMISSION
    if "client version" in seen.trouble.lower():
        return EngineState.TOO_OLD
    if seen.endpoint not in _LOCAL_SOCKETS or platform.system() != "Linux":
        return EngineState.SILENT
    return EngineState.STOPPED if seen.daemon else EngineState.ABSENT


def free_disk_bytes(session: Session) -> int:
    """Free bytes where Docker keeps its images, or where our cache lies, whichever is less.

    Docker's disk doesn't count where it is another machine's.
    """
    if memo(session).engine_root is None:
        memo(session).engine_root = look(session).root_dir
    ours = cache_dir()
    while not ours.exists():
        ours = ours.parent
    free = (_free(memo(session).engine_root or ""), shutil.disk_usage(ours).free)
    return min(bytes_free for bytes_free in free if bytes_free is not None)


def _mend(session: Session) -> Look:
    tried: set[EngineState] = set()
    while True:
        seen = look(session)
        state = diagnose(seen)
        if state is EngineState.READY:
            return seen
        repair = _REPAIRS.get(state)
        if repair is None or state in tried:
            raise _fault(state, seen)
        repair(session, seen.daemon)
        if session.dry_run:
            return seen
        tried.add(state)


_REPAIRS: Mapping[EngineState, Callable[[Session, str], None]] = {
    EngineState.ABSENT: lambda session, _daemon: engine_repair.install_engine(session),
    EngineState.NO_BUILDX: lambda session, _daemon: engine_repair.install_buildx(session),
    EngineState.STOPPED: engine_repair.start_engine,
}


def _unmended(state: EngineState, seen: Look) -> EnvironmentFault:
    fault = _fault(state, seen)
    if state not in _REPAIRS:
        return fault
    command = engine_repair.start_command() if state is EngineState.STOPPED else engine_repair.INSTALL
    return EnvironmentFault(fault.what, seen.trouble, f"run `{command}`")


def _fault(state: EngineState, seen: Look) -> EnvironmentFault:
    what, why, fix = {
        EngineState.ABSENT: (
            "Docker Engine is not installed", "apt installed it, but no client answers",
            "look at `docker info`",
        ),
        EngineState.STOPPED: (
            "Docker Engine does not run", seen.trouble, "start it, then run the command again",
        ),
        EngineState.NO_BUILDX: (
            "Docker has no buildx", f"{seen.client} finds no buildx {BUILDX.accepts}",
            "install the package docker-buildx, or docker-buildx-plugin beside Docker's own packages",
        ),
        EngineState.TOO_OLD: (
            f"Docker Engine {seen.server_version or 'of this age'} does not fit",
            seen.trouble or f"{ENGINE_ACCEPTS} is needed", "update Docker Engine and its client",
        ),
        EngineState.NO_SPACE: (
            f"the disk of Docker Engine is full: {(seen.free_bytes or 0) / 1e6:.0f} MB are free",
            f"{seen.root_dir} needs at least {LEAST_FREE_BYTES / 1e6:.0f} MB to do anything",
            "make room, for instance with `docker system prune`",
        ),
        EngineState.NO_PERMISSION: (
            "this user may not use Docker Engine", seen.trouble,
            'run `sudo usermod -aG docker "$USER"`, log in again, then run the command again',
        ),
        EngineState.SILENT: (
            f"Docker Engine does not answer at {seen.endpoint or 'its socket'}", seen.trouble,
            "start that engine, or point the client elsewhere (DOCKER_HOST, `docker context use`)",
        ),
    }[state]  # fmt: skip
    return EnvironmentFault(what, why, fix)


def _ask(session: Session, client: str) -> tuple[dict[str, Any], str]:
    argv = [client, "info", "--format", "{{json .}}"]
    try:
        answer = session.door.read(argv, timeout_s=ASK_S, accept=None)
    except TimedOut:
        return {}, f"no answer within {ASK_S:.0f} s"
    try:
        info = json.loads(answer.stdout)
    except ValueError:
        info = {}
    if not isinstance(info, dict):
        info = {}
    said = [str(error) for error in info.get("ServerErrors") or ()]
    return info, answer.stderr.strip() or "\n".join(said) or answer.last_lines()[:500]


def _buildx(info: Mapping[str, Any]) -> Mapping[str, Any]:
    plugins = (info.get("ClientInfo") or {}).get("Plugins") or ()
    return next((plugin for plugin in plugins if plugin.get("Name") == "buildx"), {})


def _endpoint(session: Session, client: str) -> str:
    argv = [client, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    try:
        return session.door.read(argv, timeout_s=ASK_S).stdout.strip()
    except Interrupted:
        raise
    except DeliveryError:
        return ""


def _free(root_dir: str) -> int | None:
    if not root_dir or not Path(root_dir).is_dir():
        return None
    with contextlib.suppress(OSError):
        return shutil.disk_usage(root_dir).free
    return None
