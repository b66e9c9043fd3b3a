"""What the page shows, worked out from the document: all figures as words and as places on a scale."""

from __future__ import annotations

import base64
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.console import duration
from delivery.criteria.criterion import percentile, shown
from delivery.criteria.kept_runs import Regression
from delivery.criteria.report_document import Document
from delivery.criteria.terminal_table import headline

_SHOWN_RUNS = 12
_DOTS = 400
_FEW = 40  # fewer are drawn on a line


@dataclass(frozen=True)
class Dot:
    """A sample on its scale; `x` and `y` are percent of the drawing."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Figure:
    """One measurement. `share` is its part of the limit in percent, at most 100."""

    name: str
    value: str
    limit: str
    whose: str
    share: float
    percent: str
    within: bool
    dots: tuple[Dot, ...]
    least: str
    most: str
    middle: str


@dataclass(frozen=True)
class Past:
    """One run in a criterion's history; `height` is percent of the tallest."""

    words: str
    height: float
    state: str
    now: bool


@dataclass(frozen=True)
class Card:
    """One criterion as the page shows it."""

    id: str
    title: str
    statement: str
    state: str
    allowed: bool
    reasons: tuple[str, ...]
    method: str
    took: str
    head: Figure | None
    figures: tuple[Figure, ...]
    proofs: tuple[Mapping[str, Any], ...]
    held: int
    judged: int
    evidence: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...]
    history: tuple[Past, ...]
    worse: tuple[str, ...]


def cards(
    document: Document, history: Sequence[Document], worse: Sequence[Regression], folder: Path
) -> tuple[Card, ...]:
    """All criteria of a run."""
    return tuple(_card(one, document, history, worse, folder) for one in document["criteria"])


def _card(
    one: Document, document: Document, history: Sequence[Document], worse: Sequence[Regression], folder: Path
) -> Card:
    head = headline(one)
    judged = [proof for proof in one["proofs"] if proof["judged"]]
    return Card(
        id=one["id"],
        title=one["title"],
        statement=one["statement"],
        state=one["state"],
        allowed=one["allowed"],
        reasons=tuple(one["reasons"]),
        method=one["method"],
        took=duration(one["durationS"]),
        head=figure(head) if head else None,
        figures=tuple(figure(each) for each in one["measurements"]),
        proofs=tuple(one["proofs"]),
        held=sum(proof["holds"] for proof in judged),
        judged=len(judged),
        evidence=tuple(one["evidence"]),
        pictures=tuple(_pictures(one["pictures"], folder)),
        history=past(one, [*history, document], head["name"] if head else ""),
        worse=tuple(
            f"{each.measurement}: {shown(each.value, each.unit)}, usually {shown(each.usual, each.unit)}"  # type: ignore[arg-type]
            for each in worse
            if each.criterion == one["id"]
        ),
    )


def option_words(options: Mapping[str, Any]) -> str:
    """What the run was asked with, as on the command line."""
    lists = [f"--{name} {','.join(options[name])}" for name in ("only", "allow") if options.get(name)]
    return (
        " ".join([*lists, *(f"--{name}" for name in ("cached", "thorough") if options.get(name))]) or "none"
    )


def figure(one: Mapping[str, Any]) -> Figure:
    """One measurement in words and places."""
    unit, samples = one["unit"], tuple(one["samples"]) or (one["value"],)
    limit = one.get("limit")
    share = 100 * one["value"] / limit if limit else 0.0
    return Figure(
        name=one["name"],
        value=shown(one["value"], unit),
        limit=shown(limit, unit) if limit else "",
        whose="our own" if one.get("limitOf") == "ours" else "the plan's",
        share=min(100.0, max(share, 0.6)),
        percent=f"{share:.0f} %" if share >= 1 else "under 1 %",
        within=one["within"],
        dots=dots(samples, unit) if len(samples) > 1 else (),
        least=shown(min(samples), unit),
        most=shown(max(samples), unit),
        middle=shown(statistics.median(samples), unit),
    )


def dots(samples: Sequence[float], unit: Any) -> tuple[Dot, ...]:
    """Samples in order, stacked where they meet; of many, those over the 99th percentile stand at the end."""
    low, high = min(samples), max(samples)
    if len(samples) > 50:
        high = max(percentile(tuple(samples), 99), low)
    width = (high - low) or 1.0
    columns: dict[int, int] = {}
    found = []
    for sample in sorted(samples)[:_DOTS]:
        x = 100 * min(1.0, (sample - low) / width)
        column = round(x)
        columns[column] = columns.get(column, 0) + 1
        found.append((x, columns[column], shown(sample, unit)))
    tallest = max(height for _, height, _ in found)
    step = min(18.0, 84.0 / tallest)
    floor = 92.0 if len(found) >= _FEW else 50.0
    return tuple(
        Dot(round(2 + 0.96 * x, 2), round(floor - step * (height - 1), 2), words)
        for x, height, words in found
    )


def past(one: Document, documents: Iterable[Document], name: str) -> tuple[Past, ...]:
    """This criterion in the last runs, this one among them; empty where it is the first."""
    rows = []
    for document in list(documents)[-_SHOWN_RUNS:]:
        for each in document["criteria"]:
            if each["id"] == one["id"]:
                same = [m for m in each["measurements"] if m["name"] == name]
                rows.append((document, each["state"], same[0] if same else None))
    if len(rows) < 2:
        return ()
    tallest = max((m["value"] for _, _, m in rows if m), default=0.0) or 1.0
    return tuple(
        Past(
            f"{_when(document)}: {state}" + (f", {shown(m['value'], m['unit'])}" if m else ""),
            max(6.0, 100 * m["value"] / tallest) if m else 30.0, state, number == len(rows) - 1,
        )
        for number, (document, state, m) in enumerate(rows)
    )  # fmt: skip


def _when(document: Document) -> str:
    return str(document["startedAt"])[:16].replace("T", " ")


def _pictures(pictures: Sequence[Mapping[str, str]], folder: Path) -> Iterable[tuple[str, str]]:
    for one in pictures:
        path = folder / one["file"]
        if path.is_file():
            kind = "png" if path.suffix == ".png" else "jpeg"
            yield one["caption"], f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
