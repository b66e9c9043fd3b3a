"""The deploy lock: who holds it, whether that run lives, and what becomes of a run that lost it."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Any, cast

import pytest

from delivery.cluster import Cluster
from delivery.command import Result
from delivery.console import Console
from delivery.errors import EnvironmentFault, TimedOut
from delivery.release import lock
from delivery.release.holder import process_identity
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
        self.beating = False
        self.lost_answers = 0
        self.namespace = True

    def read(self, _argv: Sequence[str], **_: Any) -> Result:
        if self.beating and self.lease:
            self.lease["spec"]["renewTime"] = timestamp()
        return self._answer(json.dumps(self.lease) if self.lease else "")

    def mutate(self, argv: Sequence[str], stdin: str = "", **_: Any) -> Result:
        verb = argv[0]
        if verb == "delete":
            self.lease = None
            return self._answer("")
        document = json.loads(stdin)
        if not self.namespace:
            return self._answer(error='Error from server (NotFound): namespaces "todo" not found')
        if verb == "create" and self.lease:
            return self._answer(error="Error from server (AlreadyExists): leases already exists")
        if verb == "replace" and self.lease is None:
            return self._answer(error="Error from server (NotFound): leases not found")
        if verb == "replace" and document["metadata"].get("resourceVersion") != str(self.version):
            return self._answer(error="Error from server (Conflict): the object has been modified")
        self.put(document)
        if verb == "replace" and self.lost_answers:
            self.lost_answers -= 1
            raise TimedOut("`kubectl` took longer than 9 s and was ended")
        return self._answer(json.dumps(self.lease))

    def put(self, document: dict[str, Any]) -> None:
        self.version += 1
        document["metadata"]["resourceVersion"] = str(self.version)
        self.lease = document

    def taken_by(self, holder: str, process: str = "") -> None:
        self.put(lease_manifest("todo", holder, "deploy all", "", process))

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


def lease(process: str) -> Lease:
    return Lease("me@host:1", "deploy all", timestamp(), "1", process)


def dead_process() -> str:
    child = subprocess.Popen(["sleep", "60"])
    identity = process_identity(child.pid)
    child.kill()
    child.wait()
    return identity


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
    api.beating = True
    with pytest.raises(EnvironmentFault) as caught, deploy_lock(session, CLUSTER, "deploy all"):
        pytest.fail("the lock was another's")
    assert caught.value.exit_code == 5
    assert "someone@elsewhere:17 runs `deploy all`" in str(caught.value)
    assert api.lease


def test_a_living_holder_on_this_machine_is_named_at_once(api: LeaseApi, session: Session) -> None:
    api.taken_by("me@host:1", process_identity(os.getppid()))
    began = time.monotonic()
    with pytest.raises(EnvironmentFault, match="another run holds"), deploy_lock(session, CLUSTER, "x"):
        pytest.fail("the lock was another's")
    assert time.monotonic() - began < 0.9


def test_a_dead_holder_is_taken_over_with_a_word(api: LeaseApi, session: Session, printed: Printed) -> None:
    api.taken_by("me@host:1", dead_process())
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
    assert is_gone(lease(dead_process()))


def test_a_living_process_holds_its_lock() -> None:
    assert not is_gone(lease(process_identity(os.getppid())))


def test_another_process_with_the_same_number_is_not_the_holder() -> None:
    boot, namespace, pid, started = process_identity(os.getppid()).split()
    assert is_gone(lease(f"{boot} {namespace} {pid} {int(started) - 1}"))


def test_nothing_is_known_of_processes_of_another_machine_or_container_whatever_its_name() -> None:
    boot, namespace, pid, started = dead_process().split()
    assert not is_gone(lease(f"another-boot {namespace} {pid} {started}"))
    assert not is_gone(lease(f"{boot} pid:[1] {pid} {started}"))
    assert not is_gone(lease(""))
    assert not is_gone(lease("written by somebody else"))


def test_a_beat_whose_answer_is_lost_loses_no_lock(
    api: LeaseApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_RENEW_S", 0.05)
    api.lost_answers = 1
    with deploy_lock(session, CLUSTER, "deploy all") as held:
        _until(lambda: api.version >= 5)
        held.ensure()


def test_after_a_pause_the_lock_is_renewed_before_anything_is_changed(
    api: LeaseApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deploy_lock(session, CLUSTER, "deploy all") as held:
        slept_s = lock._boot_s() + 3600
        monkeypatch.setattr(lock, "_boot_s", lambda: slept_s)
        before = api.version
        held.ensure()
        assert api.version == before + 1
        api.taken_by("thief@elsewhere:1")
        monkeypatch.setattr(lock, "_boot_s", lambda: slept_s + 3600)
        with pytest.raises(EnvironmentFault, match="lost its lock"):
            held.ensure()


def test_after_a_pause_an_api_server_that_is_away_leaves_the_lock_unsure(
    api: LeaseApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deploy_lock(session, CLUSTER, "deploy all") as held:
        slept_s = lock._boot_s() + 3600
        monkeypatch.setattr(lock, "_boot_s", lambda: slept_s)
        api.lost_answers = 1
        with pytest.raises(EnvironmentFault, match="can't tell"):
            held.ensure()


@pytest.mark.parametrize("ahead_s", [-7200, 0, 7200])
def test_a_silent_holder_is_taken_over_after_one_lease_whatever_its_clock_says(
    api: LeaseApi, session: Session, monkeypatch: pytest.MonkeyPatch, ahead_s: int
) -> None:
    monkeypatch.setattr(lock, "DURATION_S", 0.3)
    monkeypatch.setattr(lock, "_LOOK_S", 0.05)
    api.taken_by("someone@elsewhere:17")
    assert api.lease
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=ahead_s)
    api.lease["spec"]["renewTime"] = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    began = time.monotonic()
    with deploy_lock(session, CLUSTER, "deploy all"):
        assert time.monotonic() - began >= 0.3


def test_beats_keep_the_time_at_which_the_lock_was_taken(
    api: LeaseApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_RENEW_S", 0.05)
    with deploy_lock(session, CLUSTER, "deploy all"):
        assert api.lease
        taken = api.lease["spec"]["acquireTime"]
        _until(lambda: api.version >= 3)
        assert api.lease["spec"]["acquireTime"] == taken
        assert api.lease["spec"]["renewTime"] > taken


def test_a_namespace_that_does_not_exist_needs_no_lock(api: LeaseApi, session: Session) -> None:
    api.namespace = False
    with deploy_lock(session, CLUSTER, "build prune") as held:
        held.ensure()
    assert api.lease is None


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
    api.taken_by("me@host:1", dead_process())
    assert left_by_dead(session, CLUSTER)
