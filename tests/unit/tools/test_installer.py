"""Tools are installed whole or not at all, checked, by one process at a time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from delivery.errors import EnvironmentFault, Interrupted, ToolMissing
from delivery.paths import ROOT
from delivery.session import Session
from delivery.tools import installer, web
from delivery.tools.installer import cached, install, tool_dir
from delivery.tools.machine import this_platform
from delivery.tools.tool_model import OfficialRelease, Tool
from delivery.tools.versions import by_pattern
from tests.unit.conftest import Printed
from tests.unit.tools.conftest import MakeSession, ReleaseServer

PROGRAM = b"#!/bin/sh\necho tool v1.2.3\n" + b"# padding\n" * 2000


def sum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_tool(*urls: str, member: str = "", sha256: Mapping[str, str] | None = None) -> Tool:
    releases = tuple(OfficialRelease(f"{url}/tool", f"{url}/tool.sha256", member=member) for url in urls)
    return Tool(
        "tool", "1.2.3", ">=1.2,<2", "required", version_argv=("version",), version_of=by_pattern("tool "),
        sources=releases, sha256=sha256 or {},
    )  # fmt: skip


@pytest.fixture
def tool(server: ReleaseServer) -> Tool:
    """A tool whose release is there, with the sum that its project publishes."""
    server.files["/tool"] = PROGRAM
    server.files["/tool.sha256"] = f"{sum_of(PROGRAM)}  tool\n".encode()
    return make_tool(server.url)


def manifest(tool: Tool) -> dict[str, str]:
    document = json.loads((tool_dir(tool) / tool.wanted / installer.MANIFEST).read_text())
    assert isinstance(document, dict)
    return document


def leftovers(tool: Tool) -> list[str]:
    return sorted(entry.name for entry in tool_dir(tool).iterdir() if entry.name != ".lock")


def test_a_tool_is_installed_executable_and_its_origin_recorded(session: Session, tool: Tool) -> None:
    found = install(session, tool)
    assert subprocess.check_output([found.path]) == b"tool v1.2.3\n"
    assert found.source == "official release"
    record = manifest(tool)
    assert record["verified"].startswith("SHA-256 published at http://127.0.0.1")
    assert record["sha256"] == sum_of(PROGRAM)
    assert leftovers(tool) == ["1.2.3"]
    assert cached(tool) == found


def test_an_installed_tool_is_not_fetched_again(
    make_session: MakeSession, tool: Tool, server: ReleaseServer
) -> None:
    install(make_session(), tool)
    install(make_session(), tool)
    assert server.gets["/tool"] == 1


def test_a_wrong_published_checksum_is_fatal_and_leaves_nothing(
    session: Session, tool: Tool, server: ReleaseServer, printed: Printed
) -> None:
    wrong = "0" * 64
    server.files["/tool.sha256"] = wrong.encode()
    server.files["/other/tool"], server.files["/other/tool.sha256"] = PROGRAM, sum_of(PROGRAM).encode()
    with pytest.raises(EnvironmentFault) as caught:
        install(session, make_tool(server.url, f"{server.url}/other"))
    assert caught.value.exit_code == 5
    assert wrong in caught.value.why
    assert sum_of(PROGRAM) in caught.value.why
    assert server.gets["/other/tool"] == 0, "no other source may be tried after a wrong checksum"
    assert leftovers(tool) == []


def test_our_own_sum_is_preferred_to_the_published_one(session: Session, server: ReleaseServer) -> None:
    server.files["/tool"] = PROGRAM
    install(session, make_tool(server.url, sha256={str(this_platform()): sum_of(PROGRAM)}))
    assert server.gets == {"/tool": 1}


def test_a_program_that_differs_from_the_one_we_saw_is_fatal(session: Session, tool: Tool) -> None:
    ours = replace(tool, sha256={str(this_platform()): sum_of(b"what we saw")})
    with pytest.raises(EnvironmentFault, match="checksum of tool from the official release"):
        install(session, ours)
    assert cached(ours) is None
    assert leftovers(tool) == []


def test_a_checksum_file_that_names_another_file_does_not_count(
    session: Session, tool: Tool, server: ReleaseServer
) -> None:
    server.files["/tool.sha256"] = f"{sum_of(PROGRAM)}  another-file\n".encode()
    with pytest.raises(ToolMissing, match="can't be had") as caught:
        install(session, tool)
    assert "names no SHA-256 of tool" in caught.value.why


def test_the_next_source_serves_where_the_first_does_not(
    session: Session, tool: Tool, server: ReleaseServer, closed_port: str
) -> None:
    found = install(session, make_tool(closed_port, f"{server.url}/absent", server.url))
    assert found.path.is_file()


def test_a_release_that_breaks_off_is_followed_by_the_next_source(
    session: Session, tool: Tool, server: ReleaseServer, printed: Printed
) -> None:
    server.files["/broken/tool"], server.faults["/broken/tool"] = PROGRAM, "short"
    install(session, make_tool(f"{server.url}/broken", server.url))
    assert "! tool: http://127.0.0.1" in str(printed)


def test_a_tool_that_no_source_has_is_missing_with_every_reason(
    session: Session, server: ReleaseServer, closed_port: str
) -> None:
    with pytest.raises(ToolMissing) as caught:
        install(session, make_tool(closed_port, server.url))
    assert caught.value.exit_code == 127
    unreachable, absent = caught.value.why.splitlines()
    assert "can't be reached" in unreachable
    assert "answers 404" in absent
    assert "put a tool >=1.2,<2 on PATH" in caught.value.fix


def archive_of(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def test_a_whole_folder_is_installed_where_the_tool_needs_one(
    session: Session, server: ReleaseServer
) -> None:
    content = archive_of({"go/bin/tool": PROGRAM, "go/src/library": b"text", "other/file": b""})
    server.files["/tool"] = content
    server.files["/tool.sha256"] = sum_of(content).encode()
    found = install(session, replace(make_tool(server.url, member="go/"), program="bin/tool"))
    assert found.path.is_file()
    assert (found.path.parents[1] / "src" / "library").read_text() == "text"
    assert not (found.path.parents[1] / "other").exists()


def test_an_installation_that_was_broken_by_hand_is_made_again(
    make_session: MakeSession, tool: Tool, server: ReleaseServer
) -> None:
    found = install(make_session(), tool)
    found.path.unlink()
    assert cached(tool) is None
    assert install(make_session(), tool).path.is_file()
    assert leftovers(tool) == ["1.2.3"]


def test_a_cache_that_can_not_be_written_is_a_clear_fault(
    session: Session, tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DELIVERY_CACHE", str(tmp_path / "file"))
    with pytest.raises(EnvironmentFault, match="can't be installed into") as caught:
        install(session, tool)
    assert "DELIVERY_CACHE" in caught.value.fix


# What follows runs the installer in processes of their own, as two runs of the kit would.
CHILD = """
import sys
from delivery.command import Door
from delivery.console import Console
from delivery.session import Session
from delivery.settings.model import ClusterSettings, Settings, Timeouts
from delivery.tools.installer import install
from tests.unit.tools.test_installer import make_tool

