"""Checks of the deployed app and of what it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session

OUTPUT_HELP = "text or json."
CRITERIA_HELP = {
    "only": "Criteria to measure, with commas between: SC-005,SC-007.",
    "allow": "Criteria that may be left unmeasured, with commas between.",
    "cached": "Build with Docker's caches; the report says so.",
    "thorough": "Restart the node too, for SC-008.",
    "merge": "report.json of runs on other platforms, with commas between.",
    "report": "Folder for report.html, report.json and junit.xml; default: .delivery/criteria.",
    "output": OUTPUT_HELP,
}

CRITERIA_FLAGS: Mapping[str, str | bool] = {
    "only": "", "allow": "", "cached": False, "thorough": False, "merge": "", "report": "", "output": "text",
}  # fmt: skip


@session_task(name="success-criteria", help=CRITERIA_HELP, flags=CRITERIA_FLAGS)
def verify_success_criteria(session: Session, given: Mapping[str, Any]) -> None:
    """Measure SC-001 to SC-012 on the running app, and report.

    Builds images under names of their own, starts containers with plain Docker, deletes pods of the app. Each
    result is kept as it comes. Exits 1 where a criterion did not pass.

    Example: ./inv verify.success-criteria --only SC-005,SC-007
    """
    from delivery.criteria import requested
    from delivery.criteria import verify_success_criteria as verify

    verify(session, requested(given))
