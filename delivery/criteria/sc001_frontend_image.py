"""SC-001: the frontend's image, built from nothing."""

from __future__ import annotations

from delivery.criteria.criterion import Criterion, Outcome
from delivery.criteria.image_figures import measured_image
from delivery.criteria.subject import FRONTEND, Subject


def measure(subject: Subject) -> Outcome:
    """Seconds and bytes."""
    return measured_image(subject, FRONTEND, subject.settings.budgets.frontend_image)


CRITERION = Criterion(
    "SC-001", "Frontend image", "Frontend image builds in <5 min, <500MB", measure, quiet=False,
    expected_s=80,
)  # fmt: skip
