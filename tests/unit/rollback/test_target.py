"""Which revision a rollback goes to."""

from __future__ import annotations

import pytest

from delivery.errors import InvalidInput
from delivery.release.record import Entry, Record
from delivery.rollback.target import before, chosen, last_changed, of_record, run_of


def entry(revision: int, restores: int = 0) -> Entry:
    """A revision that is like no other, or like the one that it restores."""
    what = restores or revision
    return Entry(
        revision, f"todo-web:{what}", "id", "s", f"d{what}", "t", restores=restores, run=f"run {what}"
    )


def record(*entries: Entry) -> Record:
    return Record("web", entries)


KEPT = range(1, 11)


@pytest.mark.parametrize(
    ("entries", "kept", "revisions"),
    [
        pytest.param([entry(1), entry(2), entry(4)], KEPT, [4, 2, 1], id="newest first"),
        pytest.param([entry(1), entry(2), entry(4)], [2, 3, 4], [4, 2], id="helm forgot one"),
        pytest.param([entry(1), entry(2), entry(4, restores=1)], KEPT, [4, 2], id="the same twice"),
        pytest.param([], KEPT, [], id="none verified"),
    ],
)
def test_a_failed_deploy_goes_to_the_newest_verified_revision_that_helm_has(
    entries: list[Entry], kept: list[int], revisions: list[int]
) -> None:
    assert [one.revision for one in of_record(record(*entries), kept)] == revisions


@pytest.mark.parametrize(
    ("entries", "current", "revisions"),
    [
        pytest.param([entry(1), entry(2), entry(3)], 3, [2, 1], id="one further back"),
        pytest.param([entry(1), entry(2), entry(3, restores=2)], 3, [1], id="and again: further back"),
        pytest.param([entry(1), entry(2), entry(3, restores=1)], 3, [], id="the oldest runs already"),
        pytest.param([entry(1), entry(2)], 3, [2, 1], id="what runs was never verified"),
        pytest.param([entry(1), entry(2), entry(3, restores=1), entry(4)], 4, [3, 2], id="what ran before"),
        pytest.param(
            [entry(1), entry(2), entry(3, restores=1), entry(4), entry(5, restores=2)], 5, [3], id="and again"
        ),
    ],
)
def test_a_rollback_by_hand_goes_further_back_each_time(
    entries: list[Entry], current: int, revisions: list[int]
) -> None:
    assert [one.revision for one in before(record(*entries), current, KEPT)] == revisions


@pytest.mark.parametrize(
    ("entries", "made", "digest", "revisions"),
    [
        pytest.param([entry(1), entry(2)], 3, "d2", [1], id="drift was mended"),
        pytest.param(
            [entry(1), entry(2), entry(3), entry(4, 2)], 4, "d2", [1], id="looked at after a rollback"
        ),
        pytest.param([entry(1), entry(2)], 2, "d2", [1], id="looked at again"),
        pytest.param([entry(1), entry(2)], 4, "d2", [1], id="deployed again after one that failed"),
        pytest.param([entry(1), entry(2)], 3, "d1", [2, 1], id="what ran before is deployed as a change"),
        pytest.param([entry(1), entry(2)], 3, "d3", [2, 1], id="a change"),
    ],
)
def test_a_rollback_by_hand_never_goes_to_what_runs_already(
    entries: list[Entry], made: int, digest: str, revisions: list[int]
) -> None:
    old = record(*entries)
    new = old.with_entry(old.descended(Entry(made, "i", "id", "s", digest, "t", run="now")))
    assert [one.revision for one in before(new, made, KEPT)] == revisions


@pytest.mark.parametrize(("digest", "run"), [("d2", "run 2"), ("d3", "now")], ids=["mended", "changed"])
def test_only_a_change_is_of_this_deploy(digest: str, run: str) -> None:
    old = record(entry(1), entry(2))
    new = old.with_entry(old.descended(Entry(3, "i", "id", "s", digest, "t", run="now")))
    assert run_of(new, 3) == run


def test_a_revision_can_be_named() -> None:
    assert chosen(record(entry(1), entry(3)), 1, KEPT).revision == 1


@pytest.mark.parametrize(
    ("revision", "why"), [(2, "it was never verified"), (99, "helm keeps no such revision")]
)
def test_a_revision_that_was_not_verified_is_refused_with_those_that_were(revision: int, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        chosen(record(entry(1), entry(3)), revision, KEPT)
    assert caught.value.why == why
    assert "1, 3" in caught.value.fix


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        pytest.param({"backend": "2026-01-02", "frontend": "2026-01-02"}, ("backend", "frontend"), id="both"),
        pytest.param({"backend": "2026-01-03", "frontend": "2026-01-02"}, ("backend",), id="one of them"),
        pytest.param({"backend": "", "frontend": ""}, ("backend", "frontend"), id="older records don't say"),
        pytest.param({"backend": "2026-01-02", "frontend": "~"}, ("frontend",), id="never verified"),
        pytest.param({}, (), id="nothing deployed"),
    ],
)
def test_what_the_last_deploy_changed_goes_back_as_one(runs: dict[str, str], names: tuple[str, ...]) -> None:
    assert last_changed(runs) == names


def test_what_runs_is_of_the_deploy_that_made_it_first() -> None:
    web = record(Entry(1, "i", "id", "s", "d", run="2026-01-02"), entry(2))
    assert (run_of(web, 1), run_of(web, 2), run_of(web, 3)) == ("2026-01-02", "run 2", "~")
