"""Rounds of bench.availability over a server that is asked, with the deploys in our hands."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from delivery.bench import bench_availability as bench
from delivery.bench.bench_availability import bench_availability
from delivery.bench.steady_client import Client
from delivery.command import Door
from delivery.console import Console
from delivery.errors import (
    CheckFailed,
    DeployFailed,
    DeployFailedRolledBack,
    EnvironmentFault,
    Interrupted,
    InvalidInput,
)
from delivery.session import Session
from delivery.settings import Service, Settings
from delivery.settings.model import ClusterSettings, Timeouts
from tests.unit.conftest import Printed

WEB = Service(
    "web", Path("helm/web"), Path("Dockerfile.web"), Path(), "app-web", 80,
    health_path="/health", node_port=30000,
)  # fmt: skip


class App:
    """The app and its cluster: pages that can be made to hang, deploys that can be made to fail."""

    def __init__(self) -> None:
        self.hangs, self.away = threading.Event(), threading.Event()
        self.deployed: list[dict[str, Any]] = []
        self.outcome: BaseException | None = DeployFailedRolledBack("web did not come up")
        self.reachable = True
        self.while_broken: Callable[[], None] = lambda: None

    def deploy(self, session: Session) -> None:
        values = dict(session.settings.services["web"].values)
        if self.away.is_set():
            raise EnvironmentFault("the API is still away")
        self.deployed.append(values)
        if "command" in values:
            self.while_broken()
            if self.outcome:
                raise self.outcome

    def address(self, node_port: int) -> str | None:
        return self.url if self.reachable and node_port == 30000 else None

    url = ""


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    app = App()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            while app.hangs.is_set():
                time.sleep(0.02)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    monkeypatch.setattr(bench, "deploy", app.deploy)
    monkeypatch.setattr("delivery.cluster.connect", lambda _session: app)
    monkeypatch.setattr(bench, "_QUIET_S", 0.1)
    monkeypatch.setattr(bench, "Client", lambda urls, rate: Client(urls, rate, timeout_s=0.5))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        app.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield app
        app.hangs.clear()
        server.shutdown()


@pytest.fixture
def session(console: Console, door: Door) -> Session:
    return Session(Settings("todo", ClusterSettings(), {"web": WEB}, Timeouts(), "p", 3, {}), console, door)


def phases(printed: Printed) -> dict[str, dict[str, Any]]:
    return {one["name"]: one["requests"] for one in json.loads(printed.out.getvalue())}


def test_a_request_that_hangs_is_counted_where_it_was_due(
    app: App, session: Session, printed: Printed
) -> None:
    # A request's patience is longer than what is left of the phase: all are still under way at its end.
    app.while_broken = app.hangs.set
    with pytest.raises(CheckFailed, match="requests failed"):
        bench_availability(session, 1, 50, "json")
    seen = phases(printed)
    assert seen["deploy"]["count"] > 0
    assert len(seen["failed deploy, back"]["failed"]) >= 3
    assert all(one["fault"].startswith("TimeoutError") for one in seen["failed deploy, back"]["failed"])


def test_a_round_is_a_change_a_fault_and_what_was(app: App, session: Session, printed: Printed) -> None:
    bench_availability(session, 2, 50, "json")
    commands = [values.get("command") for values in app.deployed]
    assert commands == [None, None, ["false"], None, None, ["false"], None]
    assert app.deployed[-1] == {}
    assert set(phases(printed)) == {"deploy", "failed deploy, back", "deploy of what was"}


@pytest.mark.parametrize(
    "outcome",
    [DeployFailed("not back"), EnvironmentFault("the API is away"), RuntimeError("a bug"), None],
    ids=["failed for good", "no answer", "internal error", "came up"],
)
def test_whatever_comes_of_the_fault_it_does_not_stay(
    app: App, session: Session, outcome: BaseException | None
) -> None:
    app.outcome = outcome
    with pytest.raises(type(outcome) if outcome else CheckFailed):
        bench_availability(session, 1, 20)
    assert app.deployed[-1] == {}


@pytest.mark.parametrize("outcome", [Interrupted("Ctrl-C"), KeyboardInterrupt()], ids=["told", "at once"])
def test_who_interrupts_is_told_what_is_left(
    app: App, session: Session, printed: Printed, outcome: BaseException
) -> None:
    app.outcome = outcome
    with pytest.raises(type(outcome)):
        bench_availability(session, 1, 20)
    assert "command" in app.deployed[-1]
    assert "may still be deployed: ./inv deploy.all" in str(printed)


def test_a_fault_that_cannot_be_taken_away_is_told(app: App, session: Session, printed: Printed) -> None:
    app.outcome = EnvironmentFault("the API is away")

    app.while_broken = app.away.set
    with pytest.raises(EnvironmentFault, match="the API is away"):
        bench_availability(session, 1, 20)
    assert "may still be deployed: the API is still away" in str(printed)


def test_a_node_port_that_is_not_reached_is_not_replaced_by_a_forward(app: App, session: Session) -> None:
    app.reachable = False
    with pytest.raises(InvalidInput, match="node ports of web can't be reached"):
        bench_availability(session, 1, 20)


def test_no_service_with_a_node_port_is_an_error(app: App, session: Session) -> None:
    hidden = replace(session.settings, services={"web": replace(WEB, node_port=None)})
    with pytest.raises(InvalidInput, match="nodePort and healthPath"):
        bench_availability(replace(session, settings=hidden), 1, 20)