console = Console()
settings = Settings("todo", ClusterSettings(), {}, Timeouts(), "phase4", 3, {})
print(install(Session(settings, console, Door(console)), make_tool(sys.argv[1])).path)
"""


@pytest.fixture
def start_install(server: ReleaseServer, tool: Tool) -> Callable[[], subprocess.Popen[str]]:
    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", CHILD, server.url], cwd=ROOT, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start


def test_a_download_killed_in_the_middle_leaves_nothing_that_looks_finished(
    start_install: Callable[[], subprocess.Popen[str]], session: Session, tool: Tool, server: ReleaseServer
) -> None:
    server.faults["/tool"] = "stall"
    child = start_install()
    assert server.half_sent.wait(20)
    wait_until(lambda: [file for file in tool_dir(tool).glob(".new-*/tool") if file.stat().st_size])
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert cached(tool) is None
    assert not (tool_dir(tool) / tool.wanted).exists()

    del server.faults["/tool"]
    assert subprocess.check_output([install(session, tool).path]) == b"tool v1.2.3\n"
    assert leftovers(tool) == ["1.2.3"], "the half-made folder of the killed run is gone"


def test_two_processes_that_install_at_once_do_not_hurt_each_other(
    start_install: Callable[[], subprocess.Popen[str]], tool: Tool, server: ReleaseServer
) -> None:
    server.faults["/tool"] = "late"
    children = [start_install(), start_install()]
    answers = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0, 0], answers
    assert {out for out, _ in answers} == {f"{tool_dir(tool) / '1.2.3' / 'tool'}\n"}
    assert server.gets["/tool"] == 1, "the second one takes what the first one installed"
    assert any("another run is installing tool" in err for _, err in answers)
    assert leftovers(tool) == ["1.2.3"]


def test_a_run_that_waits_for_ever_is_told_who_holds_the_lock(
    session: Session, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import filelock

    monkeypatch.setattr(installer, "LOCK_WAIT_S", 0.1)
    tool_dir(tool).mkdir(parents=True)
    with filelock.FileLock(tool_dir(tool) / ".lock"), pytest.raises(EnvironmentFault, match="another run"):
        install(session, tool)


def test_a_run_that_waits_for_another_ends_when_interrupted(session: Session, tool: Tool) -> None:
    import filelock

    caught: list[type[BaseException]] = []

    def wait() -> None:
        try:
            install(session, tool)
        except BaseException as error:
            caught.append(type(error))

    tool_dir(tool).mkdir(parents=True)
    with filelock.FileLock(tool_dir(tool) / ".lock"):
        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        time.sleep(0.5)
        session.door.interrupt()
        thread.join(3)
        assert caught == [Interrupted]


def test_an_interrupt_during_the_download_leaves_nothing(
    session: Session, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(web, "_save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        install(session, tool)
    assert leftovers(tool) == []


def wait_until(condition: Callable[[], object], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
