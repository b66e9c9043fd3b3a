"""SC-003: how soon a container of the frontend is ready."""

from __future__ import annotations

from delivery.criteria.container_start import measured_start
from delivery.criteria.criterion import Criterion, Outcome
from delivery.criteria.subject import FRONTEND, Subject


def measure(subject: Subject) -> Outcome:
    """The slowest of five starts."""
    return measured_start(subject, FRONTEND, subject.settings.budgets.frontend_ready_s)


CRITERION = Criterion(
    "SC-003", "Frontend start", "Frontend container ready in <10s", measure, (FRONTEND,), expected_s=25,
)  # fmt: skip
