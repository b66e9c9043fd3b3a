"""The journal: lines and pages, masked, whole after a crash, and never in the way of an answer."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from delivery.ai import journal
from delivery.ai.answer import Answer, Finding, Mark, Severity, State, Usage
from delivery.ai.journal import Operation, entries, page, print_journal, record
from delivery.ai.redact import Redactor
from delivery.errors import InvalidInput
from delivery.session import Session
from tests.unit.ai.backends.conftest import MakeSession, make_session
from tests.unit.conftest import Printed

__all__ = ["make_session"]
PLANTED = "pl4nted-S3cret-value"
FOUND = Finding("CRASH_LOOP", Severity.CRITICAL, "Deployment/backend", "it crashes", (PLANTED,))
ANSWER = Answer(
    State.COMPLETED, "openai", "why is backend crashing", (FOUND,), f"It says {PLANTED} and deployment/zz.",
    Usage(11, 7, 1), (f"kubectl logs x --token={PLANTED}",), 3, 1.25, (Mark("zz", "there is no Deployment"),),
)  # fmt: skip


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    return make_session()


@pytest.fixture
def redactor(session: Session) -> Redactor:
    return Redactor(session.console.masker, [PLANTED])


def test_an_operation_is_a_line_and_a_page_without_a_secret(
    session: Session, redactor: Redactor, tmp_path: Path
) -> None:
    own = record(session, Operation("ai.ask", ANSWER, f"facts {PLANTED}"), redactor, tmp_path)
    line = (tmp_path / journal.LINES).read_text()
    text = (tmp_path / f"{own}.md").read_text()
    assert PLANTED not in line + text
    entry = json.loads(line)
    assert (entry["id"], entry["state"], entry["prompt"]) == (own, "completed", "facts ***")
    assert (entry["marks"][0]["text"], entry["usage"]["promptTokens"]) == ("zz", 11)
    for words in ("# why is backend crashing", "| tokens | 11 + 7 |", "CRASH_LOOP", "`zz`", "facts ***"):
        assert words in text


def test_only_its_owner_may_read_it(session: Session, redactor: Redactor, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    own = record(session, Operation("ai.ask", ANSWER), redactor, folder)
    for path in (folder / journal.LINES, folder / f"{own}.md"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_line_that_a_killed_run_left_open_costs_no_other(
    session: Session, redactor: Redactor, tmp_path: Path
) -> None:
    record(session, Operation("one", ANSWER), redactor, tmp_path)
    with (tmp_path / journal.LINES).open("a") as lines:
        lines.write('{"id": "broken", "tas')
    record(session, Operation("two", ANSWER), redactor, tmp_path)
    assert [one["task"] for one in entries(tmp_path)] == ["one", "two"]


def test_the_oldest_are_forgotten_with_their_pages(
    session: Session, redactor: Redactor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_KEPT", 3)
    ids = [record(session, Operation(str(number), ANSWER), redactor, tmp_path) for number in range(5)]
    assert [one["task"] for one in entries(tmp_path)] == ["2", "3", "4"]
    assert {path.stem for path in tmp_path.glob("*.md")} == set(ids[2:])


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written_hides_no_answer(
    session: Session, redactor: Redactor, tmp_path: Path, printed: Printed
) -> None:
    tmp_path.chmod(0o500)
    assert record(session, Operation("ai.ask", ANSWER), redactor, tmp_path / "x") == ""
    assert "could not be written" in str(printed)


def test_a_file_in_the_folders_place_hides_no_answer(
    session: Session, redactor: Redactor, tmp_path: Path, printed: Printed
) -> None:
    (tmp_path / "journal").write_text("")
    assert record(session, Operation("ai.ask", ANSWER), redactor, tmp_path / "journal") == ""
    assert "could not be written" in str(printed)


def test_a_dry_run_keeps_nothing(make_session: MakeSession, redactor: Redactor, tmp_path: Path) -> None:
    assert record(make_session(dry_run=True), Operation("ai.ask", ANSWER), redactor, tmp_path) == ""
    assert list(tmp_path.glob("*.jsonl")) == []


def test_it_is_listed_and_shown(
    session: Session, redactor: Redactor, tmp_path: Path, printed: Printed
) -> None:
    own = record(session, Operation("ai.ask", ANSWER), redactor, tmp_path)
    print_journal(session, folder=tmp_path)
    assert f"{own}  openai      completed       why is backend crashing" in str(printed)
    print_journal(session, "last", folder=tmp_path)
    print_journal(session, own, folder=tmp_path)
    assert str(printed).count("# why is backend crashing") == 2


@pytest.mark.parametrize("show", ["nope", "last"])
def test_an_id_that_is_not_kept_is_bad_input(session: Session, tmp_path: Path, show: str) -> None:
    with pytest.raises(InvalidInput):
        print_journal(session, show, folder=tmp_path)


def test_an_empty_journal_says_so(session: Session, tmp_path: Path, printed: Printed) -> None:
    print_journal(session, folder=tmp_path)
    assert "nothing was asked yet" in str(printed)


def test_a_prompt_with_fences_does_not_end_its_own(
    session: Session, redactor: Redactor, tmp_path: Path
) -> None:
    record(session, Operation("ai.ask", ANSWER, "a\n````\nb"), redactor, tmp_path)
    text = page(entries(tmp_path)[0])
    assert "`````\na\n````\nb\n`````" in text


def test_an_answer_without_usage_has_a_page(session: Session, redactor: Redactor, tmp_path: Path) -> None:
    bare = replace(ANSWER, usage=None, text="", error="no answer", findings=(), commands=(), marks=())
    record(session, Operation("ai.ask", bare), redactor, tmp_path)
    assert "## Error\n\nno answer" in page(entries(tmp_path)[0])
