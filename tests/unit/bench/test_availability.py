"""The client that asks all the while: nothing is missed, and every kind of failure is named."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from delivery.bench.bench_availability import Phase, _tell, table
from delivery.bench.steady_client import Asked, Client, ask_once, summary, threads
from delivery.command import Door
from delivery.console import Console
from delivery.errors import CheckFailed
from delivery.session import Session
from delivery.settings import Settings
from delivery.settings.model import ClusterSettings, Timeouts
from tests.unit.conftest import Printed


class Server(ThreadingHTTPServer):
    """Answers after `slow_s` with `status`."""

    daemon_threads = True
    slow_s, status, asked = 0.0, 200, 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.asked += 1
        time.sleep(server.slow_s)
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as one:
        threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True).start()
        yield one
        one.shutdown()


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/health"


@pytest.mark.parametrize(("status", "fault"), [(200, ""), (302, ""), (404, "HTTP 404"), (503, "HTTP 503")])
def test_an_answer_is_good_below_400(server: Server, status: int, fault: str) -> None:
    server.status = status
    assert ask_once(url(server)) == fault


def test_a_refused_and_a_lost_connection_are_told_by_their_kind() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert ask_once(f"http://127.0.0.1:{port}/").startswith("ConnectionRefusedError")
        listener.listen()

        def hang_up() -> None:
            listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        assert ask_once(f"http://127.0.0.1:{port}/").split(":")[0] in (
            "RemoteDisconnected", "ConnectionResetError",
        )  # fmt: skip


def test_silence_is_a_failure(server: Server) -> None:
    server.slow_s = 3.0
    assert ask_once(url(server), timeout_s=0.2).startswith("TimeoutError")


def test_slow_answers_do_not_slow_the_asking(server: Server) -> None:
    server.slow_s = 0.5
    client, began = Client({"web": url(server)}, rate=20), time.monotonic()
    with client.asking():
        time.sleep(1.0)
    seen = client.due(began, time.monotonic())
    # A busy machine may begin and end late; waiting for each answer would leave two.
    assert len(seen) >= 12
    assert {one.fault for one in seen} == {""}
    assert min(one.took_s for one in seen) >= 0.5


def test_requests_are_timed_from_when_they_were_due(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.slow_s = 0.1
    monkeypatch.setattr("delivery.bench.steady_client._MOST_THREADS", 1)
    client, began = Client({"web": url(server)}, rate=20), time.monotonic()
    with client.asking():
        time.sleep(0.5)
    seen = client.due(began, time.monotonic())
    gaps = [after.at_s - one.at_s for one, after in itertools.pairwise(seen)]
    assert len(gaps) >= 5
    # One at a time takes 0.1 s each; they are due every 0.05 s, so each waits longer than the one before.
    assert gaps == pytest.approx([0.05] * len(gaps))
    assert seen[-1].took_s >= 0.1 * len(seen) - (seen[-1].at_s - seen[0].at_s)


@pytest.mark.parametrize(
    ("rate", "addresses", "timeout_s", "least"), [(20, 2, 10.0, 400), (1, 1, 10.0, 10), (0.5, 3, 1.0, 3)]
)
def test_there_are_threads_for_all_requests_that_can_hang(
    rate: float, addresses: int, timeout_s: float, least: int
) -> None:
    assert least <= threads(rate, addresses, timeout_s) <= least + 2 * addresses


def test_threads_have_an_end() -> None:
    assert threads(100_000, 2, 10.0) == 2000


def test_a_server_that_goes_away_is_noticed_each_time(server: Server) -> None:
    client, began = Client({"web": url(server)}, rate=20), time.monotonic()
    with client.asking():
        time.sleep(0.3)
        server.status = 503
        time.sleep(0.3)
        server.status = 200
        time.sleep(0.3)
    counted = summary(client.due(began, time.monotonic()))
    assert 0 < len(counted.failed) < counted.count
    assert {one.fault for one in counted.failed} == {"HTTP 503"}


def test_percentiles_are_those_of_the_requests() -> None:
    counted = summary([Asked("web", 0.0, n / 100) for n in range(1, 101)])
    assert (counted.count, counted.p50_s, counted.p95_s, counted.max_s) == (100, 0.5, 0.95, 1.0)
    assert summary([]).count == 0


def phase(*asked: Asked) -> Phase:
    return Phase(2, "deploy", "web", 10.0, summary(asked))


def session(console: Console, door: Door) -> Session:
    return Session(Settings("todo", ClusterSettings(), {}, Timeouts(), "p", 3, {}), console, door)


def test_one_failed_request_fails_the_benchmark_with_its_time_and_kind(console: Console, door: Door) -> None:
    bad = Asked("web", 3.25, 0.012, "ConnectionRefusedError: refused")
    with pytest.raises(CheckFailed, match="1 of 2 requests failed") as told:
        _tell(session(console, door), [phase(Asked("web", 1.0, 0.01), bad)], 20, "text")
    assert told.value.why == (
        "round 2, deploy, web: 3.25 s after its begin, for 12 ms: ConnectionRefusedError: refused"
    )


def test_all_answered_is_said_in_figures(console: Console, door: Door, printed: Printed) -> None:
    _tell(session(console, door), [phase(Asked("web", 1.0, 0.010), Asked("web", 1.1, 0.030))], 20, "text")
    assert "2 requests in 10 s, 20 a second to each service, 0 failed: 100.00 % answered" in str(printed)


def test_the_time_of_a_phase_counts_once_for_all_its_services() -> None:
    both = [phase(Asked("web", 1.0, 0.01)), Phase(2, "deploy", "api", 10.0, summary([]))]
    assert table(both, 20)[-1].startswith("1 requests in 10 s")
