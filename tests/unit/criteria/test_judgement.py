"""What passes, what fails, and what is neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from delivery.criteria.catalogue_of_criteria import CRITERIA, IDS, chosen
from delivery.criteria.criterion import (
    Criterion,
    Measurement,
    Outcome,
    Proof,
    State,
    judge,
    percentile,
    shown,
    unmeasured,
)
from delivery.errors import InvalidInput

TWO_HUNDRED = tuple(map(float, range(1, 201)))
CRITERION = Criterion("SC-999", "A thing", "A thing in <1s", lambda _: Outcome())


@pytest.mark.parametrize(
    ("value", "state"),
    [(0.2, State.PASSED), (1.0, State.PASSED), (1.01, State.FAILED), (float("nan"), State.FAILED)],
)  # fmt: skip
def test_a_figure_must_keep_its_limit(value: float, state: State) -> None:
    result = judge(CRITERION, Outcome((Measurement("seconds", value, "s", 1.0),)))
    assert result.state is state
    assert bool(result.reasons) == (state is State.FAILED)


def test_the_worst_sample_counts() -> None:
    figure = Measurement.worst_of("ready", (1.0, 9.0, 2.0), 5.0)
    result = judge(CRITERION, Outcome((figure,)))
    assert result.reasons == ("ready: 9.0 s is over 5.0 s",)


def test_a_statement_that_does_not_hold_fails_and_is_named() -> None:
    result = judge(CRITERION, Outcome(proofs=(Proof("the task is still there", False, "list is empty"),)))
    assert result.state is State.FAILED
    assert result.reasons == ("not so: the task is still there (list is empty)",)


def test_a_told_statement_fails_nothing() -> None:
    proofs = (Proof("holds", True), Proof("macos: shown", False, told=True))
    assert judge(CRITERION, Outcome(proofs=proofs)).state is State.PASSED


@pytest.mark.parametrize(
    "outcome",
    [Outcome(), Outcome((Measurement("p50", 0.1),)), Outcome(proofs=(Proof("x", True, told=True),))],
)
def test_what_judges_nothing_is_not_measured_and_no_pass(outcome: Outcome) -> None:
    result = judge(CRITERION, outcome)
    assert result.state is State.NOT_MEASURED
    assert not result.accepted


def test_allowing_accepts_what_was_not_measured_and_never_a_failure() -> None:
    missing = unmeasured(CRITERION, "no Chromium")
    failed = judge(CRITERION, Outcome((Measurement("seconds", 2.0, "s", 1.0),)))
    assert not missing.accepted
    assert replace(missing, allowed=True).accepted
    assert not replace(failed, allowed=True).accepted


def test_there_are_the_plans_twelve_in_their_order() -> None:
    assert [one.id for one in CRITERIA] == [f"SC-{number:03d}" for number in range(1, 13)]
    assert all(one.statement and one.title and one.expected_s > 0 for one in CRITERIA)


@pytest.mark.parametrize("name", ["SC-007", "sc-007", "7", "sc7", "SC-7", "007"])
def test_a_criterion_is_known_by_any_spelling_of_its_number(name: str) -> None:
    assert [one.id for one in chosen([name])] == ["SC-007"]


def test_all_are_chosen_where_none_is_named_and_each_only_once() -> None:
    assert tuple(one.id for one in chosen([])) == IDS
    assert [one.id for one in chosen(["12", "3", "SC-003"])] == ["SC-003", "SC-012"]


@pytest.mark.parametrize("name", ["SC-013", "SC-0070", "journey", "0", "SC-"])
def test_an_unknown_criterion_is_refused_and_the_known_ones_named(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        chosen(["SC-001", name])
    assert name in str(refused.value)
    assert "SC-001 to SC-012" in str(refused.value)


@pytest.mark.parametrize(
    ("samples", "percent", "expected"),
    [((3.0,), 95, 3.0), (TWO_HUNDRED, 50, 100.0), (TWO_HUNDRED, 95, 190.0)],
)  # fmt: skip
def test_percentiles_go_by_the_nearest_rank(
    samples: tuple[float, ...], percent: float, expected: float
) -> None:
    assert percentile(samples, percent) == expected


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0042, "s", "4.2 ms"), (0.042, "s", "42 ms"), (4.2, "s", "4.2 s"), (142.0, "s", "142 s"),
        (145_000_000, "bytes", "145 MB"), (4_000, "bytes", "4 kB"), (3, "count", "3"), (None, "s", "-"),
    ],
)  # fmt: skip
def test_figures_in_words(value: float | None, unit: str, words: str) -> None:
    assert shown(value, unit) == words  # type: ignore[arg-type]
