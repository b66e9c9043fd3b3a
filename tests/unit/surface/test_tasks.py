"""The command surface: every task has help, no two are equal, the README's table is true."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from invoke.tasks import Task

from delivery.paths import ROOT
from tasks import ns


def all_tasks() -> Iterator[tuple[str, Task[Any]]]:
    for name in sorted(ns.task_names):
        yield name, ns[name]


TASKS = dict(all_tasks())


# As the launcher starts it, and as somebody does who has .venv active.
LAUNCHED = (sys.executable, "-P", str(ROOT / "tasks.py"), "--search-root", str(ROOT))
INVOKED = (sys.executable, "-P", "-m", "invoke", "--search-root", str(ROOT))


def invoke(
    *arguments: str, cwd: Path = ROOT, entry: Sequence[str] = LAUNCHED
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*entry, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_no_two_tasks_compare_equal() -> None:
    for (one, first), (other, second) in combinations(TASKS.items(), 2):
        assert first != second, f"{one} and {other} are the same task to invoke"


@pytest.mark.parametrize("name", TASKS)
def test_every_parameter_has_help(name: str) -> None:
    arguments = TASKS[name].get_arguments()
    without = [argument.name for argument in arguments if not argument.help]
    assert not without


@pytest.mark.parametrize("name", TASKS)
def test_no_task_has_short_flags(name: str) -> None:
    assert all(len(flag) > 1 for argument in TASKS[name].get_arguments() for flag in argument.names)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_says_what_it_does_and_gives_an_example(name: str) -> None:
    text = (TASKS[name].__doc__ or "").strip()
    assert len(text.splitlines()[0]) <= 72
    assert f"Example: ./inv {name}" in text


@pytest.mark.parametrize(
    ("entry", "folder"), [(INVOKED, ROOT), (LAUNCHED, ROOT / "delivery" / "release"), (LAUNCHED, Path("/"))]
)
def test_the_tasks_are_found_from_any_folder(entry: Sequence[str], folder: Path) -> None:
    answer = invoke("--list", "--list-format", "json", cwd=folder, entry=entry)
    assert answer.returncode == 0, answer.stderr
    names = {part["name"] for part in json.loads(answer.stdout)["collections"]}
    assert {"deploy", "cluster", "build", "rollback", "secrets", "tools", "test"} <= names


@pytest.mark.parametrize(
    "arguments", [("--list",), ("deploy.plan", "--help"), ("deploy.al",)], ids=lambda one: one[0]
)
def test_a_reader_that_has_gone_ends_it_quietly(arguments: Sequence[str], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    errors = tmp_path / "stderr"
    with os.fdopen(writer) as gone, errors.open("w") as told:
        # What is told on stderr goes to the same reader, as with `2>&1 | head`, where there is nothing else.
        stderr = gone if arguments == ("deploy.al",) else told
        code = subprocess.run(
            [*LAUNCHED, *arguments], stdout=gone, stderr=stderr, check=False, timeout=60,
            stdin=subprocess.DEVNULL,
        ).returncode  # fmt: skip
    assert (code, errors.read_text()) == (141, "")


@pytest.mark.parametrize("value", ["abc", "1.5"])
def test_a_flag_whose_value_is_no_number_is_bad_input(value: str) -> None:
    answer = invoke("rollback.backend", "--revision", value)
    assert answer.returncode == 2
    assert value in answer.stderr
    assert "next: " in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_task_is_told() -> None:
    answer = invoke("deploy.al")
    assert answer.returncode == 1
    assert "deploy.al" in answer.stderr


def test_bad_settings_exit_with_2_and_without_a_traceback() -> None:
    answer = invoke("deploy.plan", "--set", "cluster.cpus=two", "--set", "namspace=x")
    assert answer.returncode == 2
    assert 'cluster.cpus: "two" is not of type integer' in answer.stderr
    assert "did you mean `namespace`?" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_empty_flag_is_a_fault_not_one_that_was_left_out() -> None:
    answer = invoke("cluster.status", "--cluster", "")
    assert answer.returncode == 2
    assert "--cluster" in answer.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_survived(closed: str, tmp_path: Path) -> None:
    code = (
        "from delivery.standard_streams import open_standard_streams as o; o();"
        "from delivery.command import Door; from delivery.console import Console;"
        "c = Console(); c.line('a'); c.note('b ✓');"
        "import pathlib; pathlib.Path('answer').write_text(Door(c).read(['cat'], stdin='through').stdout)"
    )
    script = f"'{sys.executable}' -c \"$CODE\" {closed}"
    environ = {**os.environ, "CODE": code, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environ, timeout=30, check=True)
    assert (tmp_path / "answer").read_text() == "through"


def test_the_readmes_table_of_tasks_is_true() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(?:\./)?inv ([a-z.-]+)[^`]*` \| ([^|]+) \|", text, re.MULTILINE))
    documented = {name: words.strip().rstrip(".") for name, words in rows.items()}
    real = {name: (task.__doc__ or "").strip().splitlines()[0].rstrip(".") for name, task in TASKS.items()}
    assert documented == real
