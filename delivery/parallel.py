"""Runs independent jobs at once; all are joined before the first failure is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from delivery.command import Door
from delivery.errors import DeliveryError, DeployError, DeployFailed, DeployFailedRolledBack, Interrupted

Answer = TypeVar("Answer")
_WORST = (Interrupted, DeployFailed, DeployFailedRolledBack)


def run_all(door: Door, jobs: Mapping[str, Callable[[], Answer]]) -> dict[str, Answer]:
    """Run every job in a thread of its own and return their answers by name.

    A failure is told at once and lets the others finish, since what they make is kept; then one error tells
    all that failed. Ctrl-C ends the children of all.
    """
    if len(jobs) == 1:
        return {name: job() for name, job in jobs.items()}
    with ThreadPoolExecutor(max_workers=max(1, len(jobs))) as pool:
        futures = {name: pool.submit(_told, door, name, job) for name, job in jobs.items()}
        try:
            _join(list(futures.values()))
        except KeyboardInterrupt:
            door.interrupt()
            raise
    return _answers(futures)


def _told(door: Door, name: str, job: Callable[[], Answer]) -> Answer:
    try:
        return job()
    except Interrupted:
        raise
    except DeliveryError as error:
        door.console.warn(f"{name} failed: {error.what}; what else is under way goes on")
        raise


def _join(futures: list[Future[Answer]]) -> None:
    pending = set(futures)
    while pending:
        # A short wait, so that a signal reaches the main thread.
        _, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)


def _answers(futures: Mapping[str, Future[Answer]]) -> dict[str, Answer]:
    failures = {name: f.exception() for name, f in futures.items() if f.exception()}
    for error in failures.values():
        if not isinstance(error, DeliveryError):
            assert error is not None
            raise error
    if failures:
        raise _combined({name: e for name, e in failures.items() if isinstance(e, DeliveryError)})
    return {name: future.result() for name, future in futures.items()}


def _combined(failures: Mapping[str, DeliveryError]) -> DeliveryError:
    if len(failures) == 1:
        return next(iter(failures.values()))
    # Of the worst one's kind, so that whoever acts on a failed deploy sees it, whichever came first.
    leading = worst(failures.values())
    combined = type(leading)(
        f"{len(failures)} jobs failed: {', '.join(failures)}",
        "\n".join(f"{name}: {error.what}\n{error.why}" for name, error in failures.items()),
        leading.fix,
    )
    if isinstance(combined, DeployError) and isinstance(leading, DeployError):
        combined.course = leading.course
    return combined


def worst(errors: Iterable[DeliveryError]) -> DeliveryError:
    """Pure: the one that decides what several come to: an interrupt, a failed deploy, else the first."""
    found = list(errors)
    ranked = [one for kind in _WORST for one in found if isinstance(one, kind)]
    return (ranked or found)[0]
