"""Whether the programs that the kit calls are there, in versions that fit."""

from __future__ import annotations

from collections.abc import Sequence

from delivery import tools
from delivery.checks.check_model import Check, check
from delivery.session import Session
from delivery.tools import ToolStatus
from delivery.tools.status_table import required_names

AREA = "tools"


def tool_checks(session: Session) -> Sequence[Check]:
    """Those that are required here; one that would be installed when it is needed is told as missing."""
    return judged(tools.status(session), required_names(session.settings.cluster.provider))


def judged(rows: Sequence[ToolStatus], required: Sequence[str]) -> list[Check]:
    """Pure: a check per required tool."""
    found = []
    for row in rows:
        if row.need == "required" or row.name in required:
            seen = f"wanted {row.accepts}, found {row.found or 'none'}" + (
                f"; {row.note}" if row.note else ""
            )
            found.append(check(AREA, row.name, f"{row.accepts} is there", row.fits, seen))
    return found
