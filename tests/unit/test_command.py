"""The door to other programs, with real programs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from delivery.command import Door
from delivery.errors import CommandFailed, DeployFailed, Interrupted, TimedOut, ToolMissing
from delivery.paths import ROOT
from tests.unit.conftest import Printed


def test_a_result_holds_both_streams_and_the_exit_code(door: Door) -> None:
    result = door.read(["sh", "-c", "echo out; echo err >&2; exit 3"], accept=None)
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)


def test_arguments_reach_the_program_as_they_are(door: Door) -> None:
    words = ["a b", "$HOME", "`id`", 'q"uote', "; rm -rf x", "*", "ü"]
    result = door.read([sys.executable, "-c", "import sys; print(sys.argv[1:])", *words])
    assert result.stdout.strip() == str(words)


def test_stdin_reaches_the_program_and_shows_nowhere(door: Door, printed: Printed) -> None:
    secret = "line\n" * 50_000 + "hunter2-the-secret"
    assert door.read(["cat"], stdin=secret).stdout == secret
    assert "hunter2" not in str(printed)


def test_a_child_has_no_terminal_and_its_own_session(door: Door) -> None:
    code = "import os, sys; print(sys.stdout.isatty(), os.getsid(0) == os.getpid())"
    assert door.read([sys.executable, "-c", code]).stdout.strip() == "False True"


def test_an_unaccepted_exit_code_is_an_error_with_the_last_lines(door: Door) -> None:
    with pytest.raises(CommandFailed) as caught:
        door.read(["sh", "-c", "echo why it failed >&2; exit 4"])
    assert "exit code 4" in str(caught.value)
    assert "why it failed" in str(caught.value)
    assert caught.value.exit_code == 5


def test_an_error_shows_no_secret(door: Door) -> None:
    door.console.masker.add("hunter2-the-secret")
    with pytest.raises(CommandFailed) as caught:
        door.read(["sh", "-c", "echo token hunter2-the-secret >&2; exit 1", "hunter2-the-secret"])
    assert "hunter2" not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_missing_program_is_an_error_of_its_own(door: Door) -> None:
    with pytest.raises(ToolMissing) as caught:
        door.read(["no-such-program-anywhere"])
    assert caught.value.exit_code == 127


def test_a_child_that_takes_too_long_is_ended_with_its_children(door: Door, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"sleep 60 & echo $! > {pid_file}; wait"
    began = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        door.read(["sh", "-c", script], timeout_s=0.5)
    assert caught.value.exit_code == 124
    assert time.monotonic() - began < 15
    assert _gone(int(pid_file.read_text()))


def test_a_mutation_is_printed_instead_of_run_in_a_dry_run(
    dry_door: Door, printed: Printed, tmp_path: Path
) -> None:
    target = tmp_path / "made by mutation"
    dry_door.mutate(["touch", str(target)])
    assert not target.exists()
    assert f"would run: touch '{target}'" in str(printed)
    assert dry_door.read(["echo", "reads run"]).stdout == "reads run\n"


def test_a_looking_door_changes_nothing_and_says_nothing(
    door: Door, printed: Printed, tmp_path: Path
) -> None:
    looking = door.looking_only()
    looking.mutate(["touch", str(tmp_path / "x")])
    assert not (tmp_path / "x").exists()
    assert "touch" not in str(printed)
    assert looking.read(["echo", "1"]).stdout == "1\n"


def test_lines_arrive_while_the_child_runs(door: Door) -> None:
    arrived: list[float] = []
    door.read(["sh", "-c", "echo 1; sleep 0.4; echo 2"], on_line=lambda _: arrived.append(time.monotonic()))
    assert len(arrived) == 2
    assert arrived[1] - arrived[0] > 0.3


def test_a_labelled_child_shows_its_lines_masked(door: Door, printed: Printed) -> None:
    door.console.masker.add("hunter2-the-secret")
    door.read(["echo", "it is hunter2-the-secret"], label="child")
    assert "[child] it is ***" in str(printed)


def test_after_an_interrupt_only_the_main_thread_may_go_on(door: Door) -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            door.read(["sleep", "30"])
        except Interrupted as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    door.interrupt()
    thread.join(timeout=10)
    assert [type(error) for error in caught] == [Interrupted]
    assert door.read(["echo", "cleaning up"]).ok


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_child_also_with_stdin_closed(number: signal.Signals, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = (
        "from delivery import signals; from delivery.command import Door;"
        "from delivery.console import Console; signals.listen();"
        f"Door(Console()).read(['sh', '-c', 'echo $$ > {pid_file}; exec sleep 60'])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not (pid_file.exists() and pid_file.read_text().strip()):
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert _gone(int(pid_file.read_text()))


def test_a_group_that_may_not_be_signalled_counts_as_gone(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    # macOS answers EPERM for a group that is all zombies.
    def refuses(_pid: int, _number: int) -> None:
        raise PermissionError

    monkeypatch.setattr("os.killpg", refuses)
    with pytest.raises(TimedOut):
        door.read(["sleep", "1"], timeout_s=0.2)


SERVES = ("sh", "-c", "echo up; exec sleep 60")


def test_a_helper_runs_as_long_as_its_block(door: Door, tmp_path: Path) -> None:
    with door.serving(SERVES, tmp_path / "log") as helper:
        assert helper.runs()
    assert not helper.runs()
    assert _gone(helper.pid)


def test_an_interrupt_ends_a_helper_too(door: Door, tmp_path: Path) -> None:
    with door.serving(SERVES, tmp_path / "log") as helper:
        door.interrupt()
        assert not helper.runs()


def test_a_helper_in_a_dry_run_is_printed(dry_door: Door, printed: Printed, tmp_path: Path) -> None:
    with dry_door.serving(SERVES, tmp_path / "log") as helper:
        assert not helper.runs()
    assert "would run: sh -c" in str(printed)


def test_a_helper_that_is_not_installed_is_told(door: Door, tmp_path: Path) -> None:
    with pytest.raises(ToolMissing), door.serving(["no-such-program"], tmp_path / "log"):
        pass


def _gone(pid: int) -> bool:
    for _ in range(50):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_what_is_asked_meanwhile_ends_the_child_by_what_it_raises(door: Door, tmp_path: Path) -> None:
    asked: list[float] = []

    def give_up() -> None:
        asked.append(time.monotonic())
        if len(asked) == 2:
            raise DeployFailed("it will never be well")

    script = f"trap 'echo told > {tmp_path}/told; exit 1' INT; while :; do sleep 0.1; done"
    began = time.monotonic()
    with pytest.raises(DeployFailed):
        door.mutate(["sh", "-c", script], meanwhile=give_up, timeout_s=60)
    assert 1.5 <= asked[1] - began <= 6
    assert (tmp_path / "told").read_text() == "told\n"


def test_a_child_asked_about_meanwhile_still_has_its_answer_and_its_time(door: Door) -> None:
    asked: list[int] = []
    answer = door.read(["sh", "-c", "sleep 1.3; echo done"], meanwhile=lambda: asked.append(1), timeout_s=60)
    assert (answer.stdout, len(asked)) == ("done\n", 1)
    with pytest.raises(TimedOut):
        door.read(["sleep", "60"], meanwhile=lambda: asked.append(1), timeout_s=1.5)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_children_of_a_run_that_is_killed_end_and_services_live_on(tmp_path: Path) -> None:
    program = f"""
