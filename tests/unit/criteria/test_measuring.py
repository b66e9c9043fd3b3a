"""The order of a run, and what it keeps when something is in the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from delivery.criteria import measuring
from delivery.criteria.app_client import AppFault
from delivery.criteria.catalogue_of_criteria import CRITERIA
from delivery.criteria.criterion import Criterion, Measurement, NotMeasured, Outcome, Result, State
from delivery.criteria.measuring import Progress, measure_all, measure_one
from delivery.criteria.subject import Subject
from delivery.errors import CommandFailed, DeliveryError, Interrupted, TimedOut, ToolMissing
from tests.unit.conftest import Printed

GOOD = Outcome((Measurement("seconds", 1.0, "s", 2.0),))


def criterion(measure: Callable[[Subject], Outcome], **options: Any) -> Criterion:
    return Criterion("SC-999", "A thing", "A thing", measure, **options)


def raising(error: BaseException) -> Criterion:
    def measure(_: Subject) -> Outcome:
        raise error

    return criterion(measure)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AppFault("the task is not there"), State.FAILED),
        (TimedOut("it took too long"), State.FAILED),
        (NotMeasured("no Chromium", "nobody allowed us"), State.NOT_MEASURED),
        (ToolMissing("no docker"), State.NOT_MEASURED),
        (CommandFailed("kubectl ended with 1"), State.NOT_MEASURED),
    ],
)
def test_a_fault_of_the_app_fails_and_what_is_in_the_way_is_not_measured(
    error: DeliveryError, state: State, make_subject: Callable[..., Subject]
) -> None:
    result = measure_one(make_subject(), raising(error))
    assert result.state is state
    assert result.reasons[0].startswith(error.what)


def test_what_needs_a_service_that_does_not_serve_is_not_measured(
    make_subject: Callable[..., Subject],
) -> None:
    result = measure_one(make_subject(), criterion(lambda _: GOOD, needs=("frontend", "backend")))
    assert result.state is State.NOT_MEASURED
    assert result.reasons == ("frontend and backend do not serve",)


def test_pods_that_crash_meanwhile_fail_what_was_measured(
    make_subject: Callable[..., Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([{"backend-1/backend": 0}, {"backend-1/backend": 1}])
    monkeypatch.setattr(measuring, "restarts", lambda _: next(counts))
    monkeypatch.setattr(measuring, "why_not", lambda *_: "")
    result = measure_one(make_subject(), criterion(lambda _: GOOD, needs=("backend",)))
    assert result.state is State.FAILED
    assert "backend-1/backend" in result.reasons[0]


def test_restarts_are_counted_by_pod_and_container(make_subject: Callable[..., Subject]) -> None:
    status = {"containerStatuses": [{"name": "backend", "restartCount": 2}]}
    pods = {"items": [{"metadata": {"name": "backend-1"}, "status": status}, {"metadata": {"name": "new"}}]}
    assert measuring.restarts(make_subject({"get pods": json.dumps(pods)})) == {"backend-1/backend": 2}


def run_all_of(subject: Subject, criteria: list[Criterion]) -> tuple[list[str], list[Result]]:
    kept: list[Result] = []
    measure_all(subject, criteria, Progress(subject, criteria, kept.append))
    return [one.id for one in kept], kept


def test_builds_come_first_what_deletes_pods_after_the_timed_ones_and_platforms_last(
    make_subject: Callable[..., Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    doubles = {one.id: replace(one, measure=lambda _: GOOD) for one in CRITERIA}
    monkeypatch.setattr(measuring, "PERSISTENCE", doubles["SC-008"])
    monkeypatch.setattr(measuring, "PLATFORMS", doubles["SC-009"])
    monkeypatch.setattr(measuring, "prepare_browser", lambda _: "/usr/bin/chromium")
    order, _ = run_all_of(make_subject(), list(doubles.values()))
    assert sorted(order[:3]) == ["SC-001", "SC-002", "SC-011"]
    assert order.index("SC-001") < order.index("SC-002")
    assert order[3:] == [
        "SC-003",
        "SC-004",
        "SC-005",
        "SC-006",
        "SC-007",
        "SC-010",
        "SC-012",
        "SC-008",
        "SC-009",
    ]


def test_what_remains_is_told_after_each(make_subject: Callable[..., Subject], printed: Printed) -> None:
    first, second = criterion(lambda _: GOOD), replace(criterion(lambda _: GOOD, expected_s=30), id="SC-998")
    run_all_of(make_subject(), [first, second])
    assert "SC-999 passed   (1 of 2 remain, about 30 s)" in str(printed)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), Interrupted("interrupted")])
def test_an_interruption_keeps_what_was_measured(
    interruption: BaseException, make_subject: Callable[..., Subject]
) -> None:
    kept: list[Result] = []
    first, second = criterion(lambda _: GOOD), replace(raising(interruption), id="SC-998")
    third = replace(first, id="SC-997")
    progress = Progress(make_subject(), [first, second, third], kept.append)
    with pytest.raises(type(interruption)):
        measure_all(make_subject(), [first, second, third], progress)
    assert [one.id for one in kept] == ["SC-999"]
    assert {one.id: one.state for one in progress.unmeasured("interrupted")} == {
        "SC-998": State.NOT_MEASURED, "SC-997": State.NOT_MEASURED,
    }  # fmt: skip


def test_what_several_share_is_made_once_and_its_fault_is_told_to_each(
    make_subject: Callable[..., Subject],
) -> None:
    subject, made = make_subject(), []

    def make() -> int:
        made.append(1)
        raise AppFault("no sign-in")

    for _ in range(2):
        with pytest.raises(AppFault):
            subject.once("account", make)
    assert made == [1]
