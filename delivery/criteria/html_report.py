"""The run as one page that needs nothing else: no script, no file beside it, no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from delivery.console import duration
from delivery.criteria.kept_runs import Regression
from delivery.criteria.page_view import cards, option_words
from delivery.criteria.report_document import Document
from delivery.criteria.terminal_table import MARKS

TEMPLATES = Path(__file__).with_name("page")


def page(
    document: Document, history: Sequence[Document], worse: Sequence[Regression], folder: Path
) -> str:  # fmt: skip
    """The page. `folder` holds the run's pictures, `history` earlier runs, oldest first."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    shown = cards(document, history, worse, folder)
    states = [one.state for one in shown]
    return environment.get_template("report.html.j2").render(
        run=document,
        cards=shown,
        marks=MARKS,
        counts={state: states.count(state) for state in MARKS},
        took=duration(document["durationS"]),
        when=str(document["startedAt"])[:16].replace("T", " ") + " UTC",
        worse=[f"{card.id} {line}" for card in shown for line in card.worse],
        runs=len(history) + 1,
        options=option_words(document["options"]),
    )
