"""What bench.verdict found, as a document, as a table on the terminal, and as a table for the README."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from delivery.bench.engines import TITLES
from delivery.bench.measurement import Measured
from delivery.bench.scenarios import Scenario
from delivery.bench.trial import HELM_TIMEOUT_S


@dataclass(frozen=True)
class Conditions:
    """When, with what and on what it was measured. `load` is the machine's as it began and as it ended."""

    when: str
    kubernetes: str
    helm: str
    cpus: int
    load: tuple[float, float]
    helm_timeout_s: float
    repeat: int
    lanes: int

    def __str__(self) -> str:
        helm = f"helm {self.helm}, --timeout {self.helm_timeout_s:.0f}s"
        if self.helm_timeout_s != HELM_TIMEOUT_S:
            helm += f" instead of its own {HELM_TIMEOUT_S:.0f}s"
        rounds = f", median of {self.repeat} rounds" if self.repeat > 1 else ""
        began, ended = self.load
        return (
            f"Kubernetes {self.kubernetes}, {helm}, {self.cpus} cores (load {began} as it began, {ended} as "
            f"it ended), {self.lanes} cases at a time with all engines side by side{rounds}, {self.when[:10]}"
        )


@dataclass(frozen=True)
class Results:
    """All measurements of one run."""

    conditions: Conditions
    cases: tuple[Scenario, ...]
    engines: tuple[str, ...]
    measured: tuple[Measured, ...]

    def of(self, fault: str, engine: str) -> tuple[Measured, ...]:
        """The measurements of one case under one engine."""
        return tuple(one for one in self.measured if (one.fault, one.engine) == (fault, engine))


@dataclass(frozen=True)
class Cell:
    """The measurements of one case under one engine, summed up; times are medians."""

    right: bool
    said: str
    verdict_s: float
    total_s: float
    back: bool
    serves: bool
    cut: bool
    fraction: str = ""
    trouble: str = ""
    failing: bool = False

    def time(self, seconds: float) -> str:
        """Seconds as they are told; more than helm was given is not known."""
        shown = f"{seconds:.1f}" if seconds < 100 else f"{seconds:.0f}"
        return f"> {seconds:.0f} s" if self.cut else f"{shown} s"

    def left(self) -> str:
        """What was left behind: nothing to tell where a good upgrade serves."""
        if not self.serves:
            return "does not serve"
        if not self.failing:
            return ""
        back = "" if self.total_s - self.verdict_s < 0.5 else f" after {self.time(self.total_s)}"
        return f"back{back}" if self.back else "not taken back"

    def __str__(self) -> str:
        if self.trouble:
            return f"not measured: {self.trouble}"
        words = [f"{self.said} {self.time(self.verdict_s)}", self.left()]
        wrong = "" if self.right else "WRONG: "
        return wrong + ", ".join(word for word in words if word) + self.fraction


def cell(results: Results, fault: str, engine: str) -> Cell:
    """One cell of the table; the worst of several rounds decides what was right and what serves."""
    rounds = results.of(fault, engine)
    good = [one for one in rounds if not one.trouble]
    if not good:
        trouble = rounds[0].trouble if rounds else "it did not run"
        return Cell(False, "", 0, 0, False, False, False, trouble=trouble)
    shown = next((one for one in good if not one.right), good[0])
    same = [one for one in good if one.right is shown.right]
    right = sum(one.right for one in good)
    ready = next(one.ready for one in results.cases if one.name == fault)
    return Cell(
        right=shown.right,
        said=_said(shown),
        verdict_s=statistics.median(one.verdict_s for one in same),
        total_s=statistics.median(one.total_s for one in same),
        back=all(one.back for one in same),
        serves=all(one.serves for one in same),
        cut=shown.cut,
        fraction="" if right in (0, len(rounds)) else f" ({right} of {len(rounds)} right)",
        failing=not ready,
    )


def _said(one: Measured) -> str:
    if one.ready:
        return "success"
    return one.words if one.engine == "ours" else "failed"


def table(results: Results) -> list[str]:
    """Lines for the terminal."""
    rows = [["", *(TITLES[name] for name in results.engines)]]
    for case in results.cases:
        rows.append([case.title, *(str(cell(results, case.name, name)) for name in results.engines)])
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    return [*(line.rstrip() for line in lines), "", *totals(results), str(results.conditions)]


def totals(results: Results) -> list[str]:
    """A line per engine: how many verdicts were right, and how often what should serve did."""
    lines = []
    for name in results.engines:
        own = [one for one in results.measured if one.engine == name and not one.trouble]
        right, serves = sum(one.right for one in own), sum(one.serves for one in own)
        lines.append(
            f"{TITLES[name]}: {right} of {len(own)} verdicts right; afterwards {serves} of {len(own)} served"
        )
    return lines


def markdown(results: Results) -> str:
    """The table for the README, faults before those that are well."""
    head = ["an upgrade that", *(f"`{TITLES[name]}`" for name in results.engines)]
    lines = [_row(head), _row(["---"] * len(head))]
    for case in sorted(results.cases, key=lambda one: one.ready):
        cells = [_marked(cell(results, case.name, name)) for name in results.engines]
        lines.append(_row([case.title, *cells]))
    return "\n".join(lines)


def _marked(one: Cell) -> str:
    if one.trouble:
        return "–"
    left = one.left()
    said = f"`{one.said}`" if one.said.isupper() else one.said
    text = f"{said} {one.time(one.verdict_s)}" + (f", {left}" if left else "") + one.fraction
    return text if one.right else f"✗ **{text}**"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def to_document(results: Results) -> dict[str, Any]:
    """The results as JSON takes them."""
    return {
        "conditions": asdict(results.conditions),
        "cases": [{"name": one.name, "title": one.title, "ready": one.ready} for one in results.cases],
        "engines": list(results.engines),
        "measured": [asdict(one) for one in results.measured],
    }


def from_document(document: Mapping[str, Any]) -> Results:
    """The results that a document holds."""
    return Results(
        Conditions(**{**document["conditions"], "load": tuple(document["conditions"]["load"])}),
        tuple(Scenario(**one) for one in document["cases"]),
        tuple(document["engines"]),
        tuple(Measured(**one) for one in document["measured"]),
    )


def to_json(results: Results) -> str:
    """The document as text."""
    return json.dumps(to_document(results), indent=1, ensure_ascii=False)
