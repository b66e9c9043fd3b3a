"""Puts the results of bench.verdict where they are shown: the figures, the README's table, the picture."""

from __future__ import annotations

import json
from pathlib import Path

from delivery.bench.results import Results, from_document, markdown, to_json, totals
from delivery.bench.verdict_picture import picture
from delivery.errors import EnvironmentFault, InvalidInput
from delivery.paths import ROOT

FIGURES = ROOT / "bench" / "verdicts.json"
PICTURE = ROOT / "docs" / "images" / "verdicts.svg"
README = ROOT / "README.md"
BEGIN = "<!-- made by ./inv bench.verdict --output readme -->"
END = "<!-- end of bench.verdict -->"


def write_readme(results: Results) -> tuple[Path, ...]:
    """Write figures, picture and the marked part of the README; returns the files.

    Raises EnvironmentFault where the README has no such part.
    """
    # First of all what took so long to measure.
    FIGURES.write_text(to_json(results) + "\n", encoding="utf-8")
    text = with_region(README.read_text(encoding="utf-8"), region(results))
    PICTURE.write_text(picture(results), encoding="utf-8")
    README.write_text(text, encoding="utf-8")
    return FIGURES, PICTURE, README


def read_figures(path: Path = FIGURES) -> Results:
    """The results that were written last. Raises InvalidInput where there are none."""
    try:
        return from_document(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InvalidInput(
            f"no results can be read from {path.name}",
            str(fault),
            "./inv bench.verdict --output readme measures anew",
        ) from fault


def region(results: Results) -> str:
    """What stands between the marks."""
    counted = "\n".join(f"- {line}." for line in totals(results))
    return (
        "![Seconds until an upgrade is judged, by case and engine](docs/images/verdicts.svg)\n\n"
        f"{counted}\n\n{markdown(results)}\n\n{results.conditions}.\n"
    )


def with_region(text: str, inside: str) -> str:
    """The text with its marked part replaced."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise EnvironmentFault(
            f"{README.name} has no part for the results", f"it should lie between {BEGIN} and {END}"
        )
    return f"{before}{BEGIN}\n{inside}{END}{after}"