import threading
from pathlib import Path
from delivery.command import Door
from delivery.console import Console
door, folder = Door(Console()), Path({str(tmp_path)!r})
sleep = ["sh", "-c", f"echo $$ > {{folder}}/$0; exec sleep 60"]
door.start_detached([*sleep, "service"], folder / "log", {{"PATH": {os.environ["PATH"]!r}}})
threading.Thread(target=door.read, args=([*sleep, "of-a-thread"],), daemon=True).start()
with door.serving([*sleep, "helper"], folder / "log"):
    door.read([*sleep, "child"])
"""
    run = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    names = ("service", "of-a-thread", "helper", "child")
    until = time.monotonic() + 30
    while not all((tmp_path / name).is_file() and (tmp_path / name).read_text() for name in names):
        assert time.monotonic() < until
        time.sleep(0.05)
    run.kill()
    run.wait()
    time.sleep(0.5)
    pids = {name: int((tmp_path / name).read_text()) for name in names}
    assert [name for name, pid in pids.items() if lives(pid)] == ["service"]
    os.kill(pids["service"], signal.SIGKILL)


def lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_is_not_trusted_sees_no_variable_but_those_it_is_given(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-for-children")
    given = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}
    printed = door.read(["env"], env=given, inherit_env=False).stdout.splitlines()
    assert {line for line in printed if not line.startswith(("_=", "PWD=", "SHLVL="))} == {
        f"{name}={value}" for name, value in given.items()
    }


def test_a_fault_of_our_own_while_a_child_runs_ends_it_first(door: Door, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    def fault() -> None:
        if pid_file.exists():
            raise KeyError("a fault of our own")

    with pytest.raises(KeyError):
        door.read(
            ["sh", "-c", f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; exec sleep 60"],
            meanwhile=fault,
        )
    assert _gone(int(pid_file.read_text()))
