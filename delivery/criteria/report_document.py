"""A run as a document: what is kept, printed as JSON, merged on other machines, and drawn as a page."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery.criteria.criterion import Measurement, Outcome, Proof, Result
from delivery.errors import InvalidInput
from delivery.paths import ROOT
from delivery.settings.schema import schema_faults

VERSION = 1
SCHEMA = ROOT / "schemas" / "report.schema.json"
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """A run beside its results. `options` are those that it was asked with."""

    id: str
    started_at: str
    platform: Mapping[str, str]
    versions: Mapping[str, str]
    machine: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)


def run_id(now: datetime.datetime) -> str:
    """A name that sorts by time and is a file's name everywhere."""
    return now.astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")


def document(
    run: Run, results: Sequence[Result], duration_s: float, *, interrupted: bool = False
) -> Document:
    """Pure: the whole run. Its verdict is passed where every result is accepted and nothing broke it off."""
    ordered = sorted(results, key=lambda one: one.id)
    passed = bool(ordered) and all(one.accepted for one in ordered) and not interrupted
    return {
        "version": VERSION,
        "runId": run.id,
        "startedAt": run.started_at,
        "durationS": round(duration_s, 1),
        "verdict": "passed" if passed else "failed",
        "interrupted": interrupted,
        "platform": dict(run.platform),
        "versions": dict(run.versions),
        "machine": dict(run.machine),
        "options": dict(run.options),
        "criteria": [_result(one) for one in ordered],
    }


def read_report(path: Path) -> Document:
    """A report of another machine. Raises InvalidInput where it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise InvalidInput(f"--merge {path}", str(wrong), "give a report.json of another run") from None
    faults = schema_faults(found, SCHEMA)
    if faults:
        raise InvalidInput.of(f"--merge {path}", faults, "give a report.json of another run")
    return dict(found)


def _result(one: Result) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "statement": one.statement,
        "state": one.state.value,
        "allowed": one.allowed,
        "reasons": list(one.reasons),
        "durationS": round(one.duration_s, 2),
        **_outcome(one.outcome),
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "method": one.method,
        "measurements": [_measurement(each) for each in one.measurements],
        "proofs": [_proof(each) for each in one.proofs],
        "evidence": list(one.evidence),
        "pictures": [{"caption": each.caption, "file": each.path.name} for each in one.pictures],
    }


def _measurement(one: Measurement) -> dict[str, Any]:
    limit = {"limit": one.limit, "limitOf": one.limit_of} if one.limit is not None else {}
    return {
        "name": one.name,
        "value": _round(one.value),
        "unit": one.unit,
        "within": one.within,
        **limit,
        "samples": [_round(each) for each in one.samples],
    }


def _proof(one: Proof) -> dict[str, Any]:
    return {"statement": one.statement, "holds": one.holds, "seen": one.seen, "judged": not one.told}


def _round(value: float) -> float:
    return round(value, 5)
