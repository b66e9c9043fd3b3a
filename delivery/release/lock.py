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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.cluster import Cluster
from delivery.errors import CommandFailed, DeliveryError, EnvironmentFault
from delivery.release.holder import has_ended, process_identity, runs_here
from delivery.session import Session

NAME = "todo-delivery"
DURATION_S = 30
_RENEW_S = 8.0
# A beat that hangs leaves time for another one before the lease is over.
_RENEW_TIMEOUT_S = 9.0
# Older than this, a sign of life is given anew before anything is changed.
_FRESH_S = 20.0
_COMMAND = "todo-delivery/command"
_PROCESS = "todo-delivery/process"
# How the API server says that somebody was faster, or that the lease is gone.
_TAKEN = ("AlreadyExists", "Conflict", "modified", "NotFound")
_LOOK_S = 1.0
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Lease:
    """A lock as the cluster holds it."""

    holder: str
    command: str
    renewed: str
    version: str
    process: str = ""


@contextlib.contextmanager
def deploy_lock(session: Session, cluster: Cluster, command: str) -> Iterator[Held]:
    """Hold the namespace's lock for the time of the block.

    Raises EnvironmentFault (exit 5) naming who holds it. A holder that doesn't renew is taken over; ask
    `Held.ensure` before each change, since that may happen to us (a laptop that slept). A namespace that does
    not exist needs no lock: there is nothing in it to change.
    """
    held = Held()
    if session.dry_run:
        yield held
        return
    lease = _LeaseClient(session, cluster, command, held)
    if not lease.acquire():
        yield held
        return
    held.renew = lease.renew
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
        self._renewed_s = _boot_s()
        self.renew: Callable[[], None] | None = None

    @property
    def lost(self) -> bool:
        """Whether somebody else is known to hold it."""
        return self._lost.is_set()

    @property
    def fresh(self) -> bool:
        """Whether the last sign of life is so young that nobody can have taken the lock."""
        return _boot_s() - self._renewed_s < _FRESH_S

    def lose(self) -> None:
        """Somebody else holds the lock now."""
        self._lost.set()

    def renewed(self, at_s: float) -> None:
        """A sign of life, sent at this time since boot, was taken."""
        self._renewed_s = at_s

    def ensure(self) -> None:
        """Raise EnvironmentFault where the lock is no longer ours: another run may be changing things.

        After a pause (a laptop that slept, an API server that was away) it asks before it answers.
        """
        if self.renew and not self.lost and not self.fresh:
            try:
                self.renew()
            except DeliveryError as fault:
                raise EnvironmentFault(
                    "this run can't tell whether it still holds its lock", fault.why or fault.what,
                    "see to the cluster (./inv cluster.status), then run the command again",
                ) from fault  # fmt: skip
        if self.lost or (self.renew and not self.fresh):
            raise EnvironmentFault(
                "this run lost its lock to another one", "it gave no sign of life for half a minute",
                "wait until the other run ends, then run the command again",
            )  # fmt: skip


class _NoNamespace(CommandFailed):
    """The namespace of the lock does not exist."""


