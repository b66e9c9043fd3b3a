"""The rooms of src/ import in one direction, the one that README.md lists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BACKEND = Path(__file__).parents[1]
SOURCES = sorted((BACKEND / "src").rglob("*.py"))


def rooms() -> list[str]:
    """README.md's list, lowest first."""
    section = (BACKEND / "README.md").read_text().partition("\n## Rooms\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def room_of(source: Path) -> str:
    return source.relative_to(BACKEND / "src").with_suffix("").parts[0]


def imported(node: ast.AST) -> Iterator[str]:
    """Modules below src that a file really imports; those for types only are left out."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.ImportFrom) and node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    for below in ast.iter_child_nodes(node):
        yield from imported(below)


def test_every_room_is_in_the_list() -> None:
    assert {room_of(source) for source in SOURCES} - {"__init__"} == set(rooms())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(BACKEND)))
def test_a_room_imports_only_from_those_above_it(source: Path) -> None:
    if room_of(source) == "__init__":
        return
    order = rooms()
    own = order.index(room_of(source))
    used = [name.split(".")[1] for name in imported(ast.parse(source.read_text())) if name.startswith("src.")]
    assert [room for room in used if order.index(room) > own] == []
