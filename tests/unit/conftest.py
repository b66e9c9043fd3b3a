"""Fixtures of the fast tests: a console that keeps what it prints, a door, settings of a small project."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery.command import Door
from delivery.console import Console


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """A shell starts background jobs with SIGINT ignored, and so would every child of a test be."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Printed:
    """What a console printed."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()

    def __str__(self) -> str:
        return self.out.getvalue() + self.err.getvalue()


@pytest.fixture
def printed() -> Printed:
    return Printed()


@pytest.fixture
def console(printed: Printed) -> Console:
    return Console(verbose=True, out=printed.out, err=printed.err)


@pytest.fixture
def door(console: Console) -> Door:
    return Door(console)


@pytest.fixture
def dry_door(console: Console) -> Door:
    return Door(console, dry_run=True)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A folder with a valid deploy.yaml of two services, their Dockerfiles and charts."""
    for name in ("web", "api"):
        (tmp_path / f"Dockerfile.{name}").write_text("FROM scratch\n")
        (tmp_path / "helm" / name).mkdir(parents=True)
    (tmp_path / "deploy.yaml").write_text(
        "services:\n"
        "  web: {chart: helm/web, dockerfile: Dockerfile.web, image: app-web, port: 80, after: [api]}\n"
        "  api: {chart: helm/api, dockerfile: Dockerfile.api, image: app-api, port: 81,"
        " secret: {token: API_TOKEN}}\n"
    )
    yield tmp_path