class _LeaseClient:
    """The kubectl side of the lock."""

    def __init__(self, session: Session, cluster: Cluster, command: str, held: Held) -> None:
        self._session, self._cluster, self._command, self._held = session, cluster, command, held
        self._holder = f"{getpass.getuser()}@{socket.gethostname()}:{os.getpid()}"
        self._process, self._acquired = process_identity(os.getpid()), timestamp()
        self._version = ""
        self._beat = threading.Lock()

    def acquire(self) -> bool:
        """Take the lock, or raise EnvironmentFault naming who has it; False where there is no namespace."""
        try:
            if self._put("create", version=""):
                return True
        except _NoNamespace:
            return False
        seen = self._read()
        if seen and not is_gone(seen):
            seen = self._unchanged(seen)
        if seen:
            self._session.console.warn(f"taking over the lock of {seen.holder}, which is gone")
        if not self._put("replace" if seen else "create", version=seen.version if seen else ""):
            raise EnvironmentFault(
                "another run took the lock at the same moment", "", "run the command again"
            )
        return True

    def renew_until(self, ended: threading.Event) -> None:
        """Give signs of life until told to end, or until the lock is another's."""
        while not ended.wait(_RENEW_S) and not self._held.lost:
            # A missed beat is no reason to stop: the lease outlasts three of them.
            with contextlib.suppress(DeliveryError):
                self.renew()

    def renew(self) -> None:
        """Give a sign of life; raises a DeliveryError where nobody answered."""
        with self._beat:
            if self._held.lost or self._put("replace", self._version, _RENEW_TIMEOUT_S):
                return
            seen = self._read(_RENEW_TIMEOUT_S)
            if seen is None or (seen.holder, seen.process) != (self._holder, self._process):
                self._held.lose()
                return
            # Ours, in a newer version: the beat before took effect and its answer was lost.
            self._version = seen.version
            self._put("replace", self._version, _RENEW_TIMEOUT_S)

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        with contextlib.suppress(DeliveryError):
            seen = self._read()
            if seen and seen.holder == self._holder:
                self._session.door.mutate(self._kubectl("delete", "lease", NAME), accept=None)

    def _unchanged(self, seen: Lease) -> Lease | None:
        """The lease once its holder missed its renewals; None where it was given back meanwhile.

        Judged by watching, since clocks of other machines differ. Raises EnvironmentFault where it lives.
        """
        if runs_here(seen.process) and age_s(seen) < DURATION_S:
            raise self._refusal(seen)  # its clock is ours
        self._session.console.note(f"waiting for a sign of life of {seen.holder}, which holds the lock")
        until = time.monotonic() + DURATION_S
        while time.monotonic() < until:
            time.sleep(_LOOK_S)
            current = self._read()
            if current is None:
                return None
            if current.renewed != seen.renewed:
                raise self._refusal(current)
        return seen

    def _refusal(self, lease: Lease) -> EnvironmentFault:
        return EnvironmentFault(
            f"another run holds the lock of namespace {self._session.settings.namespace}",
            f"{lease.holder} runs `{lease.command}`, last sign of life {lease.renewed}",
            "wait until it ends; a run that died is taken over after half a minute",
        )

    def _read(self, timeout_s: float = 60.0) -> Lease | None:
        return _read_lease(self._session, self._cluster, timeout_s)

    def _put(self, verb: str, version: str, timeout_s: float = 60.0) -> bool:
        namespace, at_s = self._session.settings.namespace, _boot_s()
        manifest = lease_manifest(
            namespace, self._holder, self._command, version, self._process, self._acquired
        )
        argv = [*self._cluster.kubectl(verb, "--filename", "-"), "-o", "json"]
        answer = self._session.door.mutate(argv, stdin=json.dumps(manifest), accept=None, timeout_s=timeout_s)
        if not answer.ok and f'namespaces "{namespace}" not found' in answer.stderr:
            raise _NoNamespace(f"there is no namespace {namespace}", answer.last_lines())
        if not answer.ok and not any(word in answer.stderr for word in _TAKEN):
            raise CommandFailed("the deploy lock could not be taken", answer.last_lines())
        if answer.ok:
            self._version = parse_lease(json.loads(answer.stdout)).version
            self._held.renewed(at_s)
        return answer.ok

    def _kubectl(self, *arguments: str) -> list[str]:
        return self._cluster.kubectl(*arguments, "--namespace", self._session.settings.namespace)


def _read_lease(session: Session, cluster: Cluster, timeout_s: float = 60.0) -> Lease | None:
    argv = cluster.kubectl(
        "get", "lease", NAME, "-o", "json", "--ignore-not-found", "--namespace", session.settings.namespace
    )
    text = session.door.read(argv, timeout_s=timeout_s).stdout
    return parse_lease(json.loads(text)) if text.strip() else None


def is_gone(lease: Lease) -> bool:
    """Whether the holder ran on this machine and its process has ended; False where nobody can know."""
    return has_ended(lease.process)


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
        process=(metadata.get("annotations") or {}).get(_PROCESS, ""),
    )


def lease_manifest(
    namespace: str, holder: str, command: str, version: str, process: str = "", acquired: str = ""
) -> dict[str, Any]:
    """A Lease of ours; with `version`, only that very version is replaced."""
    notes = {_COMMAND: command, _PROCESS: process}
    metadata: dict[str, Any] = {"name": NAME, "namespace": namespace, "annotations": notes}
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
            "acquireTime": acquired or moment,
            "renewTime": moment,
        },
    }


def timestamp() -> str:
    """Now, as a MicroTime of the Kubernetes API."""
    return datetime.datetime.now(datetime.UTC).strftime(_TIME_FORMAT)


def _boot_s() -> float:
    """Seconds since boot; where the system can tell, those of a suspend count."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
