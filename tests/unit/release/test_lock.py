"""The deploy lock: who holds it, whether that run lives, and what becomes of a run that lost it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from delivery.cluster import Cluster
from delivery.command import Result
from delivery.console import Console
from delivery.errors import EnvironmentFault
from delivery.release import lock
from delivery.release.lock import (
    Held,
    Lease,
    age_s,
    deploy_lock,
    is_gone,
    lease_manifest,
    left_by_dead,
    parse_lease,
    timestamp,
)
from delivery.session import Session
from delivery.settings import ClusterSettings, Settings, Timeouts
from tests.unit.conftest import Printed


class LeaseApi:
    """The API server's side of one Lease: versions, conflicts, absence."""

    def __init__(self, console: Console) -> None:
        self.console, self.dry_run = console, False
        self.lease: dict[str, Any] | None = None
        self.version = 0

    def read(self, _argv: Sequence[str], **_: Any) -> Result:
        return self._answer(json.dumps(self.lease) if self.lease else "")

    def mutate(self, argv: Sequence[str], stdin: str = "", **_: Any) -> Result:
        verb = argv[0]
        if verb == "delete":
            self.lease = None
            return self._answer("")
        document = json.loads(stdin)
        if verb == "create" and self.lease:
            return self._answer(error="Error from server (AlreadyExists): leases already exists")
        if verb == "replace" and self.lease is None:
            return self._answer(error="Error from server (NotFound): leases not found")
        if verb == "replace" and document["metadata"].get("resourceVersion") != str(self.version):
            return self._answer(error="Error from server (Conflict): the object has been modified")
        self.put(document)
        return self._answer(json.dumps(self.lease))

    def put(self, document: dict[str, Any]) -> None:
        self.version += 1
        document["metadata"]["resourceVersion"] = str(self.version)
        self.lease = document

    def taken_by(self, holder: str) -> None:
        self.put(lease_manifest("todo", holder, "deploy all", ""))

    @staticmethod
    def _answer(stdout: str = "", error: str = "") -> Result:
        return Result((), int(bool(error)), stdout, error, 0.0)


class AnyCluster:
    """Every kubectl command as it is."""

    def kubectl(self, *arguments: str) -> list[str]:
        return list(arguments)


@pytest.fixture
def api(console: Console) -> LeaseApi:
    return LeaseApi(console)


@pytest.fixture
def session(api: LeaseApi, console: Console) -> Session:
    settings = Settings("todo", ClusterSettings(), {}, Timeouts(), "phase4", 3, {})
    return Session(settings, console, cast(Any, api))


CLUSTER = cast(Cluster, AnyCluster())


def lease(holder: str, renewed: str = "") -> Lease:
    return Lease(holder, "deploy all", renewed or timestamp(), "1")


def dead_pid() -> int:
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def test_the_lock_is_held_for_the_time_of_the_block_and_given_back(api: LeaseApi, session: Session) -> None:
    with deploy_lock(session, CLUSTER, "deploy all") as held:
        assert api.lease
        assert api.lease["spec"]["holderIdentity"].endswith(f":{os.getpid()}")
        held.ensure()
    assert api.lease is None


def test_it_is_given_back_after_an_error_too(api: LeaseApi, session: Session) -> None:
    with pytest.raises(ValueError, match="boom"), deploy_lock(session, CLUSTER, "deploy all"):
        raise ValueError("boom")
    assert api.lease is None


def test_a_living_holder_is_named(api: LeaseApi, session: Session) -> None:
    api.taken_by("someone@elsewhere:17")
    with pytest.raises(EnvironmentFault) as caught, deploy_lock(session, CLUSTER, "deploy all"):
        pytest.fail("the lock was another's")
    assert caught.value.exit_code == 5
    assert "someone@elsewhere:17 runs `deploy all`" in str(caught.value)
    assert api.lease


def test_a_dead_holder_is_taken_over_with_a_word(api: LeaseApi, session: Session, printed: Printed) -> None:
    api.taken_by(f"me@{socket.gethostname()}:{dead_pid()}")
    with deploy_lock(session, CLUSTER, "deploy all"):
        assert api.lease
        assert api.lease["spec"]["holderIdentity"].endswith(f":{os.getpid()}")
    assert "which is gone" in str(printed)


def test_signs_of_life_are_given_until_somebody_else_takes_over(
    api: LeaseApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_RENEW_S", 0.05)
    with deploy_lock(session, CLUSTER, "deploy all") as held:
        before = api.version
        _until(lambda: api.version >= before + 2)
        held.ensure()
        api.taken_by("thief@elsewhere:1")
        _until(lambda: _lost(held))
        with pytest.raises(EnvironmentFault, match="lost its lock"):
            held.ensure()
    assert api.lease
    assert api.lease["spec"]["holderIdentity"] == "thief@elsewhere:1"


def _lost(held: Held) -> bool:
    try:
        held.ensure()
    except EnvironmentFault:
        return True
    return False


def _until(condition: Any) -> None:
    waiting = threading.Event()
    for _ in range(200):
        if condition():
            return
        waiting.wait(0.02)
    pytest.fail("it never came")


def test_a_holder_on_this_machine_whose_process_ended_is_gone() -> None:
    assert is_gone(lease(f"me@{socket.gethostname()}:{dead_pid()}"))


def test_a_living_process_holds_its_lock() -> None:
    assert not is_gone(lease(f"me@{socket.gethostname()}:{os.getppid()}"))


def test_nothing_is_known_of_processes_elsewhere() -> None:
    assert not is_gone(lease("me@another-host:1"))
    assert not is_gone(lease("written by somebody else"))


def test_a_lease_survives_the_way_through_the_api() -> None:
    manifest = lease_manifest("todo", "me@host:1", "deploy all", "")
    assert "resourceVersion" not in manifest["metadata"]
    manifest["metadata"]["resourceVersion"] = "7"
    found = parse_lease(manifest)
    assert (found.holder, found.command, found.version) == ("me@host:1", "deploy all", "7")
    assert age_s(found) < 5


def test_an_empty_lease_is_very_old() -> None:
    found = parse_lease({"metadata": {"resourceVersion": "1"}})
    assert age_s(found) > 10_000


def test_a_lock_that_a_dead_run_left_is_seen_and_a_living_ones_is_not(
    api: LeaseApi, session: Session
) -> None:
    assert not left_by_dead(session, CLUSTER)
    api.taken_by("someone@elsewhere:17")
    assert not left_by_dead(session, CLUSTER)
    assert api.lease
    api.lease["spec"]["renewTime"] = "2026-01-01T00:00:00.000000Z"
    assert left_by_dead(session, CLUSTER)
    api.taken_by(f"me@{socket.gethostname()}:{dead_pid()}")
    assert left_by_dead(session, CLUSTER)
