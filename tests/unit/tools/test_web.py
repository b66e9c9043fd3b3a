"""Downloads give up in time and say why; silent hosts cost seconds once."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from pathlib import Path

import pytest

from delivery.errors import Interrupted
from delivery.session import Session
from delivery.tools import hosts, sources, web
from delivery.tools.tool_model import SourceFault
from delivery.tools.web import HttpAnswer
from tests.unit.tools.conftest import MakeSession, ReleaseServer

CONTENT = b"a program" * 5000


@pytest.fixture(autouse=True)
def content(server: ReleaseServer) -> None:
    server.files["/tool"] = CONTENT


def fetch(session: Session, url: str, tmp_path: Path) -> str:
    return web.download(session, url, tmp_path / "got", lambda _: None)


def test_a_download_arrives_whole_and_tells_its_sum(
    session: Session, server: ReleaseServer, tmp_path: Path
) -> None:
    notes: list[str] = []
    got = web.download(session, f"{server.url}/tool", tmp_path / "got", notes.append)
    assert got == hashlib.sha256(CONTENT).hexdigest()
    assert (tmp_path / "got").read_bytes() == CONTENT
    assert notes[-1] == "0 of 0 MB"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (404, "answers 404"), (503, "answers 503"), ("short", "broke off|ended after"),
        ("stall", "stopped answering|broke off"),
    ],
)  # fmt: skip
def test_a_download_that_does_not_come_whole_says_why(
    fault: str | int, said: str, session: Session, server: ReleaseServer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(web, "STALL_S", 0.3)
    server.faults["/tool"] = fault
    began = time.monotonic()
    with pytest.raises(SourceFault, match=said):
        fetch(session, f"{server.url}/tool", tmp_path)
    assert time.monotonic() - began < 5


def test_a_download_that_drips_is_given_up(
    session: Session, server: ReleaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "STALL_S", 0.4)
    server.faults["/tool"] = "slow"
    with pytest.raises(SourceFault, match="slower than"):
        fetch(session, f"{server.url}/tool", tmp_path)


def test_a_download_ends_when_the_run_is_interrupted(
    session: Session, server: ReleaseServer, tmp_path: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    session.door.interrupt()
    with ThreadPoolExecutor(1) as pool, pytest.raises(Interrupted):
        pool.submit(fetch, session, f"{server.url}/tool", tmp_path).result()


@pytest.mark.parametrize(
    ("fault", "why_not"),
    [("", ""), (404, "answers 404"), ("page", "answers with a web page instead of the file")],
)
def test_a_look_at_an_address_tells_whether_the_file_is_there(
    fault: str | int, why_not: str, server: ReleaseServer
) -> None:
    server.faults["/tool"] = fault
    assert web.probe(f"{server.url}/tool") == HttpAnswer(True, why_not)


def test_a_closed_port_is_a_silent_host(closed_port: str) -> None:
    assert web.probe(f"{closed_port}/tool") == HttpAnswer(False, "it can't be reached")


def test_a_host_that_swallows_connections_costs_the_time_of_one_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    monkeypatch.setattr(web, "CONNECT_S", 0.4)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        waiting = [socket.socket() for _ in range(3)]  # the queue is full: further ones get no answer at all
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        began = time.monotonic()
        answer = web.probe(f"http://127.0.0.1:{deaf.getsockname()[1]}/tool")
        took_s = time.monotonic() - began
        for one in waiting:
            one.close()
    assert answer == HttpAnswer(False, "no connection within 0 s")
    assert 0.3 < took_s < 2


def test_name_resolution_that_hangs_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    resumed, others = threading.Event(), set(threading.enumerate())

    def hang(*_: object, **__: object) -> None:
        resumed.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answered")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(web, "PROBE_S", 0.3)
    assert web.probe("https://somewhere.invalid/tool") == HttpAnswer(False, "no answer within 0 s")
    asking = set(threading.enumerate()) - others
    assert asking
    resumed.set()
    # The asking that nobody waits for ends by itself, without a word.
    for thread in asking:
        thread.join(10)
        assert not thread.is_alive()


def test_a_silent_host_is_asked_once_a_run_whatever_the_file(
    session: Session, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = counted(monkeypatch)
    assert hosts.why_not(session, f"{closed_port}/one")
    assert hosts.why_not(session, f"{closed_port}/two")
    assert not sources.reachable(session, closed_port)
    assert asked == [f"{closed_port}/one"]


def test_the_next_run_within_ten_minutes_does_not_ask_again(
    make_session: MakeSession, closed_port: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = counted(monkeypatch)
    hosts.why_not(make_session(), f"{closed_port}/one")
    assert hosts.why_not(make_session(), f"{closed_port}/one").endswith("it can't be reached")
    assert len(asked) == 1
    hosts.why_not(make_session(), f"{closed_port}/one", fresh=True)
    assert len(asked) == 2
    file = tmp_path / "cache" / "tools" / "silent-hosts.json"
    aged = {host: (since - 601, why) for host, (since, why) in json.loads(file.read_text()).items()}
    file.write_text(json.dumps(aged))
    hosts.why_not(make_session(), f"{closed_port}/one")
    assert len(asked) == 3


@pytest.mark.parametrize("rubbish", ["", "[]", '{"host": 1}', '{"host": []}', "\x00"])
def test_a_broken_memory_of_hosts_is_as_good_as_none(
    rubbish: str, session: Session, server: ReleaseServer, tmp_path: Path
) -> None:
    file = tmp_path / "cache" / "tools" / "silent-hosts.json"
    file.parent.mkdir(parents=True)
    file.write_text(rubbish)
    assert sources.reachable(session, server.url)


def test_a_host_that_lacks_one_file_is_not_silent(session: Session, server: ReleaseServer) -> None:
    assert "answers 404" in hosts.why_not(session, f"{server.url}/absent")
    assert not hosts.why_not(session, f"{server.url}/tool")
    assert sources.reachable(session, server.url)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes the addresses that are really asked."""
    asked: list[str] = []
    really = web.probe

    def probe(url: str) -> HttpAnswer:
        asked.append(url)
        return really(url)

    monkeypatch.setattr(web, "probe", probe)
    return asked
