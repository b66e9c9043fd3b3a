"""SC-004: how soon a container of the backend is ready."""

from __future__ import annotations

from delivery.criteria.container_start import measured_start
from delivery.criteria.criterion import Criterion, Outcome
from delivery.criteria.subject import BACKEND, Subject


def measure(subject: Subject) -> Outcome:
    """The slowest of five starts."""
    return measured_start(subject, BACKEND, subject.settings.budgets.backend_ready_s)


CRITERION = Criterion(
    "SC-004", "Backend start", "Backend container ready in <15s", measure, (BACKEND,), expected_s=25,
)  # fmt: skip
