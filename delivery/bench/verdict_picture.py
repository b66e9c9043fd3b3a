"""The results of bench.verdict as one SVG picture: a row per case, a mark per engine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from delivery.bench.engines import TITLES
from delivery.bench.results import Cell, Results, cell, totals
from delivery.bench.scenarios import Scenario

_WIDTH, _LEFT, _RIGHT = 1000, 352, 934
_ROW, _HEAD, _TOP = 26, 34, 118
_TICKS_S = (2, 5, 10, 20, 30, 60, 120, 300)
_FROM_S, _TO_S = 1.0, 400.0
# Marks at the same second stand a little above and below the middle.
_NEAR, _ASIDE = 9.0, {"ours": 0.0, "helm-rollback": -5.5, "helm-wait": 5.5}
_STYLE = """
.card { fill: #ffffff; stroke: #d0d7de } .text { fill: #1f2328 } .soft { fill: #59636e }
.any { fill: #59636e; stroke: #59636e }
.grid { stroke: #d8dee4 } .band { fill: #f6f8fa }
.ours { fill: #0969da; stroke: #0969da } .helm-rollback { fill: #bc4c00; stroke: #bc4c00 }
.helm-wait { fill: #8250df; stroke: #8250df } .wrong { fill: none; stroke-width: 2.6 }
.hollow { fill: #ffffff; stroke-width: 2 } .gap { stroke: #8c959f }
text { font-family: ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 13.5px }
.title { font-size: 18px; font-weight: 700 } .head { font-size: 12.5px; font-weight: 700 }
.tick { font-size: 12px } .value { font-size: 12px; font-weight: 600 }
.value { paint-order: stroke; stroke: #ffffff; stroke-width: 5 }
.oursText { fill: #0969da } .badText { fill: #cf222e }
@media (prefers-color-scheme: dark) {
.card { fill: #0d1117; stroke: #3d444d } .text { fill: #f0f6fc } .soft { fill: #9198a1 }
.any { fill: #9198a1; stroke: #9198a1 }
.grid { stroke: #262c36 } .band { fill: #151b23 }
.ours { fill: #58a6ff; stroke: #58a6ff } .helm-rollback { fill: #f0883e; stroke: #f0883e }
.helm-wait { fill: #bc8cff; stroke: #bc8cff } .wrong { fill: none } .hollow { fill: #0d1117 }
.gap { stroke: #656c76 } .oursText { fill: #58a6ff } .badText { fill: #ff7b72 } .value { stroke: #0d1117 }
}
""".strip()


def picture(results: Results) -> str:
    """The SVG as text; light or dark as its reader is, and without anything from elsewhere."""
    groups = _groups(results)
    height = _TOP + sum(_HEAD + _ROW * len(cases) for _, cases in groups) + 52
    body = [*_legend(results), *_grid(height), *_rows(results, groups)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"'
            f' height="{height}" role="img" aria-labelledby="t d">',
            '<title id="t">Seconds until an upgrade is judged</title>',
            f'<desc id="d">{escape(_description(results))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="card" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="10"/>',
            *body,
            "</svg>\n",
        ]
    )


def _description(results: Results) -> str:
    lines = [f"{line}." for line in totals(results)]
    for case in results.cases:
        told = "; ".join(f"{TITLES[name]} {cell(results, case.name, name)}" for name in results.engines)
        lines.append(f"{case.title}: {told}.")
    return " ".join(lines)


def _groups(results: Results) -> list[tuple[str, Sequence[Scenario]]]:
    faults = [one for one in results.cases if not one.ready]
    well = [one for one in results.cases if one.ready]
    named = (("UPGRADES THAT FAIL", faults), ("UPGRADES THAT BECOME WELL", well))
    return [(title, cases) for title, cases in named if cases]


def _x(seconds: float) -> float:
    """The place of a time; each doubling is as wide as the next."""
    share = math.log(max(seconds, _FROM_S) / _FROM_S) / math.log(_TO_S / _FROM_S)
    return round(_LEFT + min(share, 1.0) * (_RIGHT - _LEFT), 1)


def _legend(results: Results) -> Iterator[str]:
    yield '<text class="text title" x="28" y="38">Seconds until an upgrade is judged</text>'
    yield f'<text class="soft tick" x="{_RIGHT}" y="38" text-anchor="end">logarithmic scale</text>'
    x = 28
    for name in results.engines:
        yield _mark(name, x + 6, 63, right=True, serves=True)
        yield f'<text class="text" x="{x + 20}" y="68">{escape(TITLES[name])}</text>'
        x += 52 + round(7.4 * len(TITLES[name]))
    for text, right, serves in (("wrong verdict", False, True), ("right, but left not serving", True, False)):
        if any(_needs(results, right=right, serves=serves)):
            yield _mark("any", x + 6, 63, right=right, serves=serves)
            yield f'<text class="text" x="{x + 20}" y="68">{text}</text>'
            x += 44 + round(7.0 * len(text))


def _needs(results: Results, *, right: bool, serves: bool) -> Iterator[bool]:
    for one in results.measured:
        yield not one.trouble and (not one.right if not right else one.right and one.serves is serves)


def _grid(height: int) -> Iterator[str]:
    bottom = height - 40
    for tick in _TICKS_S:
        x = _x(tick)
        yield f'<line class="grid" x1="{x}" y1="{_TOP - 16}" x2="{x}" y2="{bottom}"/>'
        for y in (_TOP - 22, bottom + 18):
            yield f'<text class="soft tick" x="{x}" y="{y}" text-anchor="middle">{tick} s</text>'


def _rows(results: Results, groups: Sequence[tuple[str, Sequence[Scenario]]]) -> Iterator[str]:
    y = _TOP
    for title, cases in groups:
        yield f'<text class="soft head" x="28" y="{y + 16}">{title}</text>'
        y += _HEAD - 8
        for n, case in enumerate(cases):
            if n % 2 == 0:
                yield f'<rect class="band" x="16" y="{y}" width="{_WIDTH - 32}" height="{_ROW}" rx="5"/>'
            yield from _row(results, case, y + _ROW / 2)
            y += _ROW
        y += 8


def _row(results: Results, case: Scenario, y: float) -> Iterator[str]:
    yield f'<text class="text" x="28" y="{y + 4.5}">{escape(case.title)}</text>'
    cells = {name: cell(results, case.name, name) for name in results.engines}
    shown = {name: one for name, one in cells.items() if not one.trouble}
    places = [_x(one.verdict_s) for one in shown.values()]
    if len(places) > 1 and max(places) - min(places) > 1:
        ends = f'x1="{min(places)}" y1="{y}" x2="{max(places)}" y2="{y}"'
        yield f'<line class="gap" {ends} stroke-dasharray="1 4"/>'
    for name in reversed(shown):
        one, x = shown[name], _x(shown[name].verdict_s)
        crowded = any(abs(x - _x(other.verdict_s)) < _NEAR for key, other in shown.items() if key != name)
        yield _mark(name, x, y + (_ASIDE[name] if crowded else 0), right=one.right, serves=one.serves)
    yield from _value(shown, y)


def _value(shown: Mapping[str, Cell], y: float) -> Iterator[str]:
    """Our figure beside its mark: to the left where there is room, else behind the marks to the right."""
    own = shown.get("ours")
    if own is None:
        return
    x, others = _x(own.verdict_s), [_x(one.verdict_s) for name, one in shown.items() if name != "ours"]
    place, anchor = x - 11, "end"
    if any(x - 52 < other < x + 4 for other in others):
        place, anchor = max([x, *(other for other in others if x <= other < x + 52)]) + 11, "start"
    kind = "oursText" if own.right else "badText"
    text = escape(own.time(own.verdict_s).removesuffix(" s"))
    yield f'<text class="{kind} value" x="{place}" y="{y + 4.2}" text-anchor="{anchor}">{text}</text>'


def _mark(kind: str, x: float, y: float, *, right: bool, serves: bool) -> str:
    """A disc for ours, a square and a diamond for helm's; a cross in the same colour for a wrong verdict."""
    if not right:
        arms = f"M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}"
        return f'<path class="{kind} wrong" d="{arms}"/>'
    classes = kind if serves else f"{kind} hollow"
    if kind == "helm-rollback":
        return f'<rect class="{classes}" x="{x - 5}" y="{y - 5}" width="10" height="10" rx="1.5"/>'
    if kind == "helm-wait":
        return f'<path class="{classes}" d="M{x} {y - 6.5}L{x + 6.5} {y}L{x} {y + 6.5}L{x - 6.5} {y}z"/>'
    return f'<circle class="{classes}" cx="{x}" cy="{y}" r="6"/>'
