"""What is wrong with Docker Engine is told apart, and mended only where we may."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from delivery import tools
from delivery.errors import EnvironmentFault
from delivery.session import Session
from delivery.tools import apt, apt_sources, engine, engine_repair
from delivery.tools.engine import EngineState, Look, diagnose
from tests.unit.conftest import Printed
from tests.unit.tools.conftest import FakeProgram, MakeSession
from tests.unit.tools.test_apt_sources import DEB822, POLICY

SOCKET = "unix:///var/run/docker.sock"
GOOD = Look(
    client="/usr/bin/docker", client_version="26.1.5", server_version="26.1.5+dfsg1", buildx_version="0.13.1"
)
DEAD = Look(client="/usr/bin/docker", endpoint=SOCKET, trouble="Cannot connect to the Docker daemon")
REFUSED = "permission denied while trying to connect to the Docker daemon socket"
TOO_NEW = "Error response from daemon: client version 1.52 is too new. Maximum supported API version is 1.41"

CASES = {
    "all is well": (GOOD, EngineState.READY),
    "an engine of Docker's own packages": (replace(GOOD, server_version="28.3.0"), EngineState.READY),
    "an engine older than 20.10": (replace(GOOD, server_version="19.03.8"), EngineState.TOO_OLD),
    "no buildx": (replace(GOOD, buildx_version=""), EngineState.NO_BUILDX),
    "a buildx that is too old": (replace(GOOD, buildx_version="0.9.1"), EngineState.NO_BUILDX),
    "a full disk": (replace(GOOD, free_bytes=10_000_000), EngineState.NO_SPACE),
    "room enough": (replace(GOOD, free_bytes=10_000_000_000), EngineState.READY),
    "nothing at all": (Look(), EngineState.ABSENT),
    "a client without an engine": (DEAD, EngineState.ABSENT),
    "an engine without a client": (Look(daemon="/usr/sbin/dockerd"), EngineState.ABSENT),
    "an engine that is not running": (replace(DEAD, daemon="/usr/sbin/dockerd"), EngineState.STOPPED),
    "a socket of root's": (replace(DEAD, trouble=REFUSED), EngineState.NO_PERMISSION),
    "a client that is too new": (replace(DEAD, trouble=TOO_NEW), EngineState.TOO_OLD),
    "a remote engine": (replace(DEAD, endpoint="tcp://10.0.0.9:2375", daemon="/d"), EngineState.SILENT),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_condition_of_the_engine_is_told_apart(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    seen, state = CASES[case]
    assert diagnose(seen) is state


def test_where_the_engine_runs_in_a_desktop_program_we_start_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert diagnose(DEAD) is EngineState.SILENT


INFO = {
    "ServerVersion": "26.1.5+dfsg1",
    "ClientInfo": {
        "Plugins": [{"Name": "compose"}, {"Name": "buildx", "Version": "0.13.1+ds1", "Path": "/p"}]
    },
}
NOBODY = {"ServerVersion": "", "ClientInfo": INFO["ClientInfo"]}


class Machine:
    """A machine of fake programs: a docker client whose engine runs while the file `running` is there."""

    def __init__(self, root: Path, program: FakeProgram) -> None:
        self.root, self.program = root, program
        self.running = root / "running"
        (root / "good.json").write_text(json.dumps({**INFO, "DockerRootDir": str(root)}))
        (root / "dead.json").write_text(json.dumps(NOBODY))
        self.endpoint = SOCKET

    def client(self) -> None:
        self.program(
            "docker",
            'case "$1" in --version) echo "Docker version 28.2.2, build e6534b4"; exit;;\n'
            f'context) echo "${{DOCKER_HOST:-{SOCKET}}}"; exit;; esac\n'
            f'if [ -e "{self.running}" ]; then /bin/cat "{self.root}/good.json"; exit; fi\n'
            f'/bin/cat "{self.root}/dead.json"; echo "Cannot connect to the Docker daemon" >&2; exit 1',
        )

    def daemon(self, body: str = "") -> None:
        body = body or f'echo starting; : > "{self.running}"; exec /bin/sleep 30'
        self.program("dockerd", f'echo $$ >> "{self.root}/daemons"\n{body}')

    def end_daemons(self) -> None:
        """What was started in the background outlives its test otherwise."""
        started = self.root / "daemons"
        for process in started.read_text().split() if started.exists() else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)

    def apt(self, offers: str) -> None:
        """Debian's apt as far as we call it; installing docker.io brings a client and a daemon."""
        later = self.root / "later-release-added"
        self.program(
            "apt-cache",
            f'case "$2" in "") /bin/cat <<"END"\n{POLICY}END\n;;\n'
            f'docker.io) echo "  Candidate: {offers}";;\n'
            f'*) if [ -e "{later}" ]; then echo "  Candidate: 26.1.5+dfsg1-9"; '
            f'else echo "  Candidate: {offers if offers > "26" else "(none)"}"; fi;; esac',
        )
        self.program(
            "tee", f'echo "$1" >> "{self.root}/written"; /bin/cat >> "{self.root}/written"; : > "{later}"'
        )
        self.program("env", 'while [ "${1#*=}" != "$1" ]; do export "$1"; shift; done; exec "$@"')
        self.client()
        hidden = self.root / "packaged"
        (self.root / "bin" / "docker").rename(hidden)
        self.program(
            "apt-get",
            f'case "$1" in install) echo "RUNLEVEL=$RUNLEVEL" >> "{self.root}/calls.log"; '
            f'/bin/cp "{hidden}" "{self.root}/bin/docker"; '
            f'/bin/cp "{self.root}/daemon" "{self.root}/bin/dockerd";; esac',
        )
        self.daemon()
        (self.root / "bin" / "dockerd").rename(self.root / "daemon")


