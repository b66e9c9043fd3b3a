"""Each chart installs alone, so those of our programs each carry the templates. They must stay the same."""

from __future__ import annotations

import json

import pytest

from tests.unit.charts.charts import HTTP_CHARTS, LEFT_OUT_OF_DEMO_MODEL, chart_dir, defaults

OWN = {"Chart.yaml", "README.md", "values.yaml", "values-small.yaml", "templates/NOTES.txt"}
TEMPLATES_LEFT_OUT_OF_DEMO_MODEL = {
    "templates/horizontal-pod-autoscaler.yaml",
    "templates/ingress.yaml",
    "templates/pod-disruption-budget.yaml",
}


def _files(chart: str) -> set[str]:
    folder = chart_dir(chart)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _shared(chart: str) -> set[str]:
    return {name for name in _files(chart) if name not in OWN and not name.startswith("ci/")}


SHARED = [(chart, name) for chart in HTTP_CHARTS[1:] for name in sorted(_shared(chart))]


def test_the_charts_of_the_plan_have_the_same_files() -> None:
    assert _files("frontend") == _files("backend")
    assert len(_shared("frontend")) >= 12


def test_the_demo_models_chart_has_them_too_but_for_what_it_never_makes() -> None:
    assert _shared("backend") - _shared("demo-model") == TEMPLATES_LEFT_OUT_OF_DEMO_MODEL
    assert _shared("demo-model") <= _shared("backend")
    # Its requests are small as they come.
    assert "values-small.yaml" not in _files("demo-model")


@pytest.mark.parametrize(
    ("chart", "name"), [pair for pair in SHARED if pair != ("demo-model", "values.schema.json")]
)
def test_a_shared_file_is_the_same_in_all_charts(chart: str, name: str) -> None:
    first, other = chart_dir(HTTP_CHARTS[0]) / name, chart_dir(chart) / name
    assert first.read_bytes() == other.read_bytes(), (
        f"{name} differs: copy the newer one over the other (cp {first} {other} or back)"
    )


def test_the_demo_models_schema_is_the_others_less_what_it_leaves_out() -> None:
    shared, own = (
        json.loads((chart_dir(chart) / "values.schema.json").read_text(encoding="utf-8"))
        for chart in ("backend", "demo-model")
    )
    for key in LEFT_OUT_OF_DEMO_MODEL:
        del shared["properties"][key]
    shared["required"] = [key for key in shared["required"] if key not in LEFT_OUT_OF_DEMO_MODEL]
    assert own == shared


def test_the_demo_models_values_are_the_others_less_what_it_leaves_out() -> None:
    assert list(defaults("demo-model")) == [
        key for key in defaults("backend") if key not in LEFT_OUT_OF_DEMO_MODEL
    ]
