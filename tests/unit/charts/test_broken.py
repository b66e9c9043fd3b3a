"""A chart that somebody broke is told before a deploy changes anything."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from delivery.command import Door
from delivery.console import Console
from delivery.errors import InvalidInput
from delivery.release.charts import ensure_charts_render
from delivery.release.plan import Action, ReleasePlan
from delivery.session import Session
from delivery.settings.model import ClusterSettings, Settings, Timeouts
from tests.unit.charts.charts import chart_dir
from tests.unit.release.test_plan import plan, service


@pytest.fixture
def session() -> Session:
    console = Console()
    settings = Settings("todo", ClusterSettings(), {}, Timeouts(), "phase4", 3, {})
    return Session(settings, console, Door(console))


@pytest.fixture
def changed(tmp_path: Path) -> ReleasePlan:
    """A release of a copy of the demo model's chart that is to be upgraded."""
    shutil.copytree(chart_dir("demo-model"), tmp_path / "demo-model")
    one = service("demo-model", chart=tmp_path / "demo-model")
    return replace(plan("demo-model"), service=one, action=Action.UPGRADE)


def test_a_chart_that_renders_is_no_news(session: Session, changed: ReleasePlan) -> None:
    ensure_charts_render(session, [changed])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("templates/broken.yaml", "{{ .Values.no.such.value }}"),
        ("templates/broken.yaml", "{{ if }}"),
        ("templates/broken.yaml", "a: b: c"),
        ("Chart.yaml", "name: demo-model"),
        ("values.schema.json", '{"required": ["nobody-gives-this"]}'),
    ],
)
def test_a_broken_chart_is_bad_input_with_helms_words(
    session: Session, changed: ReleasePlan, name: str, text: str
) -> None:
    (changed.service.chart / name).write_text(text)
    with pytest.raises(InvalidInput) as caught:
        ensure_charts_render(session, [changed])
    assert "the chart of demo-model can't be rendered" in caught.value.what
    assert caught.value.why
    # What does not change is not asked about.
    ensure_charts_render(session, [replace(changed, action=Action.NONE)])
