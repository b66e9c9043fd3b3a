"""A session over a small project, and a minikube that makes no machines."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from delivery.command import Door
from delivery.console import Console
from delivery.session import Session
from delivery.settings import ClusterSettings, Minikube, Service, Settings, Timeouts
from delivery.tools.tool_model import Found

TESTS = Path(__file__).resolve().parents[2]
FAKE = TESTS / "fakes" / "minikube"

MakeSession = Callable[..., Session]


def settings_of(cluster: ClusterSettings, ports: dict[str, int], timeouts: Timeouts) -> Settings:
    """Settings with one service a port."""
    services = {
        name: Service(
            name=name, chart=Path("chart"), dockerfile=Path("Dockerfile"), context=Path(),
            image=f"app-{name}", port=80, node_port=port,
        )
        for name, port in ports.items()
    }  # fmt: skip
    return Settings("todo", cluster, services, timeouts, "phase4", 3, {})


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records, caches and the user's kubeconfig lie in the test's own folder."""
    monkeypatch.setenv("DELIVERY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DELIVERY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("MINIKUBE_HOME", raising=False)


@pytest.fixture
def make_session(console: Console) -> MakeSession:
    def make(
        *, ports: dict[str, int] | None = None, yes: bool = False, dry_run: bool = False,
        minikube: Minikube | None = None, cluster_s: float = 20, **cluster: object,
    ) -> Session:  # fmt: skip
        chosen = ClusterSettings(minikube=minikube or Minikube(), **{"name": "trial", **cluster})  # type: ignore[arg-type]
        settings = settings_of(chosen, ports or {}, Timeouts(cluster_s=cluster_s))
        return Session(settings, console, Door(console, dry_run=dry_run), yes)

    return make


@dataclass(frozen=True)
class FakeMinikube:
    """The state of the fake, seen from a test."""

    folder: Path

    def break_it(self, *faults: str) -> None:
        """From now on these things go wrong."""
        (self.folder / "faults").write_text(" ".join(faults), encoding="utf-8")

    def engine_has(self, reference: str, image_id: str) -> None:
        """The local Docker Engine has this image."""
        path = self.folder / "engine.json"
        images = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(json.dumps({**images, reference: image_id}), encoding="utf-8")

    def calls(self, program: str, command: str) -> list[list[str]]:
        """The argument lists of this command so far."""
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        return [call[1:] for call in map(json.loads, lines) if call[:2] == [program, command]]


def _found(programs: Path, name: str) -> Found:
    return Found(programs / name, "", "on PATH")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that a server of somebody else listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMinikube:
    """The fake on PATH, as minikube, kubectl and docker; the engine counts as there."""
    programs, state = tmp_path / "bin", tmp_path / "fake"
    programs.mkdir()
    state.mkdir()
    for name in ("minikube", "kubectl", "docker"):
        (programs / name).symlink_to(FAKE)
    # Spares the fake a detour through shims of version managers.
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_MINIKUBE", str(state))
    # Where tools are found has tests of its own; asking each for its version costs time.
    monkeypatch.setattr("delivery.tools.path", lambda _session, name: str(programs / name))
    monkeypatch.setattr("delivery.cluster.programs.find", lambda _session, tool: _found(programs, tool.name))
    monkeypatch.setattr("delivery.tools.ensure_engine", lambda _session, **_: None)
    return FakeMinikube(state)
