"""What the pods' logs tell; pure functions over their text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from delivery.criteria.criterion import Proof

_STARTED = re.compile(r"\b(start(ed|ing|up)|ready|running|listening)\b", re.I)
_FIRST_LINES = 30
_BAD_LEVELS = frozenset({"warning", "warn", "error", "critical", "fatal"})
_OF_A_REQUEST = ("method", "path", "status", "duration_ms")


def start_proof(service: str, text: str) -> Proof:
    """The log begins with what the start came to."""
    lines = text.splitlines()[:_FIRST_LINES]
    found = next((line for line in lines if _STARTED.search(line)), "")
    return Proof(f"{service} tells of its start", bool(found), _short(found) or _nothing(text))


def request_proof(service: str, text: str, request_id: str) -> Proof:
    """A request has a line with its id, method, path, status and duration."""
    found = _with_id(text, request_id)
    whole = next((one for one in found if all(key in one for key in _OF_A_REQUEST)), None)
    return Proof(
        f"{service} tells of a request, with its id, status and duration", whole is not None,
        _short(json.dumps(whole)) if whole else f"{len(found)} lines with id {request_id}",
    )  # fmt: skip


def error_proof(service: str, text: str, request_id: str) -> Proof:
    """A request that went wrong has a warning or error with its id and with words for the reason."""
    found = [one for one in _with_id(text, request_id) if str(one.get("level", "")).lower() in _BAD_LEVELS]
    said = next((one for one in found if len(one) > len(_OF_A_REQUEST)), None)
    return Proof(
        f"{service} tells of a provoked error, with the request's id", said is not None,
        _short(json.dumps(said)) if said else f"no warning or error with id {request_id}",
    )  # fmt: skip


def misconfiguration_proof(service: str, variable: str, text: str) -> Proof:
    """A start with a bad setting has an error that names the variable."""
    found = next((line for line in text.splitlines() if names(line, variable)), "")
    statement = f"{service}, started with a bad {variable}, names it"
    return Proof(statement, bool(found), _short(found) or _nothing(text))


def names(line: str, variable: str) -> bool:
    """Whether a line is an error that names a variable."""
    entry = _entry(line)
    level = str(entry.get("level", "")).lower() if entry else ("error" if "error" in line.lower() else "")
    return variable in line and level in _BAD_LEVELS


def _with_id(text: str, request_id: str) -> list[Mapping[str, Any]]:
    return [one for one in _entries(text.splitlines()) if one.get("request_id") == request_id]


def _entries(lines: Iterable[str]) -> list[Mapping[str, Any]]:
    return [entry for line in lines if (entry := _entry(line))]


def _entry(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _short(line: str) -> str:
    return line if len(line) <= 240 else line[:237] + "…"


def _nothing(text: str) -> str:
    return f"not among {len(text.splitlines())} lines"
