"""The launcher `inv`: from any folder, through a symlink, with blanks in the path, once and again."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from delivery.paths import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small project in a folder with blanks; its fake interpreter prints what it was asked to run."""
    project = tmp_path / "a folder with blanks"
    (project / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "inv", project / "inv")
    (project / "requirements.lock").write_text("invoke==3.0.3\n")
    (project / ".venv" / ".requirements.lock").write_text("invoke==3.0.3\n")
    python = project / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nfor word in "$@"; do printf "<%s>" "$word"; done\n')
    python.chmod(0o755)
    return project


def run(program: Path | str, *arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environ}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_arguments_are_handed_on_as_they_are(copy: Path) -> None:
    answer = run(copy / "inv", "ai.ask", "why is backend crashing", "--x=a b", cwd=Path("/"))
    expected = f"<-P><{copy}/tasks.py><--search-root><{copy}><ai.ask><why is backend crashing><--x=a b>"
    assert answer.stdout == expected


def test_it_works_through_symlinks(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "inv").symlink_to(copy / "inv")
    (tmp_path / "second").symlink_to("bin/inv")
    assert f"<{copy}>" in run(tmp_path / "second", "--list", cwd=tmp_path).stdout


def test_it_works_by_a_relative_path(copy: Path) -> None:
    assert f"<{copy}>" in run("./inv", cwd=copy).stdout


def test_without_a_python_it_says_what_to_do(copy: Path, tmp_path: Path) -> None:
    (copy / ".venv" / ".requirements.lock").unlink()
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in ("readlink", "cmp", "mkdir", "cat", "rm", "sleep", "cp", "sh", "kill"):
        found = shutil.which(name)
        if found:
            (empty / name).symlink_to(found)
    answer = run(copy / "inv", cwd=copy, PATH=str(empty), PYENV_ROOT=str(empty), HOME=str(empty))
    assert answer.returncode == 127
    assert "needs Python 3.11" in answer.stderr
    assert not (copy / ".venv.lock").exists()


def test_a_checkout_that_cannot_be_written_is_an_error_not_a_wait(copy: Path) -> None:
    (copy / ".venv" / ".requirements.lock").unlink()
    # A file in the lock's place fails mkdir for root too, whom no mode bit stops.
    (copy / ".venv.lock").write_text("")
    answer = run(copy / "inv", cwd=copy)
    assert answer.returncode == 5
    assert "can't write" in answer.stderr


@dataclass(frozen=True)
class Machine:
    """A PATH of its own with a small Python, and a `sleep` that takes no time; both note their calls."""

    folder: Path

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def start(self, copy: Path) -> subprocess.CompletedProcess[str]:
        nowhere = str(self.folder / "nothing")
        return run(copy / "inv", cwd=copy, PATH=str(self.folder), PYENV_ROOT=nowhere, HOME=nowhere)


@pytest.fixture
def machine(copy: Path, tmp_path: Path) -> Machine:
    folder = tmp_path / "machine"
    folder.mkdir()
    for name in ("readlink", "cmp", "mkdir", "cat", "rm", "cp", "sh"):
        (folder / name).symlink_to(shutil.which(name) or name)
    (folder / "venv-python").write_text((copy / ".venv" / "bin" / "python").read_text())
    programs = {
        "sleep": "",
        # `-m venv FOLDER` makes the interpreter that the project's folder has.
        "python3": f'[ "$2" = venv ] && mkdir -p "$3/bin" && cp "{folder}/venv-python" "$3/bin/python"; true',
    }
    for name, body in programs.items():
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"{folder}/calls"\n{body}\n')
    for name in ("venv-python", *programs):
        (folder / name).chmod(0o755)
    (copy / ".venv" / ".requirements.lock").unlink()
    return Machine(folder)


def prepared(copy: Path, answer: subprocess.CompletedProcess[str]) -> bool:
    """Whether this start made .venv, went on, and left no lock."""
    fresh = (copy / ".venv" / ".requirements.lock").read_text() == (copy / "requirements.lock").read_text()
    went_on = f"<-P><{copy}/tasks.py>" in answer.stdout and answer.returncode == 0
    return fresh and went_on and not (copy / ".venv.lock").exists()


def test_a_lock_without_an_owner_is_taken_over_after_some_seconds(copy: Path, machine: Machine) -> None:
    (copy / ".venv.lock").mkdir()
    answer = machine.start(copy)
    assert prepared(copy, answer), answer
    # Whoever made it may be about to write its name.
    assert machine.calls()[:6] == [*["sleep 1"] * 5, machine.calls()[5]]
    assert machine.calls()[5].startswith("python3 ")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_standard_stream_is_no_trouble(copy: Path, closed: str) -> None:
    answer = run("sh", "-c", f"./inv --list {closed}; echo code $?", cwd=copy)
    assert "code 0" in answer.stdout


def test_the_lock_of_a_dead_start_is_taken_over_at_once(copy: Path, machine: Machine) -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    (copy / ".venv.lock").mkdir()
    (copy / ".venv.lock" / "pid").write_text(f"{child.pid}\n")
    answer = machine.start(copy)
    assert prepared(copy, answer), answer
    assert machine.calls().count("sleep 1") == 1


def test_a_lock_whose_owner_lives_is_waited_for(copy: Path, machine: Machine) -> None:
    (copy / ".venv.lock").mkdir()
    (copy / ".venv.lock" / "pid").write_text(f"{os.getpid()}\n")
    # The owner, which is this test, ends its work at the seventh look.
    (machine.folder / "sleep").write_text(
        f'#!/bin/sh\necho "sleep $*" >>"{machine.folder}/calls"\n'
        f'[ "$(grep -c sleep "{machine.folder}/calls")" -lt 7 ] || rm -rf "{copy}/.venv.lock"\n'
    )
    (machine.folder / "grep").symlink_to(shutil.which("grep") or "grep")
    answer = machine.start(copy)
    assert prepared(copy, answer), answer
    assert machine.calls().count("sleep 1") == 7
