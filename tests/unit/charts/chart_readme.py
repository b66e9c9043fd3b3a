"""Makes the values table of each chart's README from the comments in values.yaml.

    python -m tests.unit.charts.chart_readme

writes it between the markers; a test fails while it is out of date. A comment documents the key below it and
begins with that key's name (Helm's own convention); what has a documented parent may go without.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.unit.charts.charts import CHARTS, chart_dir

BEGIN = "<!-- values: made from values.yaml, do not edit -->"
END = "<!-- /values -->"
_LONGEST_DEFAULT = 180


@dataclass(frozen=True)
class Value:
    """One key of values.yaml. `comment` is empty where it has none of its own."""

    path: tuple[str, ...]
    default: Any
    comment: str

    @property
    def name(self) -> str:
        """The path as `--set` takes it."""
        return ".".join(part.replace(".", "\\.") for part in self.path)


def read_values(text: str) -> list[Value]:
    """All keys of a values.yaml in their order, with the comments directly above them."""
    root = yaml.compose(text)
    return list(_walk(root, text.splitlines(), ())) if isinstance(root, yaml.MappingNode) else []


def _walk(node: yaml.MappingNode, lines: list[str], path: tuple[str, ...]) -> Iterator[Value]:
    for key, value in node.value:
        here = (*path, key.value)
        yield Value(here, _plain(value), _comment_above(lines, key.start_mark.line))
        if isinstance(value, yaml.MappingNode):
            yield from _walk(value, lines, here)


def _plain(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node))


def _comment_above(lines: list[str], index: int) -> str:
    found: list[str] = []
    for line in reversed(lines[:index]):
        if not line.lstrip().startswith("# "):
            break
        found.insert(0, line.lstrip()[2:])
    return " ".join(found)


def undocumented(values: list[Value]) -> list[str]:
    """Names of keys without a comment, of their own or of a parent; sections themselves need none."""
    known = {value.path for value in values if value.comment}
    leaves = [v for v in values if not (isinstance(v.default, dict) and v.default)]
    return [
        leaf.name
        for leaf in leaves
        if not any(leaf.path[:depth] in known for depth in range(1, len(leaf.path) + 1))
    ]


def table(values: list[Value]) -> str:
    """The Markdown table of the documented keys."""
    rows = ["| Value | Default | |", "|---|---|---|"]
    for value in values:
        if value.comment:
            rows.append(f"| `{value.name}` | {_default(value.default)} | {_cell(value.comment)} |")
    return "\n".join(rows)


def _default(default: Any) -> str:
    text = json.dumps(default, ensure_ascii=False)
    if len(text) > _LONGEST_DEFAULT:
        return "see values.yaml"
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def with_table(readme: str, rows: str) -> str:
    """The README with the table between its markers; ValueError when they are missing."""
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no {BEGIN} … {END}")
    return f"{head}{BEGIN}\n{rows}\n{END}{tail}"


def expected_readme(chart: str) -> str:
    """The chart's README as it should be."""
    folder = chart_dir(chart)
    values = read_values((folder / "values.yaml").read_text(encoding="utf-8"))
    return with_table((folder / "README.md").read_text(encoding="utf-8"), table(values))


def main() -> None:
    """Bring the README of every chart up to date."""
    for chart in CHARTS:
        (chart_dir(chart) / "README.md").write_text(expected_readme(chart), encoding="utf-8")


if __name__ == "__main__":
    main()
