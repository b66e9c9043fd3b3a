"""The house: which room may know which, and how large a room may be."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery.paths import ROOT

ENGINE = ROOT / "delivery"
# A room may import from rooms before it, and from the ground that all stand on.
ROOMS = (
    "settings",
    "tools",
    "packages",
    "cluster",
    "image",
    "secret",
    "rollout",
    "release",
    "rollback",
    "ai",
    "operations",
    "checks",
    "criteria",
    "bench",
)
GROUND = (
    "command",
    "console",
    "errors",
    "filelocks",
    "labels",
    "standard_streams",
    "masking",
    "paths",
    "parallel",
    "processgroup",
    "session",
    "signals",
)
MODULES = sorted(ENGINE.rglob("*.py"))
SURFACE = sorted((ROOT / "tasks").glob("*.py"))
DOCUMENTS = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.svg"), ROOT / "README.md"])
LAZY = {
    "rich",
    "jsonschema",
    "dotenv",
    "sh",
    "testinfra",
    "pytest",
    "docker",
    "cryptography",
    "yaml",
    "requests",
    "openai",
    "jinja2",
    "playwright",
}


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, *, top_only: bool = False) -> Iterator[str]:
    tree = parsed(path)
    nodes = ast.iter_child_nodes(tree) if top_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "delivery" else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_the_engine_knows_neither_invoke_nor_the_tasks(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & {"invoke", "tasks"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_rooms_import_from_rooms_before_them(path: Path) -> None:
    own = path.relative_to(ENGINE).parts[0].removesuffix(".py")
    if own not in ROOMS:
        assert own in (*GROUND, "__init__"), f"{own} has no place in the house: add it to ROOMS"
        return
    wrong = {
        name for name in imports(path) if room(name) in ROOMS and ROOMS.index(room(name)) > ROOMS.index(own)
    }
    assert not wrong


@pytest.mark.parametrize("path", [*MODULES, *SURFACE], ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_are_imported_in_functions(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path, top_only=True)} & LAZY


@pytest.mark.parametrize("path", [*MODULES, *SURFACE], ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_and_modules_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 350
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = node.args
            count = len([*taken.posonlyargs, *taken.args, *taken.kwonlyargs])
            own = count - int(bool(taken.args) and taken.args[0].arg in ("self", "cls"))
            assert own <= 6, f"{node.name} takes too many parameters"
            assert (node.end_lineno or 0) - node.lineno + 1 <= 40, f"{node.name} is too long"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_every_module_and_public_function_says_what_it_does(path: Path) -> None:
    tree = parsed(path)
    assert ast.get_docstring(tree), "the module has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


@pytest.mark.parametrize("label", ["app.kubernetes.io/instance", "app.kubernetes.io/managed-by"])
def test_a_label_is_spelled_out_once(label: str) -> None:
    named = [path.name for path in MODULES if f'"{label}' in path.read_text(encoding="utf-8")]
    assert named == ["labels.py"]


def test_no_two_modules_of_the_engine_have_the_same_name() -> None:
    names = [path.name for path in MODULES if path.name != "__init__.py"]
    assert sorted(names) == sorted(set(names))


def test_the_architecture_lists_the_rooms_in_their_order_and_all_of_the_ground() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    ground, rooms = text.split("the ground, on which all stand")[1].split("the rooms, in order")
    assert tuple(re.findall(r"^    (\w+)/ ", rooms.split("```")[0], re.MULTILINE)) == ROOMS
    assert set(GROUND) <= set(re.findall(r"\w+", ground))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_that_the_documents_name_exist(path: Path) -> None:
    named = re.findall(
        rf"(?<!unit/)(?<!tests/)\b(?:{'|'.join(ROOMS)})/\w+\.py\b", path.read_text(encoding="utf-8")
    )
    assert [name for name in named if not (ENGINE / name).is_file()] == []
