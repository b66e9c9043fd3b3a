"""How the figures of bench.verdict are told, and that the README shows those that were measured."""

from __future__ import annotations

import json

import pytest

from delivery.bench.bench_verdict import ensure_all_right
from delivery.bench.measurement import Measured
from delivery.bench.results import Results, cell, from_document, markdown, table, to_json, totals
from delivery.bench.verdict_readme import BEGIN, END, with_region
from delivery.errors import CheckFailed, EnvironmentFault
from tests.unit.bench.conftest import came_up, conditions, failed, results


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        pytest.param([failed()], "CRASH_LOOP 6.1 s, back after 16.0 s", id="judged and taken back"),
        pytest.param(
            [failed("helm-rollback", verdict_s=301.2, total_s=304.3)],
            "failed 301 s, back after 304 s", id="helm has no code",
        ),
        pytest.param(
            [failed("helm-wait", verdict_s=301.2, total_s=301.2, back=False)],
            "failed 301 s, not taken back", id="only told",
        ),
        pytest.param(
            [failed("helm-wait", ready=True, right=False, verdict_s=3.4, total_s=3.4, serves=False)],
            "WRONG: success 3.4 s, does not serve", id="a fault called success",
        ),
        pytest.param(
            [failed("helm-rollback", verdict_s=30.0, total_s=33.0, cut=True)],
            "failed > 30 s, back after > 33 s", id="helm was cut short",
        ),
        pytest.param([failed(serves=False)], "CRASH_LOOP 6.1 s, does not serve", id="back but broken"),
        pytest.param([failed(trouble="no cluster")], "not measured: no cluster", id="not measured"),
        pytest.param(
            [failed(verdict_s=5.0), failed(round=2, verdict_s=7.0), failed(round=3, verdict_s=6.0)],
            "CRASH_LOOP 6.0 s, back after 16.0 s", id="median",
        ),
        pytest.param(
            [failed(), failed(round=2, ready=True, right=False, verdict_s=2.0, total_s=2.0)],
            "WRONG: success 2.0 s, back (1 of 2 right)", id="one wrong round is wrong",
        ),
    ],
)  # fmt: skip
def test_a_cell_tells_verdict_seconds_and_what_is_left(measured: list[Measured], words: str) -> None:
    engine = measured[0].engine
    assert str(cell(results(*measured, engines=(engine,)), "crash", engine)) == words


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (came_up(), "success 20.0 s"),
        (came_up(serves=False), "success 20.0 s, does not serve"),
        (came_up(ready=False, right=False, words="NOT_READY", back=True), "WRONG: NOT_READY 20.0 s, back"),
    ],
)
def test_of_a_good_upgrade_only_trouble_is_told_beside_the_seconds(one: Measured, words: str) -> None:
    told = cell(results(one), "slow", "ours")
    assert str(told).startswith(words.partition(",")[0])
    assert ("does not serve" in str(told)) is not one.serves


def test_what_did_not_run_is_no_success(whole: Results) -> None:
    assert cell(results(failed()), "slow", "ours").trouble == "it did not run"
    assert cell(whole, "crash", "ours").right


def test_the_totals_count_what_was_measured(whole: Results) -> None:
    assert totals(whole) == [
        "inv deploy.all: 2 of 2 verdicts right; afterwards 2 of 2 served",
        "helm upgrade --rollback-on-failure: 1 of 2 verdicts right; afterwards 1 of 2 served",
    ]


def test_the_table_has_a_line_per_case_and_says_on_what_it_was_measured(whole: Results) -> None:
    lines = table(whole)
    assert [line for line in lines if line.startswith("crashes at <once>")]
    assert "helm v4.1.4, --timeout 300s, 2 cores (load 1.5 as it began, 9.25 as it ended)" in lines[-1]


def test_a_timeout_that_is_not_helms_own_is_said() -> None:
    assert "--timeout 30s instead of its own 300s" in str(conditions(helm_timeout_s=30.0))


def test_wrong_verdicts_stand_out_in_the_readme(whole: Results) -> None:
    assert "✗ **success 3.4 s, does not serve**" in markdown(whole)
    assert "| `CRASH_LOOP` 6.1 s, back after 16.0 s |" in markdown(whole)


def test_the_document_holds_all_that_the_table_needs(whole: Results) -> None:
    again = from_document(json.loads(to_json(whole)))
    assert table(again) == table(whole)
    assert again.measured == whole.measured


@pytest.mark.parametrize(
    "bad",
    [failed(right=False, ready=True), failed(serves=False), failed(trouble="no cluster")],
    ids=["wrong", "left broken", "not measured"],
)
def test_a_verdict_of_ours_that_is_not_right_fails_the_benchmark(bad: Measured) -> None:
    with pytest.raises(CheckFailed, match="1 of our verdicts"):
        ensure_all_right(results(bad, came_up()))


def test_helm_may_be_wrong(whole: Results) -> None:
    ensure_all_right(whole)


def test_the_marked_part_of_the_readme_is_replaced_and_nothing_else() -> None:
    text = f"# Title\n{BEGIN}\nold\n{END}\nrest\n"
    assert with_region(text, "new\n") == f"# Title\n{BEGIN}\nnew\n{END}\nrest\n"
    with pytest.raises(EnvironmentFault, match="no part for the results"):
        with_region("# Title\n", "new")
