"""The runs that were kept: written as they go, read again as history."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.criteria.report_document import SCHEMA, Document
from delivery.errors import EnvironmentFault
from delivery.paths import project_file
from delivery.settings.schema import find_faults

KEEP = 20
# A figure has to be worse by both before it is told: noise is neither a third nor a fiftieth of the budget.
_WORSE_BY = 1.3
_OF_LIMIT = 0.02
_LEAST_RUNS = 2


@dataclass(frozen=True)
class Regression:
    """What got worse: the figure now, and the median of the runs before."""

    criterion: str
    measurement: str
    value: float
    usual: float
    unit: str


def state_folder() -> Path:
    """Where the runs are."""
    return project_file(".delivery") / "criteria"


def run_folder(run_id: str) -> Path:
    """The folder of a run and its pictures; made when there is something to keep."""
    return state_folder() / "runs" / run_id


def writable(folder: Path) -> None:
    """Make a folder and prove that files can be written there. Raises EnvironmentFault."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise EnvironmentFault(
            f"reports can't be written to {folder}",
            error.strerror or str(error),
            "give another --report FOLDER",
        ) from None


def keep(folder: Path, document: Document) -> None:
    """Write a run's document so that it is whole at every moment."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / "report.json.new"
    new.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(new, folder / "report.json")  # noqa: PTH105 - Path.replace is the same


def earlier(before: str) -> tuple[Document, ...]:
    """The kept runs before one, oldest first; what is no valid report is left out."""
    found = []
    for folder in sorted((state_folder() / "runs").glob("*/report.json")):
        if folder.parent.name < before:
            found += [one for one in (_read(folder),) if one]
    return tuple(found[-KEEP:])


def prune() -> None:
    """Remove all but the newest runs."""
    folders = sorted(path for path in (state_folder() / "runs").glob("*") if path.is_dir())
    for old in folders[:-KEEP]:
        shutil.rmtree(old, ignore_errors=True)


def regressions(history: Sequence[Document], now: Document) -> tuple[Regression, ...]:
    """Pure: figures that are worse than usual. They fail nothing; their budgets do."""
    found = []
    for key, measurement in _figures(now).items():
        if "limit" not in measurement:
            continue
        past = [one[key]["value"] for one in map(_figures, history) if key in one]
        if len(past) < _LEAST_RUNS:
            continue
        usual, value = statistics.median(past), measurement["value"]
        if value > usual * _WORSE_BY and value - usual > measurement["limit"] * _OF_LIMIT:
            found.append(Regression(*key, value, usual, measurement["unit"]))
    return tuple(found)


def _figures(document: Document) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(one["id"], each["name"]): each for one in document["criteria"] for each in one["measurements"]}


def _read(path: Path) -> Document | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if not find_faults(document, SCHEMA) else None
