"""Finds a tool: on PATH, else in our cache, else by installing it."""

from __future__ import annotations

import os
from pathlib import Path

from delivery.errors import Interrupted, ToolMissing
from delivery.session import Session
from delivery.tools import sources
from delivery.tools.catalogue import tool_named
from delivery.tools.installer import cached, install, tool_dir
from delivery.tools.memo import memo
from delivery.tools.tool_model import ON_PATH, Found, Tool
from delivery.tools.versions import ask, fits


def path(session: Session, name: str) -> str:
    """The absolute path of a tool, installed into the cache when there is none that fits.

    Asked once a run. In a dry run nothing is installed: the path is then where it would be. Raises
    InvalidInput for a name that the catalogue doesn't have, ToolMissing, EnvironmentFault.
    """
    tool = tool_named(name)
    known = memo(session).tools
    with memo(session).lock(name):
        if name not in known:
            known[name] = find(session, tool) or _get(session, tool)
        return str(known[name].path)


def available(session: Session, name: str) -> bool:
    """Whether a tool is installed or could be installed from here. Costs seconds at most; never raises."""
    try:
        tool = tool_named(name)
        if find(session, tool):
            return True
        return any(not sources.why_not(session, tool, source) for source in tool.sources)
    except Interrupted:
        raise
    except Exception:  # the caller chooses between providers; a fault here only means "not this one"
        return False


def find(session: Session, tool: Tool) -> Found | None:
    """The installed program that fits: the first on PATH, else the one in our cache."""
    return look_on_path(session, tool)[0] or cached(tool)


def look_on_path(session: Session, tool: Tool) -> tuple[Found | None, tuple[str, ...]]:
    """The first program on PATH that fits, and a word on each one before it that doesn't."""
    misfits: list[str] = []
    for program in on_path(tool.name):
        version = ask(session, tool, program)
        if fits(tool, version):
            return Found(program, version, ON_PATH), tuple(misfits)
        misfits.append(f"{program} is {version or 'of no known version'}, which does not fit")
    return None, tuple(misfits)


def on_path(name: str) -> tuple[Path, ...]:
    """All different programs of this name on PATH, in its order."""
    found: dict[Path, Path] = {}
    for folder in os.get_exec_path():
        program = Path(folder) / name
        if program.is_file() and os.access(program, os.X_OK):
            found.setdefault(program.resolve(), program.absolute())
    return tuple(found.values())


def _get(session: Session, tool: Tool) -> Found:
    if tool.of_engine:
        return _from_engine(session, tool)
    if session.dry_run:
        session.door.mutate(["./inv", "tools.install", "--names", tool.name])
        return Found(tool_dir(tool) / tool.wanted / tool.inner_path, tool.wanted, "not installed")
    return install(session, tool)


def _from_engine(session: Session, tool: Tool) -> Found:
    from delivery.tools.engine import ensure_engine

    ensure_engine(session)
    found = find(session, tool)
    if found or session.dry_run:
        return found or Found(Path("/usr/bin") / tool.name, tool.wanted, "not installed")
    raise ToolMissing(f"`{tool.name}` is not on PATH, though Docker Engine was installed", "", "look at PATH")
