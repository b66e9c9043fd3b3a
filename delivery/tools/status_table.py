"""What `tools.status` shows: every tool, the version wanted and found, and where it is from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from delivery.errors import InvalidInput
from delivery.session import Session
from delivery.tools import engine
from delivery.tools.catalogue import BUILDX, CATALOGUE, DOCKER
from delivery.tools.installer import cached
from delivery.tools.locate import look_on_path
from delivery.tools.tool_model import Tool, ToolStatus

_HEADINGS = ("TOOL", "NEEDED", "WANTED", "FOUND", "FROM", "PATH")


def status(session: Session) -> tuple[ToolStatus, ...]:
    """All tools of the catalogue and the engine, as they are now; installs nothing, asks no host."""
    provider = session.settings.cluster.provider
    own = [_tool_status(session, tool, provider) for tool in CATALOGUE.values() if not tool.of_engine]
    return (*_engine_status(session), *own)


def required_names(provider: str) -> tuple[str, ...]:
    """The tools that this provider needs besides Docker; `auto` chooses its provider's later."""
    wanted = (tool for tool in CATALOGUE.values() if not tool.of_engine)
    return tuple(tool.name for tool in wanted if tool.need == "required" or provider in tool.providers)


def table(rows: Sequence[ToolStatus]) -> str:
    """The rows as aligned columns, with a line for each that needs a word."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    notes = [f"{row.name}: {row.note}" for row in rows if row.note]
    return "\n".join([*(line.rstrip() for line in lines), *([""] if notes else []), *notes])


def as_json(rows: Sequence[ToolStatus]) -> str:
    """The rows as a JSON list."""
    return json.dumps([asdict(row) for row in rows], indent=2)


def rendered(rows: Sequence[ToolStatus], output: str) -> str:
    """The rows as ``table`` or ``json``; InvalidInput for anything else."""
    formats = {"table": table, "json": as_json}
    if output not in formats:
        raise InvalidInput(f"--output {output!r} is not known", f"it is one of {', '.join(formats)}")
    return formats[output](rows)


def _cells(row: ToolStatus) -> tuple[str, ...]:
    found = row.found or "absent"
    mark = "" if row.fits or not row.found else " (does not fit)"
    wanted = f"{row.wanted} ({row.accepts})"
    return (row.name, row.need, wanted, f"{found}{mark}", row.source or "-", row.path or "-")


def _tool_status(session: Session, tool: Tool, provider: str) -> ToolStatus:
    found, misfits = look_on_path(session, tool)
    found = found or cached(tool)
    note = "; ".join(misfits)
    if found is None:
        hint = f"`./inv tools.install --names {tool.name}` installs it"
        note = f"{note}; {hint}" if note else hint
    version, path, source = (found.version, str(found.path), found.source) if found else ("", "", "")
    needed = _needed(tool, provider)
    return ToolStatus(
        tool.name, tool.wanted, tool.accepts, version, path, source, needed, found is not None, note
    )


def _needed(tool: Tool, provider: str) -> str:
    if tool.need != "provider":
        return tool.need
    if provider in tool.providers:
        return "required"
    return f"by {'/'.join(sorted(tool.providers))}" if provider == "auto" else "no"


def _engine_status(session: Session) -> tuple[ToolStatus, ...]:
    seen = engine.look(session)
    state = engine.diagnose(seen)
    ready = state is engine.EngineState.READY
    note = "" if ready else state.value
    server = ToolStatus(
        "docker engine", DOCKER.wanted, engine.ENGINE_ACCEPTS, seen.server_version, seen.root_dir,
        "running" if seen.server_version else "", "required", ready, note,
    )  # fmt: skip
    client = ToolStatus(
        "docker", DOCKER.wanted, DOCKER.accepts, seen.client_version, seen.client,
        "on PATH" if seen.client else "", "required", bool(seen.client),
    )  # fmt: skip
    buildx = ToolStatus(
        "buildx", BUILDX.wanted, BUILDX.accepts, seen.buildx_version, seen.buildx_path,
        "docker plugin" if seen.buildx_version else "", "required", bool(seen.buildx_version),
    )  # fmt: skip
    return client, server, buildx
