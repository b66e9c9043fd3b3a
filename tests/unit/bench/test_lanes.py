"""The order of the measurements: in step within a case, a few cases at a time, all ended by Ctrl-C."""

from __future__ import annotations

import _thread
import threading
import time

import pytest

from delivery.bench import lanes
from delivery.bench.lanes import Case, Job, run_in_lanes
from delivery.command import Door
from delivery.errors import Interrupted


def nothing() -> str:
    return ""


def job(name: str, seconds: float = 0.0) -> Job[str]:
    def measure(trouble: str) -> str:
        time.sleep(seconds)
        return name + trouble

    return Job(nothing, measure)


def test_every_measurement_is_made(door: Door) -> None:
    cases = [Case([job(f"{case}{engine}") for engine in "abc"]) for case in range(5)]
    assert sorted(run_in_lanes(door, cases, 2)) == [
        f"{case}{engine}" for case in range(5) for engine in "abc"
    ]


def test_all_engines_of_a_case_begin_when_the_last_is_prepared(door: Door) -> None:
    prepared: list[float] = []
    begun: list[float] = []

    def prepare(seconds: float) -> str:
        time.sleep(seconds)
        prepared.append(time.monotonic())
        return ""

    def measure(trouble: str) -> str:
        begun.append(time.monotonic())
        return ""

    run_in_lanes(door, [Case([Job(lambda s=s: prepare(s), measure) for s in (0.0, 0.2)])])  # type: ignore[misc]
    assert min(begun) >= max(prepared)
    assert max(begun) - min(begun) < 0.15


def test_trouble_in_the_preparation_reaches_its_own_measurement_alone(door: Door) -> None:
    bad = Job(lambda: "no room", lambda trouble: trouble)
    assert sorted(run_in_lanes(door, [Case([bad, job("fine")])])) == ["fine", "no room"]


def test_what_only_waits_holds_nobody_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_BUSY_S", 0.1)
    assert run_in_lanes(door, [Case([job("slow", 1.0)]), Case([job("quick")])], 1) == ["quick", "slow"]


def test_no_more_measurements_are_open_than_the_node_has_room_for(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_BUSY_S", 0.0)
    monkeypatch.setattr(lanes, "_MOST_OPEN", 2)
    lock, now, most = threading.Lock(), [0], [0]

    def prepare() -> str:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        return ""

    def measure(trouble: str) -> str:
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        return ""

    run_in_lanes(door, [Case([Job(prepare, measure)]) for _ in range(8)], 4)
    assert most[0] <= 2


def test_what_runs_beside_a_case_is_waited_for(door: Door) -> None:
    done: list[str] = []

    def late() -> None:
        time.sleep(0.2)
        done.append("late")

    run_in_lanes(door, [Case([job("one")], late)])
    assert done == ["late"]


def test_an_interruption_ends_the_children_and_starts_no_further_case(door: Door) -> None:
    begun: list[str] = []

    def measure(trouble: str) -> str:
        begun.append("one")
        return door.read(["sleep", "60"], timeout_s=90).stdout

    def interrupt() -> None:
        time.sleep(0.5)
        _thread.interrupt_main()

    cases = [Case([Job(nothing, measure)], interrupt), *(Case([Job(nothing, measure)]) for _ in range(3))]
    began = time.monotonic()
    with pytest.raises((KeyboardInterrupt, Interrupted)):
        run_in_lanes(door, cases, 1)
    assert time.monotonic() - began < 20
    assert len(begun) == 1


def test_a_fault_of_ours_ends_the_benchmark_at_once(door: Door) -> None:
    def broken(trouble: str) -> str:
        raise ZeroDivisionError

    waiting = Job(nothing, lambda _: door.read(["sleep", "60"], timeout_s=90).stdout)
    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        run_in_lanes(door, [Case([Job(nothing, broken), waiting])])
    assert time.monotonic() - began < 20
