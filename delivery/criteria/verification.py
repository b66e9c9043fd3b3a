"""`verify.success-criteria`: measures, keeps what it measures as it comes, and reports."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from delivery import tools
from delivery.criteria import kept_runs, surveyed
from delivery.criteria.catalogue_of_criteria import chosen, full_id
from delivery.criteria.criterion import Criterion, Result
from delivery.criteria.html_report import page
from delivery.criteria.junit_report import junit
from delivery.criteria.measuring import Progress, measure_all
from delivery.criteria.report_document import Document, Run, document, read_report, run_id
from delivery.criteria.subject import Options, Subject, open_subject
from delivery.criteria.terminal_table import table, verdict
from delivery.errors import CheckFailed, InvalidInput
from delivery.session import Session
from delivery.settings.flags import split_names


@dataclass(frozen=True)
class Request:
    """What was asked for. `only` and `allow` name criteria; `report` is another folder for the report."""

    only: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    cached: bool = False
    thorough: bool = False
    merge: tuple[Path, ...] = ()
    report: Path | None = None
    output: str = "text"

    def options(self) -> dict[str, Any]:
        """As the report holds them."""
        names = {"only": [full_id(one) for one in self.only], "allow": [full_id(one) for one in self.allow]}
        return {**names, "cached": self.cached, "thorough": self.thorough}


def requested(flags: Mapping[str, Any]) -> Request:
    """A request from the flags of the command line; lists have commas between."""
    return Request(
        only=split_names(flags["only"]),
        allow=split_names(flags["allow"]),
        cached=flags["cached"],
        thorough=flags["thorough"],
        merge=tuple(Path(one).expanduser() for one in flags["merge"].split(",") if one.strip()),
        report=Path(flags["report"]).expanduser() if flags["report"] else None,
        output=flags["output"],
    )


def verify_success_criteria(session: Session, request: Request) -> None:
    """Measure the criteria and report.

    Raises CheckFailed where one did not pass and was not allowed, InvalidInput or EnvironmentFault before
    anything is measured.
    """
    if request.output not in ("text", "json"):
        raise InvalidInput(f"--output {request.output}", "", "text or json")
    criteria = chosen(request.only)
    chosen(request.allow, "--allow")
    merged = tuple(read_report(path) for path in request.merge)
    if session.dry_run:
        for one in criteria:
            session.console.line(f"would measure {one.id} {one.statement}")
        return
    began = datetime.datetime.now(datetime.UTC)
    folder = kept_runs.run_folder(run_id(began))
    target = request.report or kept_runs.state_folder()
    for place in (target, kept_runs.state_folder()):
        kept_runs.writable(place)
    tools.ensure_engine(session, may_repair=False)
    with open_subject(session, folder, Options(request.cached, request.thorough)) as subject:
        subject.merged = merged
        book = _Book(subject, request, began)
        book.measure(criteria)
    _report(session, request, book, target)


class _Book:
    """Keeps the run's document, after every result."""

    def __init__(self, subject: Subject, request: Request, began: datetime.datetime) -> None:
        self.folder = subject.folder
        self._subject, self._allowed = subject, {full_id(one) for one in request.allow}
        self._began = time.monotonic()
        load = surveyed.machine()
        self._run = Run(
            run_id(began), began.isoformat(timespec="seconds"), surveyed.here(subject).document(),
            surveyed.versions(subject), load, request.options(),
        )  # fmt: skip
        self.results: list[Result] = []
        self.document: Document = {}

    def measure(self, criteria: Sequence[Criterion]) -> None:
        """Measure; an interruption keeps what was measured, with the rest as not measured."""
        progress = Progress(self._subject, criteria, self._keep)
        try:
            measure_all(self._subject, criteria, progress)
        except BaseException:
            self.results += progress.unmeasured("the run was interrupted")
            self._write(interrupted=True)
            self._subject.session.console.note(f"what was measured is kept in {self.folder}")
            raise
        self._write()

    def _keep(self, result: Result) -> None:
        self.results.append(replace(result, allowed=result.id in self._allowed))
        self._write()

    def _write(self, *, interrupted: bool = False) -> None:
        took_s = time.monotonic() - self._began
        self.document = _masked(
            self._subject.session, document(self._run, self.results, took_s, interrupted=interrupted)
        )
        kept_runs.keep(self.folder, self.document)


def _report(session: Session, request: Request, book: _Book, target: Path) -> None:
    history = kept_runs.earlier(book.document["runId"])
    worse = kept_runs.regressions(history, book.document)
    kept_runs.keep(target, book.document)
    (target / "junit.xml").write_text(junit(book.document), encoding="utf-8")
    (target / "report.html").write_text(page(book.document, history, worse, book.folder), encoding="utf-8")
    kept_runs.prune()
    if request.output == "json":
        session.console.line(json.dumps(book.document, indent=2, ensure_ascii=False))
    else:
        session.console.line(table(book.document, worse))
        session.console.line(f"report: {target / 'report.html'}, report.json, junit.xml")
    bad = [one.id for one in book.results if not one.accepted]
    if bad:
        raise CheckFailed(
            f"not passed: {', '.join(sorted(bad))}", verdict(book.document), _next(book.results)
        )


def _next(results: Collection[Result]) -> str:
    missing = sorted(one.id for one in results if one.state.value == "not measured" and not one.allowed)
    if not missing:
        return "the reasons are above; ./inv verify.all looks at the parts one by one"
    return f"remove what was in the way, or accept it: --allow {','.join(missing)}"


def _masked(session: Session, made: Document) -> Document:
    return dict(json.loads(session.console.masker.mask(json.dumps(made, ensure_ascii=False))))
