"""Benchmarks, side by side in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session


@session_task(help={"rounds": "Runs of each side; the fastest counts."})
def startup(session: Session, rounds: int = 10) -> None:
    """Compare the start-up of this project with that of a one-task file.

    The runs take turns, and the result is a ratio, so that a slow machine doesn't matter.

    Example: ./inv bench.startup --rounds 20
    """
    from delivery.bench import bench_startup

    bench_startup(session, rounds)
