"""The kit's own tests."""

from __future__ import annotations

import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from tasks._session import SessionTask

ROOT = Path(__file__).resolve().parents[1]
# The fast ones mostly wait for small processes, so two at a time take half as long.
FAST = ["-m", "not cluster", "-n", "2", "--dist", "loadfile"]
# The first of them makes the cluster, which takes a quarter of an hour where nothing is in the cache.
CLUSTER = ["-m", "cluster and not soak", "--timeout", "3600"]
# An hour more of what widens the proof: further moments to kill a deploy at, benchmarks, large libraries.
SOAK = ["-m", "soak", "--timeout", "3600"]
OPTIONS_HELP = {"options": "Further arguments for pytest, in one string."}


@task(name="unit", auto_shortflags=False, klass=SessionTask, help=OPTIONS_HELP)
def test_unit(_c: Context, options: str = "") -> None:
    """Run the fast tests and the linters: no Docker, no cluster.

    Example: ./inv test.unit --options "-k settings"
    """
    _checks()
    _pytest(FAST, options)


@task(name="cluster", auto_shortflags=False, klass=SessionTask, help=OPTIONS_HELP)
def test_cluster(_c: Context, options: str = "") -> None:
    """Run the tests that need a real cluster; they make and remove one.

    Example: ./inv test.cluster
    """
    _pytest(CLUSTER, options)


@task(name="soak", auto_shortflags=False, klass=SessionTask, help=OPTIONS_HELP)
def test_soak(_c: Context, options: str = "") -> None:
    """Run the long tests on a real cluster, which test.all leaves out.

    TODO_TEST_ROUNDS=10 in the environment makes fifty runs of what must raise no false alarm.

    Example: ./inv test.soak --options "-k killed"
    """
    _pytest(SOAK, options)


@task(name="all", auto_shortflags=False, default=True, klass=SessionTask, help=OPTIONS_HELP)
def test_all(_c: Context, options: str = "") -> None:
    """Run all tests: linters, fast ones, and those on a real cluster.

    Example: ./inv test.all
    """
    _checks()
    _pytest(FAST, options)
    _pytest(CLUSTER, options)


def _checks() -> None:
    for module in (
        ["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "tasks.py"],
        ["mypy", "tasks", "delivery", "tests"],
    ):  # fmt: skip
        _run([sys.executable, "-m", *module])


def _pytest(selection: list[str], options: str) -> None:
    import shlex

    _run([sys.executable, "-P", "-m", "pytest", *selection, *shlex.split(options)])


def _run(argv: list[str]) -> None:
    import subprocess

    code = subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        raise Exit(None, code if code > 0 else 130)
