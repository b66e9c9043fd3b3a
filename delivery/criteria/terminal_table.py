"""The verdict on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from delivery.console import duration
from delivery.criteria.criterion import Unit, shown
from delivery.criteria.kept_runs import Regression
from delivery.criteria.report_document import Document

MARKS = {"passed": "✓", "failed": "✗", "not measured": "–"}
_BAR = 12


def table(document: Document, regressions: Sequence[Regression] = ()) -> str:
    """Each criterion with its figure, its budget and a bar; reasons below those that did not pass."""
    lines: list[str] = []
    for one in document["criteria"]:
        lines += _rows(one)
    lines += ["", *(_worse(one) for one in regressions), verdict(document)]
    return "\n".join(lines)


def verdict(document: Document) -> str:
    """One line."""
    states = [one["state"] for one in document["criteria"]]
    counts = ", ".join(f"{states.count(state)} {state}" for state in MARKS if state in states)
    broken_off = " (interrupted)" if document["interrupted"] else ""
    return f"{document['verdict'].upper()}{broken_off}: {counts}; took {duration(document['durationS'])}"


def headline(criterion: Document) -> Document | None:
    """The figure that stands for a criterion: the one nearest to its limit."""
    limited = [one for one in criterion["measurements"] if "limit" in one]
    return max(limited, key=lambda one: one["value"] / one["limit"], default=None)


def _rows(one: Document) -> Iterator[str]:
    mark = "(✓)" if one["allowed"] and one["state"] == "not measured" else MARKS[one["state"]]
    figure = headline(one)
    if figure:
        words = f"{_figure(figure)} of {_limit(figure)}"
        row = f"{words:<20} {_bar(figure['value'] / figure['limit'])}  {figure['name']}"
    else:
        held = [proof for proof in one["proofs"] if proof["judged"]]
        row = f"{sum(proof['holds'] for proof in held)} of {len(held)} proven" if held else one["state"]
    yield f"{mark:<2}{one['id']}  {one['title']:<18} {row}".rstrip()
    if one["state"] != "passed":
        yield from (f"      {reason}" for reason in "\n".join(one["reasons"]).splitlines())


def _bar(share: float) -> str:
    full = min(_BAR, round(share * _BAR))
    return "█" * full + "░" * (_BAR - full) + ("!" if share > 1 else " ")


def _figure(one: Document) -> str:
    return shown(one["value"], one["unit"])


def _limit(one: Document) -> str:
    return shown(one["limit"], one["unit"])


def _worse(one: Regression) -> str:
    unit: Unit = "bytes" if one.unit == "bytes" else "count" if one.unit == "count" else "s"
    return f"! {one.criterion} {one.measurement}: {shown(one.value, unit)}, usually {shown(one.usual, unit)}"
