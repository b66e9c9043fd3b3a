"""A supervised `kubectl port-forward`, for node ports that are not published on this machine."""

from __future__ import annotations

import contextlib
import re
import shlex
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from delivery.cluster.handle import Cluster
from delivery.cluster.ports import any_free
from delivery.errors import DeliveryError, EnvironmentFault, TimedOut
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

    kubectl holds on to one pod and ends with it: it is started again, on the same local port. A dry run only
    prints it: nothing answers at the address then. Raises EnvironmentFault or TimedOut when it can't be
    opened at first.
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
        if session.dry_run:
            session.console.would_run(shlex.join(argv))
            yield f"http://127.0.0.1:{local}"
            return
        keeper = _Keeper(session, argv, Path(folder) / "kubectl.log")
        try:
            keeper.open()
            yield f"http://127.0.0.1:{local}"
        finally:
            keeper.close()


class _Keeper:
    """Keeps one kubectl running until it is closed, or the run is interrupted."""

    def __init__(self, session: Session, argv: list[str], log: Path) -> None:
        self._session, self._argv, self._log = session, argv, log
        self._closed, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def open(self) -> None:
        """Start kubectl and wait until it listens."""
        self._thread.start()
        ends = time.monotonic() + _OPEN_S
        while not _FORWARDING.search(self._said()):
            self._session.door.check()
            if self._ended.is_set():
                raise EnvironmentFault("`kubectl port-forward` ended at once", self._said().strip())
            if time.monotonic() > ends:
                raise TimedOut("`kubectl port-forward` did not open", self._said().strip())
            time.sleep(_POLL_S)

    def close(self) -> None:
        """End kubectl for good."""
        self._closed.set()
        if self._thread.ident:
            self._thread.join()

    def _keep(self) -> None:
        # In this thread an interrupted run starts nothing more, and what it runs is ended.
        try:
            with contextlib.suppress(DeliveryError):
                while not self._closed.is_set():
                    self._run_once()
                    self._closed.wait(_PAUSE_S)
        finally:
            self._ended.set()

    def _run_once(self) -> None:
        with self._session.door.serving(self._argv, self._log) as kubectl:
            while kubectl.runs() and not self._closed.wait(_POLL_S):
                pass
        self._ended.set()

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
