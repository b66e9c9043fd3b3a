"""Versions: read from what a program prints, and compared with the range that fits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from delivery.errors import Interrupted
from delivery.session import Session
from delivery.tools.tool_model import Tool

ASK_S = 15.0
DEVELOPMENT = "dev"
_NUMBER = r"v?(\d+(?:\.\d+){1,2})"


def by_pattern(before: str) -> Callable[[str], str]:
    """Finds a version number right after `before`, a regular expression; "" where there is none."""

    def find(printed: str) -> str:
        match = re.search(before + _NUMBER, printed)
        return match[1] if match else ""

    return find


def by_json_key(*keys: str) -> Callable[[str], str]:
    """Finds the version under these keys of a JSON answer; "dev" for a build that has no number."""

    def find(printed: str) -> str:
        try:
            node = json.loads(printed)
            for key in keys:
                node = node[key]
        except (ValueError, KeyError, TypeError):
            return ""
        return _number_or_dev(str(node))

    return find


def by_label(label: str) -> Callable[[str], str]:
    """Finds the version in a line ``label: 1.2.3``; "dev" for a build that has no number."""

    def find(printed: str) -> str:
        match = re.search(rf"^{re.escape(label)}:\s*(\S+)", printed, re.MULTILINE)
        return _number_or_dev(match[1]) if match else ""

    return find


def fits(tool: Tool, version: str) -> bool:
    """Whether this version may be used. Optional tools may be development builds, which have no number."""
    if version == DEVELOPMENT:
        return tool.need == "optional"
    return bool(version) and in_range(version, tool.accepts)


def in_range(version: str, accepts: str) -> bool:
    """Whether a version lies in a range such as ``>=4.1,<5``."""
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(accepts).contains(version, prereleases=True)


def leading_number(version: str) -> str:
    """The number at the start of a version with a packager's tail: 26.1.5 of ``26.1.5+dfsg1-9``."""
    match = re.match(r"(?:\d+:)?" + _NUMBER, version)
    return match[1] if match else ""


def ask(session: Session, tool: Tool, program: Path) -> str:
    """The version that this program reports; "" where it doesn't run or prints something else."""
    try:
        answer = session.door.read([str(program), *tool.version_argv], timeout_s=ASK_S, accept=None)
    except Interrupted:
        raise
    except Exception:  # a broken program fails in many ways; all of them mean that it doesn't fit
        return ""
    return tool.version_of(answer.stdout)


def _number_or_dev(text: str) -> str:
    match = re.match(_NUMBER, text)
    if match:
        return match[1]
    return DEVELOPMENT if text == DEVELOPMENT else ""
