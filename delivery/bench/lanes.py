"""When which measurement runs: a few cases at a time, and what only waits is left behind to wait.

Every engine of a case starts its upgrade at the same moment, so that all bear the same load.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from delivery.command import Door

LANES = 3
# What has no verdict by then is waiting for helm's time to pass, and costs next to nothing.
_BUSY_S = 40.0
# Each has a namespace with up to three pods; a node takes 110.
_MOST_OPEN = 40
_LOOK_S = 0.2

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Job(Generic[Answer]):
    """One measurement: `prepare` comes first, in step with the others of its case, and may find trouble."""

    prepare: Callable[[], str]
    measure: Callable[[str], Answer]


@dataclass(frozen=True)
class Case(Generic[Answer]):
    """The measurements that begin together; `beside` runs while they do."""

    jobs: Sequence[Job[Answer]]
    beside: Callable[[], None] | None = None


def run_in_lanes(door: Door, cases: Sequence[Case[Answer]], lanes: int = LANES) -> list[Answer]:
    """Run all cases and return their answers, in the order in which they came. Ctrl-C ends the children."""
    runner: _Lanes[Answer] = _Lanes(door, sum(len(case.jobs) for case in cases) + len(cases))
    return runner.run(cases, lanes)


class _Lanes(Generic[Answer]):
    def __init__(self, door: Door, most: int) -> None:
        self._door = door
        self._pool = ThreadPoolExecutor(max_workers=max(1, most))
        self._open = threading.BoundedSemaphore(_MOST_OPEN)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._answers: list[Answer] = []
        self._running: list[Future[None]] = []

    def run(self, cases: Sequence[Case[Answer]], lanes: int) -> list[Answer]:
        with self._pool, ThreadPoolExecutor(max_workers=lanes) as threads:
            try:
                self._join([threads.submit(self._case, case) for case in cases])
            except BaseException:
                self._stopped.set()
                self._door.interrupt()
                raise
        return self._answers

    def _join(self, lanes: Sequence[Future[None]]) -> None:
        """Wait for all; the first one that breaks ends the rest."""
        whole = False
        while not whole:
            # Asked before the rest: a lane that has ended adds nothing any more.
            ended = all(one.done() for one in lanes)
            with self._lock:
                every = [*lanes, *self._running]
            done = [one for one in every if one.done()]
            for one in done:
                one.result()
            whole = ended and len(done) == len(every)
            if not whole:
                # Asleep rather than in `wait`, which a Ctrl-C may leave with locks that it does not hold.
                time.sleep(_LOOK_S)

    def _case(self, case: Case[Answer]) -> None:
        for _ in case.jobs:
            while not self._open.acquire(timeout=_LOOK_S):
                if self._stopped.is_set():
                    return
        if self._stopped.is_set():
            return
        troubles = [self._pool.submit(job.prepare) for job in case.jobs]
        found = [one.result() for one in troubles]
        begun = [
            self._pool.submit(self._measure, job, trouble)
            for job, trouble in zip(case.jobs, found, strict=True)
        ]
        if case.beside:
            begun.append(self._pool.submit(case.beside))
        with self._lock:
            self._running += begun
        wait(begun, timeout=_BUSY_S)

    def _measure(self, job: Job[Answer], trouble: str) -> None:
        try:
            answer = job.measure(trouble)
        finally:
            self._open.release()
        with self._lock:
            self._answers.append(answer)
