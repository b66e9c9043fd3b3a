"""Installs a tool into the user's cache: from the first source that serves, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from delivery import filelocks
from delivery.console import Step
from delivery.errors import CommandFailed, EnvironmentFault, TimedOut, ToolMissing
from delivery.paths import cache_dir
from delivery.session import Session
from delivery.tools import sources
from delivery.tools.package_registries import mismatch
from delivery.tools.tool_model import Found, Source, SourceFault, Tool
from delivery.tools.versions import fits

MANIFEST = "installed.json"
LOCK_WAIT_S = 1800.0
_HALF_MADE = ".new-"


def tool_dir(tool: Tool) -> Path:
    """The folder of all installed versions of a tool."""
    return cache_dir() / "tools" / tool.name


def cached(tool: Tool) -> Found | None:
    """The version in our cache that fits, the wanted one first."""
    versions = [tool.wanted, *(source.version for source in tool.sources if source.version)]
    for version in dict.fromkeys(versions):
        folder = tool_dir(tool) / version
        program = folder / tool.inner_path
        with contextlib.suppress(OSError, ValueError, KeyError):
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if os.access(program, os.X_OK) and fits(tool, manifest["version"]):
                return Found(program, manifest["version"], str(manifest["source"]))
    return None


def install(session: Session, tool: Tool, *, fresh: bool = False) -> Found:
    """Install the tool unless it is there by now.

    Raises ToolMissing with every source's reason, EnvironmentFault for a wrong checksum or a full disk.
    """
    try:
        # Two processes that want the same tool wait for each other.
        lock = tool_dir(tool) / ".lock"
        with filelocks.hold(session, lock, f"is installing {tool.name}", LOCK_WAIT_S):
            found = cached(tool)
            return found or _install(session, tool, fresh=fresh)
    except OSError as wrong:
        raise EnvironmentFault(
            f"{tool.name} can't be installed into {tool_dir(tool)}",
            str(wrong),
            "make room, or set DELIVERY_CACHE to a folder on another disk",
        ) from wrong


def _install(session: Session, tool: Tool, *, fresh: bool) -> Found:
    reasons = []
    for source in tool.sources:
        reason = sources.why_not(session, tool, source, fresh=fresh)
        if not reason:
            try:
                return _from_source(session, tool, source)
            except (SourceFault, CommandFailed, TimedOut, ToolMissing) as fault:
                reason = fault.what
                session.console.warn(f"{tool.name}: {reason}")
        reasons.append(reason)
    raise ToolMissing(
        f"{tool.name} {tool.wanted} is not installed and can't be had from here",
        "\n".join(reasons),
        f"put a {tool.name} {tool.accepts} on PATH, then run the command again",
    )


def _from_source(session: Session, tool: Tool, source: Source) -> Found:
    version = sources.version_from(tool, source)
    with (
        session.console.step(f"install {tool.name} {version}", source.expected_s) as step,
        _work_folder(tool) as work,
    ):
        began = time.monotonic()
        step.note(f"from {source.label}")
        step.detail = f"from the {source.label}"
        fetched, verified = sources.fetch(session, tool, source, work, _noting(step, source))
        verified = _check_ours(tool, source, fetched) or verified
        ready = _arrange(tool, fetched, work)
        _write_manifest(ready, tool, (version, source.label, verified), time.monotonic() - began)
        return Found(_publish(tool, ready, version) / tool.inner_path, version, source.label)


def _noting(step: Step, source: Source) -> Callable[[str], None]:
    return lambda text: step.note(f"from {source.label}, {text}")


def _check_ours(tool: Tool, source: Source, program: Path) -> str:
    wanted = sources.known_sum(tool, source)
    if not wanted:
        return ""
    got = sha256_of(program)
    if got != wanted:
        raise mismatch(f"{tool.name} from the {source.label}", wanted, got)
    return "SHA-256 in the catalogue"


def _arrange(tool: Tool, fetched: Path, work: Path) -> Path:
    """Lay the program into a folder that can be renamed into place."""
    ready = work / "ready"
    if fetched.is_dir():
        fetched.rename(ready)
    else:
        (ready / tool.inner_path).parent.mkdir(parents=True)
        fetched.rename(ready / tool.inner_path)
        (ready / tool.inner_path).chmod(0o755)
    if not (ready / tool.inner_path).is_file():
        raise SourceFault(f"{fetched.name} holds no {tool.inner_path}")
    return ready


def _write_manifest(ready: Path, tool: Tool, origin: tuple[str, str, str], took_s: float) -> None:
    version, source, verified = origin
    program = ready / tool.inner_path
    document = {
        "tool": tool.name, "version": version, "source": source, "verified": verified,
        "sha256": sha256_of(program), "installed": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "took_s": round(took_s, 1),
    }  # fmt: skip
    (ready / MANIFEST).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for file in (program, ready / MANIFEST):
        with file.open("rb") as content:
            os.fsync(content.fileno())


def _publish(tool: Tool, ready: Path, version: str) -> Path:
    final = tool_dir(tool) / version
    if final.exists():  # something in it was broken or removed by hand, else it would have been taken
        final.rename(ready.parent / "broken")
    ready.rename(final)
    return final


@contextlib.contextmanager
def _work_folder(tool: Tool) -> Iterator[Path]:
    """A folder beside the final one; what an earlier run left there when it was killed goes first."""
    for left in tool_dir(tool).glob(f"{_HALF_MADE}*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=_HALF_MADE, dir=tool_dir(tool)))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
