"""SIGKILL at twenty moments of a deploy: whatever it leaves, the next `deploy.all` mends by itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.conftest import Deployment, Kit, request, wait_for

pytestmark = pytest.mark.cluster

CRASH = "services.backend.values.command=['python','-c','raise SystemExit(\"no luck today\")']"
QUICK = ("services.backend.rollout.stabilityS=1", "services.frontend.rollout.stabilityS=1")
# How the traced commands of the phases begin, or what tells them from others.
READ_STATE = "replicasets,pods,configmaps"
LOCK = "create --filename - -o json"
LOOK = "get deployments,statefulsets,replicasets,pods,events"
UPGRADE = "--install --namespace"
RECORD = "apply --server-side --force-conflicts --filename -"
EVIDENCE = "status backend --namespace"
GO_BACK = "rollback backend"
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Point:
    """A moment of a deploy of the backend.

    It comes `wait_s` after the last of the lines that hold `after`, or when helm's newest record of the
    release says `status`. `alone`: what the run had started lives on, as after a kill by hand; else all of
    it goes, as in a power cut. `first`: the release is not installed before. `fails`: the deploy is one that
    goes back.
    """

    name: str
    after: tuple[str, ...] = ()
    wait_s: float = 0.0
    status: str = ""
    alone: bool = False
    first: bool = False
    fails: bool = False


POINTS = (
    Point("start", wait_s=0.7),
    Point("plan", (READ_STATE,)),
    Point("lock", (LOCK,), wait_s=0.2),
    Point("image-check", (LOCK, "ctr")),
    Point("look", (LOOK,)),
    Point("helm-begins", (UPGRADE,)),
    Point("helm-pending", (UPGRADE,), status="pending-upgrade"),
    Point("helm-lives-on", (UPGRADE,), status="pending-upgrade", alone=True),
    Point("watch", (UPGRADE, LOOK), wait_s=3),
    Point("steady", (UPGRADE, LOOK, LOOK, LOOK, LOOK, LOOK, LOOK)),
    Point("record", (UPGRADE, RECORD)),
    Point("recorded", (UPGRADE, RECORD), wait_s=0.3),
    Point("prune", (RECORD, "--all-namespaces")),
    Point("unlock", (RECORD, "delete lease")),
    Point("evidence", (EVIDENCE,), fails=True),
    Point("back-pending", (GO_BACK,), status="pending-rollback", fails=True),
    Point("back-watch", (GO_BACK, LOOK), wait_s=2, fails=True),
    Point("back-record", (GO_BACK, RECORD), fails=True),
    Point("install-pending", (UPGRADE,), status="pending-install", first=True),
    Point("install-watch", (UPGRADE, LOOK), wait_s=2, first=True),
)


@pytest.fixture(scope="module")
def kept(deployed: Deployment) -> None:
    """Data that has to survive it all."""
    deployed.rows("create table if not exists killed as select 42 as one")


# One of each kind in every run, all twenty in test.soak.
ALWAYS = {"lock", "helm-pending", "watch", "recorded", "back-pending", "install-pending"}
CASES = [
    pytest.param(one, id=one.name, marks=() if one.name in ALWAYS else pytest.mark.soak) for one in POINTS
]


@pytest.mark.parametrize("point", CASES)
def test_a_deploy_that_is_killed_is_mended_by_the_next(
    deployed: Deployment, kept: None, point: Point
) -> None:
    wanted = f"services.backend.values.env.KILLED_AT={point.name}"
    if point.first:
        deployed.uninstall("backend")
    kill_at(deployed, point, wanted, *((CRASH,) if point.fails else ()))
    mended = deployed.kit.run("deploy.all", *flags(wanted, *QUICK), "--yes", timeout_s=300)
    assert "Traceback" not in mended.stderr
    rows = {row["service"]: row for row in deployed.kit.json("deploy.status")}
    assert all(row["ready"] and row["verified"] for row in rows.values()), rows
    assert {row["release"] for row in rows.values()} == {"deployed"}
    assert deployed.get("configmap", "backend-config")["data"]["KILLED_AT"] == point.name
    assert deployed.kubectl("get", "leases", "-o", "name").strip() == ""
    assert deployed.kit.left_processes() == []
    assert deployed.rows("select one from killed") == ["42"]
    assert request(deployed.urls["backend"])


def flags(*settings: str) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def kill_at(deployed: Deployment, point: Point, *settings: str) -> None:
    """Run a deploy up to the point and kill it; it must not have ended before."""
    with awaited(deployed, point.status) as come:
        process = deployed.kit.start("deploy.backend", "--verbose", *flags(*settings))
        for text in point.after:
            wait_for(process, text)
        # Known before its record is written, since helm needs no longer than it takes to look for it.
        helm = helm_of(deployed.kit) if point.status and not point.alone else []
        come()
        time.sleep(point.wait_s)
        assert process.poll() is None, "it was over before it could be killed"
        kill(helm)
        process.send_signal(signal.SIGKILL)
    if not point.alone:
        kill(deployed.kit.left_pids())
    process.wait(timeout=30)
    assert process.stdout
    process.stdout.close()
    if point.status and not point.alone:
        assert newest_status(deployed) == point.status


def helm_of(kit: Kit) -> list[int]:
    """The helm that the run has just started."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = [pid for pid in kit.left_pids() if b"/helm\0" in cmdline(pid)]
        if found:
            return found
    pytest.fail("no helm was started")


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def awaited(deployed: Deployment, status: str) -> Iterator[Callable[[], None]]:
    """Yields what waits until helm writes a record of the backend with this status; for none it returns."""
    if not status:
        yield lambda: None
        return
    argv = [
        deployed.kubectl_program, "--kubeconfig", str(deployed.kubeconfig), "--namespace", "todo", "get",
        "secrets", "--selector", f"owner=helm,name=backend,status={status}", "--watch-only", "-o", "name",
    ]  # fmt: skip
    watch = subprocess.Popen(argv, stdout=subprocess.PIPE)
    timer = threading.Timer(PATIENCE_S, watch.kill)
    timer.start()

    def come() -> None:
        assert watch.stdout
        assert watch.stdout.readline(), f"the release never was {status}"

    try:
        yield come
    finally:
        timer.cancel()
        watch.kill()
        watch.communicate()


def newest_status(deployed: Deployment) -> str:
    """What helm's newest record of the backend says."""
    found = deployed.kubectl(
        "get", "secrets", "--selector", "owner=helm,name=backend",
        "-o", "jsonpath={range .items[*]}{.metadata.labels.version} {.metadata.labels.status}{'\\n'}{end}",
    )  # fmt: skip
    lines = [line.split() for line in found.splitlines()]
    return max(((int(number), status) for number, status in lines), default=(0, ""))[1]
