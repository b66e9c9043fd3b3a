"""One deploy at a time: a Lease in the namespace, renewed while we live, taken over when its holder is gone.

Source of the form: Kubernetes' coordination.k8s.io/v1 Lease, as used for leader election.
"""

from __future__ import annotations

import contextlib
import datetime
import getpass
import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.cluster import Cluster
from delivery.errors import CommandFailed, DeliveryError, EnvironmentFault
from delivery.session import Session

NAME = "todo-delivery"
DURATION_S = 30
_RENEW_S = 8.0
_COMMAND = "todo-delivery/command"
# How the API server says that somebody was faster, or that the lease is gone.
_TAKEN = ("AlreadyExists", "Conflict", "modified", "NotFound")
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Lease:
    """A lock as the cluster holds it."""

    holder: str
    command: str
    renewed: str
    version: str

    def host_and_pid(self) -> tuple[str, int]:
        """`user@host:pid` taken apart; pid 0 where it can't be read."""
        account, _, pid = self.holder.rpartition(":")
        return account.partition("@")[2], int(pid) if pid.isdigit() else 0


@contextlib.contextmanager
def deploy_lock(session: Session, cluster: Cluster, command: str) -> Iterator[Held]:
    """Hold the namespace's lock for the time of the block.

    Raises EnvironmentFault (exit 5) naming who holds it. A holder that doesn't renew is taken over; ask
    `Held.ensure` before each change, since that may happen to us (a laptop that slept).
    """
    held = Held()
    if session.dry_run:
        yield held
        return
    lease = _LeaseClient(session, cluster, command, held)
    lease.acquire()
    ended = threading.Event()
    heart = threading.Thread(target=lease.renew_until, args=(ended,), daemon=True)
    heart.start()
    try:
        yield held
    finally:
        ended.set()
        heart.join(timeout=_RENEW_S)
        lease.release()


def left_by_dead(session: Session, cluster: Cluster) -> bool:
    """Whether a run that is gone left its lock: then it may have left more, such as what it did not prune."""
    seen = _read_lease(session, cluster)
    return seen is not None and (is_gone(seen) or age_s(seen) >= DURATION_S)


class Held:
    """A lock of ours, as long as nobody took it over."""

    def __init__(self) -> None:
        self._lost = threading.Event()

    def lose(self) -> None:
        """Somebody else holds the lock now."""
        self._lost.set()

    def ensure(self) -> None:
        """Raise EnvironmentFault where the lock is no longer ours: another run may be changing things."""
        if self._lost.is_set():
            raise EnvironmentFault(
                "this run lost its lock to another one", "it gave no sign of life for half a minute",
                "wait until the other run ends, then run the command again",
            )  # fmt: skip


class _LeaseClient:
    """The kubectl side of the lock."""

    def __init__(self, session: Session, cluster: Cluster, command: str, held: Held) -> None:
        self._session, self._cluster, self._command, self._held = session, cluster, command, held
        self._holder = f"{getpass.getuser()}@{socket.gethostname()}:{os.getpid()}"
        self._version = ""

    def acquire(self) -> None:
        """Take the lock, or raise EnvironmentFault naming who has it."""
        if self._put("create", version=""):
            return
        seen = self._read()
        if seen and not is_gone(seen) and not self._silent(seen):
            raise EnvironmentFault(
                f"another run holds the lock of namespace {self._session.settings.namespace}",
                f"{seen.holder} runs `{seen.command}`, last sign of life {seen.renewed}",
                "wait until it ends; a run that died is taken over after half a minute",
            )
        if seen:
            self._session.console.warn(f"taking over the lock of {seen.holder}, which is gone")
        if not self._put("replace" if seen else "create", version=seen.version if seen else ""):
            raise EnvironmentFault(
                "another run took the lock at the same moment", "", "run the command again"
            )

    def renew_until(self, ended: threading.Event) -> None:
        """Give signs of life until told to end, or until the lock is another's."""
        while not ended.wait(_RENEW_S):
            # A missed beat is no reason to stop: the lease outlasts three of them.
            with contextlib.suppress(DeliveryError):
                if not self._put("replace", self._version):
                    self._held.lose()
                    return

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        with contextlib.suppress(DeliveryError):
            seen = self._read()
            if seen and seen.holder == self._holder:
                self._session.door.mutate(self._kubectl("delete", "lease", NAME), accept=None)

    def _silent(self, seen: Lease) -> bool:
        """Whether the holder misses its renewals; judged by watching, since clocks may differ."""
        if age_s(seen) < DURATION_S:
            return False
        until = time.monotonic() + (DURATION_S if age_s(seen) < 10 * DURATION_S else 2 * _RENEW_S)
        while time.monotonic() < until:
            time.sleep(1)
            current = self._read()
            if current and current.renewed != seen.renewed:
                return False
        return True

    def _read(self) -> Lease | None:
        return _read_lease(self._session, self._cluster)

    def _put(self, verb: str, version: str) -> bool:
        manifest = lease_manifest(self._session.settings.namespace, self._holder, self._command, version)
        argv = self._cluster.kubectl(verb, "--filename", "-")
        answer = self._session.door.mutate([*argv, "-o", "json"], stdin=json.dumps(manifest), accept=None)
        if not answer.ok and not any(word in answer.stderr for word in _TAKEN):
            raise CommandFailed("the deploy lock could not be taken", answer.last_lines())
        if answer.ok:
            self._version = parse_lease(json.loads(answer.stdout)).version
        return answer.ok

    def _kubectl(self, *arguments: str) -> list[str]:
        return self._cluster.kubectl(*arguments, "--namespace", self._session.settings.namespace)


def _read_lease(session: Session, cluster: Cluster) -> Lease | None:
    argv = cluster.kubectl(
        "get", "lease", NAME, "-o", "json", "--ignore-not-found", "--namespace", session.settings.namespace
    )
    text = session.door.read(argv).stdout
    return parse_lease(json.loads(text)) if text.strip() else None


def is_gone(lease: Lease) -> bool:
    """Whether the holder ran on this machine and its process has ended."""
    host, pid = lease.host_and_pid()
    if host != socket.gethostname() or not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return pid == os.getpid()


def age_s(lease: Lease) -> float:
    """Seconds since the holder's last sign of life, by our clock."""
    renewed = datetime.datetime.strptime(lease.renewed, _TIME_FORMAT).replace(tzinfo=datetime.UTC)
    return (datetime.datetime.now(datetime.UTC) - renewed).total_seconds()


def parse_lease(document: Mapping[str, Any]) -> Lease:
    """A Lease object as `kubectl get` prints it."""
    metadata, spec = document["metadata"], document.get("spec") or {}
    return Lease(
        holder=spec.get("holderIdentity") or "",
        command=(metadata.get("annotations") or {}).get(_COMMAND, ""),
        renewed=spec.get("renewTime") or "1970-01-01T00:00:00.000000Z",
        version=metadata["resourceVersion"],
    )


def lease_manifest(namespace: str, holder: str, command: str, version: str) -> dict[str, Any]:
    """A Lease of ours; with `version`, only that very version is replaced."""
    metadata: dict[str, Any] = {"name": NAME, "namespace": namespace, "annotations": {_COMMAND: command}}
    if version:
        metadata["resourceVersion"] = version
    moment = timestamp()
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": metadata,
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": DURATION_S,
            "acquireTime": moment,
            "renewTime": moment,
        },
    }


def timestamp() -> str:
    """Now, as a MicroTime of the Kubernetes API."""
    return datetime.datetime.now(datetime.UTC).strftime(_TIME_FORMAT)
