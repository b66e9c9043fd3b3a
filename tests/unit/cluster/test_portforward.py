"""A port-forward that is kept alive, on a kubectl that ends as the real one does when its pod goes."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery import cluster
from delivery.cluster.handle import Cluster
from delivery.cluster.provider import ClusterState, Seen
from delivery.cluster.provider_choice import PROVIDERS
from delivery.errors import EnvironmentFault
from delivery.session import Session
from tests.unit.cluster.conftest import MakeSession
from tests.unit.conftest import Printed

KUBECTL = """\
#!{python} -SE
import http.server, json, os, pathlib, sys
starts = pathlib.Path({starts!r})
with starts.open("a") as file:
    file.write(json.dumps({{"pid": os.getpid(), "argv": sys.argv[1:]}}) + "\\n")
if "service/nope" in sys.argv:
    sys.exit('Error from server (NotFound): services "nope" not found')
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"here")
        if self.path == "/lose-pod":
            print("error: lost connection to pod", file=sys.stderr, flush=True); os._exit(1)
    def log_message(self, *_): pass
port = int(sys.argv[-1].split(":")[0])
http.server.ThreadingHTTPServer.allow_reuse_address = True
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Answer)
print(f"Forwarding from 127.0.0.1:{{port}} -> 80", flush=True)
server.serve_forever()
"""


@pytest.fixture
def starts(tmp_path: Path) -> Path:
    return tmp_path / "starts"


@pytest.fixture
def session(
    make_session: MakeSession, tmp_path: Path, starts: Path, monkeypatch: pytest.MonkeyPatch
) -> Session:
    program = tmp_path / "kubectl"
    program.write_text(KUBECTL.format(python=Path(sys.executable).resolve(), starts=str(starts)))
    program.chmod(0o755)
    monkeypatch.setattr("delivery.tools.path", lambda _session, _name: str(program))
    return make_session()


def handle(session: Session) -> Cluster:
    return Cluster(
        name="trial", provider="kind", context="kind-trial", kubeconfig=Path("kubeconfig"), owned=True,
        seen=Seen(ClusterState.RUNNING), _session=session, _provider=PROVIDERS["kind"](session, "trial"),
    )  # fmt: skip


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=5) as answer:
        body: bytes = answer.read()
    return body


def eventually(check: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        try:
            if check():
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def test_the_service_answers_here_and_goes_on_when_its_pod_goes(session: Session, starts: Path) -> None:
    with cluster.port_forward(session, handle(session), "todo", "web", 80) as address:
        assert get(f"{address}/lose-pod") == b"here"
        assert eventually(lambda: len(starts.read_text().splitlines()) == 2)
        assert eventually(lambda: get(address) == b"here")
    calls = [json.loads(line) for line in starts.read_text().splitlines()]
    assert calls[0]["argv"] == calls[1]["argv"]
    assert calls[0]["argv"][4:-1] == [
        "--namespace", "todo", "port-forward", "--address", "127.0.0.1", "service/web",
    ]  # fmt: skip
    assert not [call for call in calls if runs(call["pid"])]


def test_a_forward_that_can_not_be_opened_tells_kubectls_reason(session: Session) -> None:
    with (
        pytest.raises(EnvironmentFault) as caught,
        cluster.port_forward(session, handle(session), "todo", "nope", 80),
    ):
        pass
    assert 'services "nope" not found' in caught.value.why


def test_nothing_is_left_when_the_block_fails(session: Session, starts: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        cluster.port_forward(session, handle(session), "todo", "web", 80),
    ):
        raise ZeroDivisionError
    assert not runs(json.loads(starts.read_text())["pid"])


def test_an_interrupt_ends_the_forward_and_it_is_not_started_again(session: Session, starts: Path) -> None:
    with cluster.port_forward(session, handle(session), "todo", "web", 80):
        session.door.interrupt()
        time.sleep(1)
        calls = [json.loads(line) for line in starts.read_text().splitlines()]
        assert len(calls) == 1
        assert not runs(calls[0]["pid"])


def test_a_dry_run_forwards_nothing(
    session: Session, make_session: MakeSession, starts: Path, printed: Printed
) -> None:
    dry = make_session(dry_run=True)
    with cluster.port_forward(dry, handle(dry), "todo", "web", 80) as address:
        assert address.startswith("http://127.0.0.1:")
    assert "port-forward" in str(printed)
    assert not starts.exists()
