"""The report: valid JSON, JUnit that parses, a page that needs nothing else, a history that is told."""

from __future__ import annotations

import copy
import datetime
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from delivery.criteria import kept_runs
from delivery.criteria.criterion import Measurement, Outcome, Picture, Proof, Result, State
from delivery.criteria.html_report import page
from delivery.criteria.junit_report import junit
from delivery.criteria.kept_runs import regressions
from delivery.criteria.page_view import dots, figure
from delivery.criteria.report_document import SCHEMA, Run, document, read_report, run_id
from delivery.criteria.terminal_table import table
from delivery.errors import EnvironmentFault, InvalidInput
from delivery.settings.schema import find_faults

PLATFORM = {
    "system": "linux", "release": "Debian 12", "architecture": "amd64", "engine": "26.1.5",
    "engine_architecture": "amd64", "provider": "kind", "runtime": "containerd 1.7", "kubernetes": "v1.34.4",
}  # fmt: skip
MACHINE = {"cpus": 2, "load": [0.1, 0.2, 0.3]}
RUN = Run("20261124T120000Z", "2026-11-24T12:00:00+00:00", PLATFORM, {"helm": "4.1.4"}, MACHINE)


def results(seconds: float = 4.0, picture: Path | None = None) -> list[Result]:
    pictures = (Picture("The <list>", picture),) if picture else ()
    good = Outcome(
        (Measurement.worst_of("end to end", (1.0, seconds), 10.0),), (), ("line <b>",), pictures, "how"
    )
    bad = Outcome(
        proofs=(
            Proof("the task is still there", False, "gone & lost"),
            Proof("macos: shown", False, "", True),
        )
    )
    return [
        Result("SC-007", "The journey", "End-to-end flow completes in <10s", State.PASSED, (), good, 12.0),
        Result("SC-008", "Persistence", "Data persists", State.FAILED, ("not so: \x1b[31mthe task",), bad),
        Result("SC-006", "The API docs", "docs load in <20s", State.NOT_MEASURED, ("no Chromium",)),
    ]  # fmt: skip


def made(seconds: float = 4.0, **options: Any) -> dict[str, Any]:
    return dict(document(RUN, results(seconds), 61.0, **options))


def test_the_document_keeps_to_its_schema_and_is_ordered() -> None:
    assert find_faults(json.loads(json.dumps(made())), SCHEMA) == []
    assert [one["id"] for one in made()["criteria"]] == ["SC-006", "SC-007", "SC-008"]


@pytest.mark.parametrize(
    ("chosen", "interrupted", "verdict"),
    [
        ([0], False, "passed"), ([0, 1], False, "failed"), ([0, 2], False, "failed"), ([0], True, "failed"),
        ([], False, "failed"),
    ],
)  # fmt: skip
def test_the_verdict_is_passed_only_where_all_is(chosen: list[int], interrupted: bool, verdict: str) -> None:
    found = document(RUN, [results()[number] for number in chosen], 1.0, interrupted=interrupted)
    assert found["verdict"] == verdict


def test_junit_has_a_case_for_each_and_survives_what_logs_hold() -> None:
    suite = ElementTree.fromstring(junit(made()))
    assert suite.get("tests") == "3"
    assert suite.get("failures") == "2"
    cases = {case.get("name", "")[:6]: [child.tag for child in case] for case in suite}
    assert cases == {
        "SC-006": ["failure", "system-out"],
        "SC-007": ["system-out"],
        "SC-008": ["failure", "system-out"],
    }


def test_junit_calls_what_was_allowed_skipped() -> None:
    allowed = made()
    allowed["criteria"][0]["allowed"] = True
    assert ElementTree.fromstring(junit(allowed)).get("skipped") == "1"


