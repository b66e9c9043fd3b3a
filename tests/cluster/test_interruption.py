"""Ctrl-C in every phase, two deploys at once, a killed deploy: nothing is left over, run again works."""

from __future__ import annotations

import contextlib
import secrets
import signal
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster.conftest import Deployment, Kit, interrupt, request, wait_for

pytestmark = pytest.mark.cluster

# The arguments of helm's upgrade, which comes after the lock was taken.
UPGRADE = "--install --namespace"
# phase → the commands, one after another, after the last of which the interrupt comes
PHASES = {
    "build": ("buildx build",),
    "load": ("ctr",),
    "helm": ("helm/",),
    "watch": (UPGRADE, "get deployments,statefulsets,replicasets,pods,events --namespace todo"),
}


def touch_backend(kit: Kit) -> None:
    source = kit.folder / "backend" / "src" / "application.py"
    source.write_text(source.read_text() + f"\n# {secrets.token_hex(8)}\n")


@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c_leaves_no_child_and_no_lock_and_the_next_run_goes_on(
    deployed: Deployment, phase: str
) -> None:
    touch_backend(deployed.kit)
    process = deployed.kit.start("deploy.backend", "--verbose")
    for text in PHASES[phase]:
        wait_for(process, text)
    code, output = interrupt(process)
    assert code == 130, output
    assert "Traceback" not in output
    assert deployed.kit.left_processes() == []
    assert deployed.kubectl("get", "leases", "-o", "name").strip() == ""
    deployed.kit.run("deploy.backend")
    assert request(deployed.urls["backend"])


def test_ctrl_c_while_the_cluster_is_made_leaves_nothing_in_the_way(kit: Kit) -> None:
    other = replace(kit, cluster=f"u{secrets.token_hex(3)}", mark=secrets.token_hex(8))
    try:
        process = other.start("cluster.up", "--verbose")
        wait_for(process, "create cluster")
        code, output = interrupt(process)
        assert code == 130, output
        assert other.left_processes() == []
        other.run("cluster.up")
        assert other.json("cluster.status")["state"] == "running"
    finally:
        other.run("cluster.down", "--yes", check=False)
    assert other.json("cluster.status")["state"] == "absent"


def test_the_second_of_two_deploys_says_who_holds_the_lock(deployed: Deployment) -> None:
    touch_backend(deployed.kit)
    first = deployed.kit.start("deploy.backend", "--verbose")
    seen = wait_for(first, UPGRADE)
    second = deployed.kit.run(
        "deploy.backend", "--set", "services.backend.values.env.LOG_LEVEL=DEBUG", check=False
    )
    output, _ = first.communicate(timeout=300)
    assert first.returncode == 0, "".join(seen) + output
    assert second.returncode == 5
    assert f":{first.pid}" in second.stderr
    assert "deploy backend" in second.stderr


def test_a_killed_deploy_is_mended_by_the_next(deployed: Deployment) -> None:
    touch_backend(deployed.kit)
    process = deployed.kit.start("deploy.backend", "--verbose")
    wait_for(process, UPGRADE)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    done = deployed.kit.run("deploy.backend")
    assert "which is gone" in done.stderr
    assert request(deployed.urls["backend"])
    status = {row["service"]: row for row in deployed.kit.json("deploy.status")}
    assert status["backend"]["verified"]


def test_a_taken_port_is_answered_with_another(kit: Kit, deployed: Deployment) -> None:
    other = replace(kit, cluster=f"p{secrets.token_hex(3)}")
    try:
        done = other.run("cluster.up")
        ports = other.json("cluster.status")["ports"]
        taken = set(deployed.kit.json("cluster.status")["ports"].values())
        assert len(set(ports.values())) == len(ports)
        assert not taken & set(ports.values())
        assert "30000" in done.stderr
    finally:
        other.run("cluster.down", "--yes", check=False)


def test_without_a_docker_daemon_the_error_names_the_command(kit: Kit) -> None:
    done = kit.run("build.backend", check=False, DOCKER_HOST="unix:///nonexistent/docker.sock")
    assert done.returncode == 5
    assert "Docker" in done.stderr
    assert "next:" in done.stderr
    assert "Traceback" not in done.stderr


class Wire:
    """A socket that leads to the Docker daemon until it is cut: the real daemon is everybody's."""

    def __init__(self, path: Path) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """The daemon is gone: open connections break, new ones are refused."""
        for end in [self.listener, *self.ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect("/var/run/docker.sock")
                self.ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def test_a_daemon_that_dies_during_a_build_is_an_error_not_a_hang(kit: Kit, tmp_path: Path) -> None:
    wire = Wire(tmp_path / "d.sock")
    touch_backend(kit)
    process = kit.start("build.backend", "--verbose", DOCKER_HOST=f"unix://{tmp_path}/d.sock")
    seen = wait_for(process, "buildx build")
    time.sleep(0.5)
    wire.cut()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 5, "".join(seen) + output
    assert "Traceback" not in output
    assert kit.left_processes() == []
