"""Signals that end a run: raised as KeyboardInterrupt, but never in the middle of starting a child."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _State:
    held = 0
    pending = False


def listen() -> None:
    """Raise KeyboardInterrupt in the main thread on Ctrl-C, SIGTERM and SIGHUP.

    A shell starts background jobs with SIGINT ignored; we want it told in every case.
    """
    for number in ENDING:
        signal.signal(number, _on_signal)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold back an interrupt for the time of the block, so that nothing half started is forgotten.

    Does nothing in other threads than the main one: Python raises interrupts in the main thread only, and a
    hold of a worker's would keep them from it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _State.held += 1
    try:
        yield
    finally:
        _State.held -= 1
    if _State.pending and not _State.held:
        _State.pending = False
        raise KeyboardInterrupt


def _on_signal(*_: object) -> None:
    if _State.held:
        _State.pending = True
        return
    raise KeyboardInterrupt