class Tags(HTMLParser):
    """Every address that a page would ask for, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]


def test_the_page_needs_nothing_else_and_shows_every_criterion(tmp_path: Path) -> None:
    picture = tmp_path / "sc-007.jpeg"
    picture.write_bytes(b"\xff\xd8\xff a picture")
    now = document(RUN, results(picture=picture), 61.0)
    history = [{**made(), "runId": f"2026112{day}T120000Z"} for day in (1, 2)]
    text = page(now, history, (), tmp_path)
    tags = Tags()
    tags.feed(text)
    assert all(one.startswith(("#", "data:image/")) for one in tags.addresses)
    assert any(one.startswith("data:image/jpeg;base64,/9j/") for one in tags.addresses)
    assert "script" not in tags.tags
    assert "url(" not in text
    for word in (
        "SC-006",
        "SC-007",
        "SC-008",
        "gone &amp; lost",
        "line &lt;b&gt;",
        "no Chromium",
        "The last 3 runs",
    ):
        assert word in text, word
    assert "prefers-color-scheme: dark" in text


def test_the_page_says_what_is_worse_than_usual(tmp_path: Path) -> None:
    history = [made(4.0), made(4.2), made(4.1)]
    now = made(6.0)
    text = page(now, history, regressions(history, now), tmp_path)
    assert "end to end: 6.0 s, usually 4.1 s" in text


@pytest.mark.parametrize(
    ("past", "now", "found"),
    [
        ([4.0, 4.1, 4.0], 6.0, True), ([4.0, 4.1, 4.0], 4.9, False), ([4.0], 9.0, False), ([], 9.0, False),
        # Half as much again, but a hundredth of the budget.
        ([0.10, 0.10, 0.10], 0.16, False),
    ],
)  # fmt: skip
def test_a_regression_is_worse_by_a_third_and_by_a_part_of_the_budget(
    past: list[float], now: float, found: bool
) -> None:
    history = [_with_value(one) for one in past]
    assert bool(regressions(history, _with_value(now))) is found


def _with_value(value: float) -> dict[str, Any]:
    found = copy.deepcopy(made())
    found["criteria"][1]["measurements"][0]["value"] = value
    return found


def test_the_table_tells_figures_budgets_and_reasons() -> None:
    text = table(made())
    assert re.search(r"✓ SC-007  The journey +4\.0 s of 10\.0 s +█████░", text)
    assert "✗ SC-008  Persistence        0 of 1 proven\n      not so:" in text
    assert "– SC-006" in text
    assert text.endswith("FAILED: 1 passed, 1 failed, 1 not measured; took 61 s")


def test_a_bar_says_so_where_it_is_over() -> None:
    assert "████████████!" in table(made(12.0))
    shown = figure({"name": "x", "value": 12.0, "unit": "s", "limit": 10.0, "within": False, "samples": []})
    assert (shown.share, shown.percent, shown.within) == (100.0, "120 %", False)


def test_dots_stay_in_the_drawing() -> None:
    found = dots([0.001] * 150 + [0.002] * 49 + [0.5], "s")
    assert len(found) == 200
    assert all(0 <= dot.x <= 100 and 0 <= dot.y <= 100 for dot in found)


def test_a_run_is_named_by_its_time() -> None:
    east = datetime.timezone(datetime.timedelta(hours=2))
    assert run_id(datetime.datetime(2026, 11, 24, 14, 5, 9, tzinfo=east)) == "20261124T120509Z"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"verdict": "passed"}', '{"version": 2}'])
def test_a_report_to_merge_that_is_none_is_refused_by_name(content: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=r"--merge .*report\.json"):
        read_report(path)
    with pytest.raises(InvalidInput, match="nowhere"):
        read_report(tmp_path / "nowhere.json")


def test_a_good_report_is_merged(tmp_path: Path) -> None:
    kept_runs.keep(tmp_path, made())
    assert read_report(tmp_path / "report.json") == made()


def test_a_folder_that_can_not_be_written_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="reports can't be written to"):
        kept_runs.writable(tmp_path / "file" / "folder")


def test_history_is_what_was_kept_before_and_leaves_out_what_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_runs, "state_folder", lambda: tmp_path)
    for name in ("20261101T000000Z", "20261102T000000Z", "20261124T120000Z"):
        kept_runs.keep(kept_runs.run_folder(name), {**made(), "runId": name})
    kept_runs.run_folder("20261103T000000Z").mkdir()
    (kept_runs.run_folder("20261103T000000Z") / "report.json").write_text("{broken")
    found = kept_runs.earlier("20261124T120000Z")
    assert [one["runId"] for one in found] == ["20261101T000000Z", "20261102T000000Z"]
    monkeypatch.setattr(kept_runs, "KEEP", 2)
    kept_runs.prune()
    assert len(list((tmp_path / "runs").iterdir())) == 2