@pytest.fixture
def machine(tmp_path: Path, program: FakeProgram, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """As root, without systemd, on Debian 12."""
    monkeypatch.setattr(engine, "_DAEMON_FOLDERS", str(tmp_path / "bin"))
    monkeypatch.setattr(apt, "systemd_runs", lambda: False)
    monkeypatch.setattr(apt_sources, "machine_sources", lambda: apt_sources.parse_deb822(DEB822))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("sys.stdin", None)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    made = Machine(tmp_path, program)
    yield made
    made.end_daemons()


Calls = Callable[[], list[str]]


def test_an_engine_that_runs_is_asked_once_a_run_and_left_alone(
    machine: Machine, session: Session, calls: Calls
) -> None:
    machine.client()
    machine.running.touch()
    tools.ensure_engine(session)
    tools.ensure_engine(session)
    assert calls() == ["docker --version", "docker info --format {{json .}}"]


def test_free_room_is_counted_where_the_engine_keeps_its_images(machine: Machine, session: Session) -> None:
    machine.client()
    machine.running.touch()
    assert tools.free_disk_bytes(session) > 0


def test_a_stopped_engine_is_started_in_the_background_and_waited_for(
    machine: Machine, make_session: MakeSession, tmp_path: Path
) -> None:
    machine.client()
    machine.daemon(f'/bin/sleep 0.4; echo up; : > "{machine.running}"; exec /bin/sleep 5')
    tools.ensure_engine(make_session(yes=True))
    assert "up" in (tmp_path / "data" / "dockerd.log").read_text()


def test_the_engine_does_not_inherit_what_is_one_runs_own(
    machine: Machine, make_session: MakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-one-run")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    machine.client()
    machine.daemon(f'export -p; : > "{machine.running}"; exec /bin/sleep 5')
    tools.ensure_engine(make_session(yes=True))
    environment = (tmp_path / "data" / "dockerd.log").read_text()
    assert "https_proxy" in environment and "PATH" in environment
    assert "OPENAI_API_KEY" not in environment


def test_an_engine_that_dies_at_its_start_is_reported_with_its_last_lines(
    machine: Machine, make_session: MakeSession, tmp_path: Path
) -> None:
    machine.client()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dockerd.log").write_text("a line of an earlier start\n")
    machine.daemon("echo loading; echo 'failed to mount overlay: invalid argument'; exit 1")
    with pytest.raises(EnvironmentFault, match="does not start") as caught:
        tools.ensure_engine(make_session(yes=True))
    assert caught.value.why.splitlines() == ["loading", "failed to mount overlay: invalid argument"]
    assert caught.value.exit_code == 5


def test_an_engine_that_never_answers_is_given_up(
    machine: Machine, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_repair, "START_S", 0.6)
    machine.client()
    machine.daemon("echo waiting; exec /bin/sleep 5")
    with pytest.raises(EnvironmentFault, match="does not start") as caught:
        tools.ensure_engine(make_session(yes=True))
    assert caught.value.why == "waiting"


def test_systemd_starts_the_engine_where_it_runs(
    machine: Machine, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch, calls: Calls
) -> None:
    monkeypatch.setattr(apt, "systemd_runs", lambda: True)
    machine.client()
    machine.daemon()
    machine.program("systemctl", f': > "{machine.running}"')
    tools.ensure_engine(make_session(yes=True))
    assert "systemctl start docker" in calls()
    assert not [call for call in calls() if call.startswith("dockerd")]


def test_a_unit_that_fails_is_reported_with_its_journal(
    machine: Machine, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt, "systemd_runs", lambda: True)
    machine.client()
    machine.daemon()
    machine.program("systemctl", "echo see journalctl >&2; exit 1")
    machine.program("journalctl", "echo 'dockerd: no space left on device'")
    with pytest.raises(EnvironmentFault) as caught:
        tools.ensure_engine(make_session(yes=True))
    assert caught.value.why == "dockerd: no space left on device"


def test_a_stopped_engine_is_left_alone_without_leave(
    machine: Machine, session: Session, calls: Calls
) -> None:
    machine.client()
    machine.daemon()
    with pytest.raises(EnvironmentFault, match="installed but does not run") as caught:
        tools.ensure_engine(session)
    assert caught.value.fix == "run `./inv tools.install --names docker --yes`"
    assert not [call for call in calls() if call.startswith("dockerd")]


def test_an_absent_engine_is_not_installed_without_leave(
    machine: Machine, session: Session, calls: Calls
) -> None:
    machine.apt("20.10.24+dfsg1-1")
    with pytest.raises(EnvironmentFault, match="Docker Engine is not installed") as caught:
        tools.ensure_engine(session)
    assert caught.value.exit_code == 5
    assert caught.value.fix == "run `./inv tools.install --names docker --yes`"
    assert calls() == []


def test_on_debian_12_the_engine_comes_from_the_next_release_at_low_priority(
    machine: Machine, make_session: MakeSession, calls: Calls
) -> None:
    machine.apt("20.10.24+dfsg1-1")
    tools.ensure_engine(make_session(yes=True))
    changes = [call for call in calls() if call.startswith(("apt-get", "tee", "dockerd", "RUNLEVEL"))]
    assert changes == [
        "apt-get update -o DPkg::Lock::Timeout=300",
        "tee /etc/apt/preferences.d/todo-delivery-trixie",
        "tee /etc/apt/sources.list.d/todo-delivery-trixie.sources",
        "apt-get update -o DPkg::Lock::Timeout=300",
        "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300"
        " -t /^trixie(|-updates|-security)$/ docker.io docker-cli docker-buildx",
        "RUNLEVEL=1",
        "dockerd ",
    ]
    written = (machine.root / "written").read_text()
    assert "Pin: release n=trixie*\nPin-Priority: 100\n" in written
    assert "URIs: http://mirror.example/debian\nSuites: trixie trixie-updates\n" in written


def test_a_next_release_that_is_among_the_sources_is_not_added_again(
    machine: Machine, make_session: MakeSession, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = apt_sources.parse_deb822(DEB822.replace("Enabled: no\n", ""))
    monkeypatch.setattr(apt_sources, "machine_sources", lambda: there)
    machine.apt("20.10.24+dfsg1-1")
    tools.ensure_engine(make_session(yes=True))
    assert not [call for call in calls() if call.startswith("tee")]
    assert any("-t /^trixie" in call for call in calls())


def test_where_apt_offers_a_fitting_engine_it_is_simply_installed(
    machine: Machine, make_session: MakeSession, calls: Calls
) -> None:
    machine.apt("26.1.5+dfsg1-9")
    tools.ensure_engine(make_session(yes=True))
    assert not [call for call in calls() if call.startswith("tee")]
    (install,) = [call for call in calls() if call.startswith("apt-get install")]
    assert install.endswith("Timeout=300 docker.io docker-cli docker-buildx")


def test_where_no_release_fits_apt_is_not_asked_to_install(
    machine: Machine, make_session: MakeSession, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt_sources, "machine_sources", list)
    machine.apt("19.03.8")
    with pytest.raises(EnvironmentFault, match="apt has no Docker Engine that fits") as caught:
        tools.ensure_engine(make_session(yes=True))
    assert "docker.io 19.03.8" in caught.value.why
    assert not [call for call in calls() if call.startswith("apt-get install")]


def test_a_system_without_apt_is_told_where_to_look(machine: Machine, make_session: MakeSession) -> None:
    with pytest.raises(EnvironmentFault, match="not installed") as caught:
        tools.ensure_engine(make_session(yes=True))
    assert "has no apt" in caught.value.why


def test_without_root_sudo_is_used_where_it_asks_for_no_password(
    machine: Machine, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch, calls: Calls
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    machine.apt("26.1.5+dfsg1-9")
    machine.program("sudo", 'shift; if [ "$1" = true ]; then exit 0; fi; exec "$@"')
    tools.ensure_engine(make_session(yes=True))
    assert f"sudo -n {machine.root}/bin/apt-get update -o DPkg::Lock::Timeout=300" in calls()
    assert f"sudo -n {machine.root}/bin/dockerd" in calls()


def test_without_root_and_with_a_password_the_command_is_named(
    machine: Machine, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    machine.apt("26.1.5+dfsg1-9")
    machine.program("sudo", "echo sudo: a password is required >&2; exit 1")
    with pytest.raises(EnvironmentFault, match="not installed") as caught:
        tools.ensure_engine(make_session(yes=True))
    assert caught.value.fix == "run `sudo ./inv tools.install --names docker --yes`"


def test_a_remote_engine_that_is_silent_is_never_replaced_by_a_local_one(
    machine: Machine, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch, calls: Calls
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    machine.client()
    machine.daemon()
    with pytest.raises(EnvironmentFault, match=r"does not answer at tcp://127\.0\.0\.1:1") as caught:
        tools.ensure_engine(make_session(yes=True))
    assert "DOCKER_HOST" in caught.value.fix
    assert not [call for call in calls() if call.startswith("dockerd")]


def test_a_missing_buildx_is_installed_beside_the_engine_that_is_there(
    machine: Machine, make_session: MakeSession, calls: Calls
) -> None:
    machine.apt("26.1.5+dfsg1-9")
    machine.client()
    machine.running.touch()
    good = machine.root / "good.json"
    whole = good.read_text()
    good.write_text(json.dumps({"ServerVersion": "26.1.5", "ClientInfo": {"Plugins": []}}))
    (machine.root / "whole.json").write_text(whole)
    machine.program("dpkg-query", "exit 1")
    machine.program("apt-get", f'[ "$1" = install ] && /bin/cp "{machine.root}/whole.json" "{good}"; exit 0')
    tools.ensure_engine(make_session(yes=True))
    (install,) = [call for call in calls() if call.startswith("apt-get install")]
    assert install.endswith(" docker-buildx")


def test_a_repair_that_changes_nothing_is_not_tried_for_ever(
    machine: Machine, make_session: MakeSession
) -> None:
    machine.apt("26.1.5+dfsg1-9")
    machine.program("apt-get")
    with pytest.raises(EnvironmentFault, match="Docker Engine is not installed"):
        tools.ensure_engine(make_session(yes=True))


def test_a_dry_run_changes_nothing_and_prints_the_commands(
    machine: Machine, make_session: MakeSession, calls: Calls, printed: Printed
) -> None:
    machine.apt("26.1.5+dfsg1-9")
    tools.ensure_engine(make_session(dry_run=True))
    assert "apt-get install -y" in str(printed)
    assert all(call.startswith("apt-cache") for call in calls())


def test_a_dry_run_does_not_stumble_over_old_lists_of_packages(
    machine: Machine, make_session: MakeSession, printed: Printed
) -> None:
    machine.apt("(none)")
    tools.ensure_engine(make_session(dry_run=True))
    assert "docker.io" in str(printed)


def test_who_only_looks_gets_the_command_and_no_repair_even_with_yes(
    machine: Machine, make_session: MakeSession, calls: Calls
) -> None:
    machine.apt("26.1.5+dfsg1-9")
    with pytest.raises(EnvironmentFault, match="not installed") as caught:
        tools.ensure_engine(make_session(yes=True), may_repair=False)
    assert caught.value.fix == f"run `{engine_repair.INSTALL}`"
    machine.client()
    machine.daemon()
    with pytest.raises(EnvironmentFault, match="does not run") as caught:
        tools.ensure_engine(make_session(yes=True), may_repair=False)
    assert "./inv tools.install" in caught.value.fix
    assert not [call for call in calls() if call.startswith(("apt-get", "dockerd"))]


def test_waiting_for_a_run_that_mends_the_engine_is_told_and_ends(
    machine: Machine, make_session: MakeSession, printed: Printed, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    import filelock

    monkeypatch.setattr(engine, "LOCK_WAIT_S", 0.1)
    folder = tmp_path / "cache" / "tools"
    folder.mkdir(parents=True)
    with filelock.FileLock(folder / ".engine.lock"), pytest.raises(EnvironmentFault, match="another run"):
        tools.ensure_engine(make_session(yes=True))
    assert "another run is mending Docker Engine; waiting for it" in str(printed)
