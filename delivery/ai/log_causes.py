"""What the last lines of a log say of why a program ended, by patterns that many programs share. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

# Longer lines are cut: a pattern is never run over more.
_LINE_LENGTH = 2000
_LINES = 200


@dataclass(frozen=True)
class Cause:
    """What a line of a log gives away: the line, what it means, what to do."""

    line: str
    title: str
    fix: str


# Pattern, what it means, what to do. The first that a line matches wins; groups fill the words.
_Row = tuple[str, str, str]
_VARIABLE = "give it in .env (./inv secrets.status shows what there is), then run ./inv deploy.all"
_DATABASE = "./inv deploy.status, and look at DATABASE_URL in .env; then run ./inv deploy.all"
_ROWS: tuple[_Row, ...] = (
    (
        r"(?P<name>[A-Z][A-Z0-9_]{2,60})\b[^.\n]{0,40}?\b(?:is|are|was)? ?"
        r"(?:not set|unset|missing|required|must be set|has no value|is empty)",
        "{name} is not set", _VARIABLE,
    ),
    (
        r"(?:missing|requires?|need(?:s|ed)?)[^\n]{0,30}\b(?:environment )?variables?:? "
        r"(?P<name>[A-Z][A-Z0-9_]{2,60})",
        "{name} is not set", _VARIABLE,
    ),
    (
        r"(?i:bad|invalid|wrong|malformed) (?i:setting|config\w*|value|environment variable)s?:? "
        r"(?P<name>[A-Z][A-Z0-9_]{2,60})\b:? (?P<rest>.{1,200})",
        "{name}: {rest}", "mend {name} in .env, or in its service's env of deploy.yaml; ./inv deploy.all",
    ),
    (r"KeyError: '(?P<name>[A-Z][A-Z0-9_]{2,60})'", "{name} is not set", _VARIABLE),
    (
        r"password authentication failed|authentication failed for user|access denied for user",
        "the database refuses the password", _DATABASE,
    ),
    (
        r"could not translate host name|name or service not known|temporary failure in name resolution"
        r"|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|no such host|nodename nor servname",
        "a host name can't be resolved", "look at the host in the addresses of .env and deploy.yaml, then run"
        " ./inv deploy.all",
    ),
    (
        r"connection (?:was )?refused|ECONNREFUSED|could not connect to server",
        "something that it needs does not accept connections",
        "./inv ai.analyze shows whether what it connects to is ready; mend that, it then starts by itself",
    ),
    (
        r"certificate verify failed|self[- ]signed certificate|x509: |UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "a TLS certificate is not trusted", "give the right CA (for the embedded database: ./inv deploy.all)",
    ),
    (
        r"(?:relation|table) \S{1,80} does not exist|no such table",
        "a table of the database is missing", "turn migrate.enabled on in the chart's values, then run"
        " ./inv deploy.all",
    ),
    (
        r"(?:ModuleNotFoundError: No module named|Cannot find module) ['\"](?P<name>[^'\"]{1,120})['\"]",
        "module {name} is not in the image", "add it to the app's dependencies, then run ./inv deploy.all",
    ),
    (r"Read-only file system|EROFS", "it writes where the file system is read-only",
     "name the folder in writablePaths of the chart's values, then run ./inv deploy.all"),
    (r"permission denied|EACCES", "it may not use a file", "look at the file's owner in the Dockerfile (the"
     " pod runs as user 1001), then run ./inv deploy.all"),
    (r"address already in use|EADDRINUSE", "its port is taken in the pod",
     "give its containers different ports, then run ./inv deploy.all"),
    (r"JavaScript heap out of memory|MemoryError|OutOfMemoryError|cannot allocate memory",
     "it runs out of memory", "raise resources.limits.memory of its chart, then run ./inv deploy.all"),
    (r"no space left on device|ENOSPC", "a volume or the disk is full",
     "free space, or raise the volume's size; then run ./inv deploy.all"),
    (r"^\s*(?:\w+\.)*(?P<name>\w*(?-i:Error|Exception))\b: (?P<rest>.{1,200})", "{name}: {rest}", ""),
    (r"^(?:.{0,40}\b)?(?:FATAL|PANIC|CRITICAL|panic|fatal error)\b:?\s*(?P<rest>.{1,200})", "{rest}", ""),
    (r"^(?:.{0,40}\b)?(?:ERROR|error)\b:?\s*(?P<rest>.{3,200})", "{rest}", ""),
)  # fmt: skip
_PATTERNS = [(re.compile(text, re.IGNORECASE if index > 3 else 0), title, fix)
             for index, (text, title, fix) in enumerate(_ROWS)]  # fmt: skip
_LEVELS = re.compile(r"\b(error|fatal|critical|panic|exception|traceback|fail(?:ed|ure)?)\b", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z\s")


def cause_in(log: str) -> Cause | None:
    """The cause that the log gives away; known patterns before general ones, later lines before earlier."""
    lines = [_message(one) for one in log.splitlines()[-_LINES:]]
    for pattern, title, fix in _PATTERNS:
        for line in reversed(lines):
            match = pattern.search(line)
            if match:
                words = {key: value or "" for key, value in match.groupdict().items()}
                said = title.format_map(words).strip()
                return Cause(line.strip(), said, fix.format_map(words))
    return None


def error_lines(log: str, count: int = 20) -> list[str]:
    """The last lines that speak of an error."""
    found = [line for line in log.splitlines() if _is_error(line[:_LINE_LENGTH])]
    return found[-count:]


def _is_error(line: str) -> bool:
    told = _json(line)
    if told:
        level = str(told.get("level") or told.get("severity") or told.get("levelname") or "")
        status = told.get("status")
        return bool(_LEVELS.search(level)) or (isinstance(status, int) and status >= 500)
    return bool(_LEVELS.search(line))


def _message(line: str) -> str:
    """The words of a line, out of JSON where it is that."""
    line = _STAMP.sub("", _COLOUR.sub("", line[:_LINE_LENGTH]))
    told = _json(line)
    if not told:
        return line
    parts = [
        told.get(key)
        for key in (
            "event",
            "message",
            "msg",
            "error",
            "exception",
            "detail",
            "variable",
            "problem",
            "hint",
        )
    ]
    return ": ".join(str(part) for part in parts if part)[:_LINE_LENGTH] or line


def _json(line: str) -> dict[str, Any]:
    text = _STAMP.sub("", line).strip()
    if not text.startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
