"""Programs that the machine must have, and room on its disk: installed when agreed to, else said plainly."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from delivery import tools
from delivery.errors import EnvironmentFault
from delivery.packages.host import ensure_programs, ensure_space
from delivery.session import Session


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on PATH but an apt-get that writes down what it is asked for."""
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/log\n')
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def test_a_missing_program_is_installed_when_agreed_to(apt: Path, session: Session) -> None:
    ensure_programs(session, "mmdebstrap", "gcc")
    assert (apt / "log").read_text().splitlines() == [
        "update",
        "install --yes --no-install-recommends mmdebstrap debian-archive-keyring gcc libc6-dev",
    ]


def test_what_is_there_is_left_alone(apt: Path, session: Session) -> None:
    (apt / "gcc").write_text("#!/bin/sh\n")
    (apt / "gcc").chmod(0o755)
    ensure_programs(session, "gcc")
    assert not (apt / "log").exists()


@pytest.mark.parametrize(("yes", "user", "why"), [(False, 0, "not agreed to"), (True, 1000, "only root")])
def test_otherwise_the_command_to_run_is_named(
    apt: Path, session: Session, monkeypatch: pytest.MonkeyPatch, yes: bool, user: int, why: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(EnvironmentFault) as caught:
        ensure_programs(replace(session, yes=yes), "mmdebstrap")
    assert why in str(caught.value) and "apt-get install --yes" in caught.value.fix
    assert not (apt / "log").exists()


def test_a_full_disk_is_said_with_both_figures(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "free_disk_bytes", lambda _: 2_000_000_000)
    ensure_space(session, 2.0)
    with pytest.raises(EnvironmentFault, match=r"2\.0 GB free, 6\.0 GB needed"):
        ensure_space(session, 6.0)
