"""A supervised `kubectl port-forward`, for node ports that are not published on this machine."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from delivery.cluster.handle import Cluster
from delivery.cluster.ports import any_free
from delivery.errors import EnvironmentFault, TimedOut
from delivery.session import Session

_OPEN_S = 20.0
_POLL_S = 0.1
_PAUSE_S = 0.5
_FORWARDING = re.compile(r"^Forwarding from 127\.0\.0\.1:\d+", re.MULTILINE)


@contextlib.contextmanager
def port_forward(
    session: Session, cluster: Cluster, namespace: str, service: str, port: int
) -> Iterator[str]:
    """Forward to a Service while the block runs; gives the address here.

    kubectl holds on to one pod and ends with it: it is started again, on the same local port. Raises
    EnvironmentFault or TimedOut when it can't be opened at first.
    """
    with tempfile.TemporaryDirectory(prefix="todo-forward-") as folder:
        local = any_free()
        argv = cluster.kubectl(
            "--namespace",
            namespace,
            "port-forward",
            "--address",
            "127.0.0.1",
            f"service/{service}",
            f"{local}:{port}",
        )
        keeper = _Keeper(session, argv, Path(folder) / "kubectl.log")
        keeper.open()
        try:
            yield f"http://127.0.0.1:{local}"
        finally:
            keeper.close()


class _Keeper:
    """Keeps one kubectl running until it is closed."""

    def __init__(self, session: Session, argv: list[str], log: Path) -> None:
        self._session, self._argv, self._log = session, argv, log
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._process = 0

    def open(self) -> None:
        """Start kubectl and wait until it listens."""
        self._start()
        ends = time.monotonic() + _OPEN_S
        while not _FORWARDING.search(self._said()):
            if not self._runs():
                raise EnvironmentFault("`kubectl port-forward` ended at once", self._said().strip())
            if time.monotonic() > ends:
                self._stop()
                raise TimedOut("`kubectl port-forward` did not open", self._said().strip())
            time.sleep(_POLL_S)
        self._thread.start()

    def close(self) -> None:
        """End kubectl for good."""
        self._closed.set()
        self._thread.join(timeout=5)
        self._stop()

    def _keep(self) -> None:
        while not self._closed.wait(_PAUSE_S):
            if not self._runs():
                self._start()

    def _start(self) -> None:
        self._process = self._session.door.start_detached(self._argv, self._log)

    def _stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._runs():
                return
            with contextlib.suppress(OSError):
                os.killpg(self._process, number)
            self._await_end()

    def _await_end(self) -> None:
        ends = time.monotonic() + 3
        while self._runs() and time.monotonic() < ends:
            time.sleep(_POLL_S)

    def _runs(self) -> bool:
        """Whether the child lives; one that ended is reaped here, as nobody else waits for it."""
        try:
            return os.waitpid(self._process, os.WNOHANG) == (0, 0)
        except ChildProcessError:
            return False

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
