"""SC-007: from sign-in to a task that the chat added, end to end."""

from __future__ import annotations

from delivery.criteria.criterion import Criterion, Measurement, Outcome
from delivery.criteria.journey import MESSAGE, Journey, journey
from delivery.criteria.subject import BACKEND, FRONTEND, Subject


def measure(subject: Subject) -> Outcome:
    """The slowest of three journeys."""
    return outcome(journey(subject), subject.settings.budgets.journey_s)


def outcome(made: Journey, limit_s: float) -> Outcome:
    """Pure: what is judged of it."""
    method = "Chromium: open the page, sign in, send the message, until the list shows the task"
    if made.no_browser:
        method = f"over HTTP, without a browser ({made.no_browser}): sign in, chat, read the list"
    figure = Measurement.worst_of("end to end", made.seconds, limit_s)
    return Outcome((figure,), (), (f"message: {MESSAGE}", *made.steps), made.pictures, method)


CRITERION = Criterion(
    "SC-007", "The journey", "End-to-end flow completes in <10s", measure, (FRONTEND, BACKEND),
    browser=True, expected_s=20,
)  # fmt: skip
