"""The frontend and backend charts install alone, so each carries the templates. They must stay the same."""

from __future__ import annotations

import pytest

from tests.unit.charts.charts import chart_dir

OWN = {"Chart.yaml", "README.md", "values.yaml", "values-small.yaml", "templates/NOTES.txt"}


def _files(chart: str) -> set[str]:
    folder = chart_dir(chart)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _is_own(name: str) -> bool:
    return name in OWN or name.startswith("ci/")


SHARED = sorted(name for name in _files("frontend") | _files("backend") if not _is_own(name))


def test_both_charts_have_the_same_files() -> None:
    assert _files("frontend") == _files("backend")
    assert len(SHARED) >= 12


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_file_is_the_same_in_both_charts(name: str) -> None:
    frontend, backend = chart_dir("frontend") / name, chart_dir("backend") / name
    assert frontend.read_bytes() == backend.read_bytes(), (
        f"{name} differs: copy the newer one over the other (cp {frontend} {backend} or back)"
    )
