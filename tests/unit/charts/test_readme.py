"""The charts' READMEs are made from the comments in values.yaml, and every value has one."""

from __future__ import annotations

import pytest

from tests.unit.charts.chart_readme import (
    BEGIN,
    END,
    Value,
    expected_readme,
    read_values,
    table,
    undocumented,
    with_table,
)
from tests.unit.charts.charts import CHARTS, chart_dir

EXAMPLE = """\
# Header of the file.

# plain is a value with a | in its comment
# over two lines.
plain: 1

section:
  # inner is documented.
  inner: [a]
  bare: true

# whole is documented at the top.
whole:
  a.b: {c: 1}
"""


def _values(chart: str) -> list[Value]:
    return read_values((chart_dir(chart) / "values.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("chart", CHARTS)
def test_the_readme_is_up_to_date(chart: str) -> None:
    readme = (chart_dir(chart) / "README.md").read_text(encoding="utf-8")
    assert readme == expected_readme(chart), "run: python -m tests.unit.charts.chart_readme"


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_is_documented_by_a_comment_that_begins_with_its_name(chart: str) -> None:
    values = _values(chart)
    assert undocumented(values) == []
    for value in values:
        assert not value.comment or value.comment.split()[0].rstrip(",:") == value.path[-1], value.name


@pytest.mark.parametrize("chart", CHARTS)
def test_no_comment_is_lost(chart: str) -> None:
    text = (chart_dir(chart) / "values.yaml").read_text(encoding="utf-8")
    _header, _, body = text.partition("\n\n")
    comments = [line.lstrip()[2:] for line in body.splitlines() if line.lstrip().startswith("#")]
    assert sorted(comments) != []
    assert " ".join(value.comment for value in _values(chart) if value.comment) == " ".join(comments)


@pytest.mark.parametrize("chart", CHARTS)
def test_the_readme_says_how_to_install_and_what_it_does_not_pass(chart: str) -> None:
    readme = (chart_dir(chart) / "README.md").read_text(encoding="utf-8")
    assert f"helm install {chart} ./helm/{chart}" in readme
    assert "## Checks" in readme


def test_comments_belong_to_the_key_below_them() -> None:
    assert [(value.name, value.comment) for value in read_values(EXAMPLE)] == [
        ("plain", "plain is a value with a | in its comment over two lines."),
        ("section", ""),
        ("section.inner", "inner is documented."),
        ("section.bare", ""),
        ("whole", "whole is documented at the top."),
        ("whole.a\\.b", ""),
        ("whole.a\\.b.c", ""),
    ]


def test_a_key_without_a_comment_is_found() -> None:
    assert undocumented(read_values(EXAMPLE)) == ["section.bare"]


def test_the_table_escapes_what_would_break_it() -> None:
    assert table(read_values(EXAMPLE)).splitlines()[2] == (
        "| `plain` | `1` | plain is a value with a \\| in its comment over two lines. |"
    )


def test_the_table_goes_between_the_markers_or_nowhere() -> None:
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb", "new") == f"a\n{BEGIN}\nnew\n{END}\nb"
    with pytest.raises(ValueError, match="the README has no"):
        with_table("a", "new")
