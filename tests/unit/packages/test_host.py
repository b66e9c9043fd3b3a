"""Programs that the machine must have, and room on its disk: installed when agreed to, else said plainly."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from delivery import tools
from delivery.errors import EnvironmentFault
from delivery.packages.host import ensure_programs, ensure_space
from delivery.parallel import run_all
from delivery.session import Session

shutil_which = shutil.which


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on PATH but an apt-get that writes down what it is asked for."""
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/log\n')
    (tmp_path / "apt-get").chmod(0o755)
    (tmp_path / "env").write_text('#!/bin/sh\nexec /usr/bin/env PATH=/usr/bin:/bin "$@"\n')
    (tmp_path / "env").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def test_a_missing_program_is_installed_when_agreed_to(apt: Path, session: Session) -> None:
    ensure_programs(session, "mmdebstrap", "gcc")
    assert (apt / "log").read_text().splitlines() == [
        "update -o DPkg::Lock::Timeout=300",
        "install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "
        "mmdebstrap debian-archive-keyring gcc libc6-dev",
    ]


def test_images_built_at_once_do_not_install_at_once(
    apt: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apt refuses a second one; this one also brings the program, so that it is asked for once."""
    monkeypatch.setenv("PATH", f"{apt}:/usr/bin:/bin")
    monkeypatch.setattr(shutil, "which", lambda name: shutil_which(name, path=str(apt)))
    (apt / "apt-get").write_text(
        f'#!/bin/sh\nmkdir {apt}/busy || exit 100\nsleep 0.2\necho "$@" >> {apt}/log\n'
        f"case $* in *install*) cp {apt}/apt-get {apt}/mmdebstrap;; esac\nrmdir {apt}/busy\n"
    )
    run_all(session.door, {name: lambda: ensure_programs(session, "mmdebstrap") for name in "abc"})
    assert len((apt / "log").read_text().splitlines()) == 2


def test_what_is_there_is_left_alone(apt: Path, session: Session) -> None:
    (apt / "gcc").write_text("#!/bin/sh\n")
    (apt / "gcc").chmod(0o755)
    ensure_programs(session, "gcc")
    assert not (apt / "log").exists()


def test_without_root_sudo_is_used_where_it_asks_for_no_password(
    apt: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (apt / "sudo").write_text(f'#!/bin/sh\necho "sudo $*" >> {apt}/log\nshift\nexec "$@"\n')
    (apt / "sudo").chmod(0o755)
    (apt / "true").write_text("#!/bin/sh\n")
    (apt / "true").chmod(0o755)
    ensure_programs(session, "gcc")
    assert f"sudo -n {apt}/apt-get update -o DPkg::Lock::Timeout=300" in (apt / "log").read_text()


@pytest.mark.parametrize(
    ("yes", "user", "why"), [(False, 0, "nobody allowed us"), (True, 1000, "sudo asks for a password")]
)
def test_otherwise_the_command_to_run_is_named(
    apt: Path, session: Session, monkeypatch: pytest.MonkeyPatch, yes: bool, user: int, why: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(EnvironmentFault) as caught:
        ensure_programs(replace(session, yes=yes), "mmdebstrap")
    assert why in str(caught.value) and "apt-get install -y" in caught.value.fix
    assert not (apt / "log").exists()


def test_a_full_disk_is_said_with_both_figures(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "free_disk_bytes", lambda _: 2_000_000_000)
    ensure_space(session, 2.0)
    with pytest.raises(EnvironmentFault, match=r"2\.0 GB free, 6\.0 GB needed"):
        ensure_space(session, 6.0)
