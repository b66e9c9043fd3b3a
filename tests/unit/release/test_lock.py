"""The deploy lock's pure parts: who holds it, and whether that run lives."""

from __future__ import annotations

import os
import socket
import subprocess

from delivery.release.lock import Lease, age_s, is_gone, lease_manifest, parse_lease, timestamp


def lease(holder: str, renewed: str = "") -> Lease:
    return Lease(holder, "deploy all", renewed or timestamp(), "1")


def dead_pid() -> int:
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


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
