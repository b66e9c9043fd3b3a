"""SC-002: the backend's image, built from nothing."""

from __future__ import annotations

from delivery.criteria.criterion import Criterion, Outcome
from delivery.criteria.image_figures import measured_image
from delivery.criteria.subject import BACKEND, Subject


def measure(subject: Subject) -> Outcome:
    """Seconds and bytes."""
    return measured_image(subject, BACKEND, subject.settings.budgets.backend_image)


CRITERION = Criterion(
    "SC-002", "Backend image", "Backend image builds in <5 min, <1GB", measure, quiet=False, expected_s=60,
)  # fmt: skip
