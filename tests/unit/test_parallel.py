"""Jobs side by side: their answers, their failures, and Ctrl-C at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from delivery import signals
from delivery.command import Door
from delivery.errors import CheckFailed, Course, DeployFailed, EnvironmentFault
from delivery.parallel import run_all
from delivery.paths import ROOT


def fails(text: str) -> None:
    raise CheckFailed(text)


def test_answers_come_back_by_name(door: Door) -> None:
    assert run_all(door, {"a": lambda: 1, "b": lambda: 2}) == {"a": 1, "b": 2}


def test_all_failures_are_told_after_the_last_job_ended(door: Door) -> None:
    with pytest.raises(CheckFailed) as caught:
        run_all(door, {"a": lambda: fails("one"), "b": lambda: fails("two")})
    assert "2 jobs failed: a, b" in caught.value.what
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("first", ["deploy", "environment"])
def test_a_failed_deploy_decides_the_exit_code_in_whatever_order_and_keeps_its_course(
    door: Door, first: str
) -> None:
    def deploys() -> None:
        raise DeployFailed("a does not serve", "its log", "mend a", Course("CRASH_LOOP", 7.5))

    def asks() -> None:
        raise EnvironmentFault("image b is gone", "", "build it")

    jobs = {"a": deploys, "b": asks} if first == "deploy" else {"b": asks, "a": deploys}
    with pytest.raises(DeployFailed) as caught:
        run_all(door, jobs)
    assert (caught.value.exit_code, caught.value.course.code) == (4, "CRASH_LOOP")
    assert caught.value.fix == "mend a"
    assert "b: image b is gone" in caught.value.why


def test_a_worker_that_starts_a_child_holds_no_interrupt_back() -> None:
    caught: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def work() -> None:
        with signals.held():
            inside.set()
            go_on.wait(10)

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    try:
        signals.listen()
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        caught.append("in the main thread, at once")
    finally:
        go_on.set()
        thread.join()
        for number in signals.ENDING:
            signal.signal(number, before if number is signal.SIGINT else signal.SIG_DFL)
    assert caught == ["in the main thread, at once"]


# What follows interrupts processes of their own. `busy` is a job that starts children in a loop.
RUN = """
import os, signal, sys, threading, time
from delivery import signals
from delivery.command import Door
from delivery.console import Console
from delivery.parallel import run_all

signals.listen()
door = Door(Console())
ends = time.monotonic() + 40

def busy():
    while time.monotonic() < ends:
        door.read(["true"])

def long():
    door.read(["sh", "-c", sys.argv[1]], timeout_s=60)

print("ready", flush=True)
try:
    run_all(door, {"busy": busy, "more": busy, "long": long})
except KeyboardInterrupt:
    sys.exit(130)
"""


def started(script: str, pid_file: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, f"echo $$ > {pid_file}; {script}"], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    ends = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text().strip()):
        assert time.monotonic() < ends
        time.sleep(0.05)
    return process


def gone(pid: int) -> bool:
    for _ in range(30):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("attempt", range(3))
def test_an_interrupt_ends_all_jobs_soon_while_workers_start_children(tmp_path: Path, attempt: int) -> None:
    process = started("exec sleep 40", tmp_path / "pid")
    time.sleep(0.3 + attempt * 0.13)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 3
    assert process.returncode == 130, err
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_second_interrupt_kills_a_child_that_ignores_the_first(tmp_path: Path) -> None:
    process = started("trap : INT TERM; while :; do sleep 0.2; done", tmp_path / "pid")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    process.communicate(timeout=30)
    assert time.monotonic() - began < 4
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_child_that_a_worker_starts_during_an_interrupt_is_ended(
    door: Door, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refused, pid_file = door._refused, tmp_path / "pid"
    asked: list[bool] = []

    def late() -> bool:
        # The worker asks, then the interrupt comes, then the worker starts its child.
        answer = refused()
        if threading.current_thread() is not threading.main_thread() and not asked:
            asked.append(answer)
            door.interrupt()
        return answer

    monkeypatch.setattr(door, "_refused", late)
    thread = threading.Thread(target=_quietly, args=(door, f"echo $$ > {pid_file}; exec sleep 40"))
    began = time.monotonic()
    thread.start()
    thread.join(20)
    assert time.monotonic() - began < 15
    assert asked == [False]
    assert not pid_file.exists() or not pid_file.read_text() or gone(int(pid_file.read_text()))


def _quietly(door: Door, script: str) -> None:
    try:
        door.read(["sh", "-c", script], timeout_s=60)
    except Exception as error:
        assert type(error).__name__ == "Interrupted"
