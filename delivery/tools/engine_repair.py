"""Installs Docker Engine through apt and starts it, with or without systemd; only when allowed to."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from delivery.console import Step
from delivery.errors import CommandFailed, EnvironmentFault
from delivery.paths import data_dir
from delivery.session import Session
from delivery.tools import apt_sources
from delivery.tools.versions import in_range, leading_number

MANUAL = "see docs.docker.com/engine/install for this system"
INSTALL = "./inv tools.install --names docker --yes"
START_S = 30.0
LOG_LINES = 12
_PACKAGES = ("docker.io", "docker-cli", "docker-buildx")
_APT_ACCEPTS = ">=23"  # Debian 12's 20.10 is at its end of life and has no buildx
_LATER = {"bookworm": "trixie"}
_LATER_PRIORITY = 100
_APT_S = 1200.0
_SOURCES_FILE = "/etc/apt/sources.list.d/todo-delivery-{release}.sources"
_PREFERENCES_FILE = "/etc/apt/preferences.d/todo-delivery-{release}"


def install_engine(session: Session) -> None:
    """Install the engine, its client and buildx through apt; EnvironmentFault where that can't be."""
    _need_apt("Docker Engine is not installed")
    root = _allowed(session, "Docker Engine is not installed. Install it through apt?", INSTALL)
    with session.console.step("install Docker Engine through apt", 60) as step:
        _apt_update(session, root, step)
        target = _target_release(session, root, step)
        # Not every release has all of them: where there is no docker-cli, docker.io brings the client.
        known = [package for package in _PACKAGES if _candidate(session, package)]
        _apt_install(session, root, [*target, *(known or _PACKAGES)], step)


def install_buildx(session: Session) -> None:
    """Install the buildx plugin from the packager whose engine is installed."""
    _need_apt("Docker has no buildx")
    root = _allowed(session, "Docker has no buildx. Install it through apt?", INSTALL)
    with session.console.step("install docker-buildx through apt", 20) as step:
        _apt_update(session, root, step)
        dpkg = shutil.which("dpkg-query") or "dpkg-query"
        from_docker = session.door.read([dpkg, "-W", "docker-ce"], accept=None).ok
        package = "docker-buildx-plugin" if from_docker else "docker-buildx"
        target = () if _candidate(session, package) else _target_release(session, root, step)
        _apt_install(session, root, [*target, package], step)


def start_engine(session: Session, daemon: str) -> None:
    """Start the installed engine and wait until it answers, START_S at most."""
    systemd = systemd_runs()
    root = _allowed(session, "Docker Engine is installed but does not run. Start it?", start_command())
    with session.console.step("start Docker Engine", 5):
        if systemd:
            _start_by_systemd(session, root)
        else:
            _start_detached(session, [*root, daemon])


def start_command() -> str:
    """What a person runs to start the installed engine."""
    return "sudo systemctl start docker" if systemd_runs() else INSTALL


def _start_by_systemd(session: Session, root: tuple[str, ...]) -> None:
    try:
        session.door.mutate([*root, _program("systemctl"), "start", "docker"], timeout_s=120)
    except CommandFailed as failed:
        journal = [*root, _program("journalctl"), "-u", "docker", "-n", str(LOG_LINES), "--no-pager"]
        lines = session.door.read(journal, accept=None).last_lines()
        raise EnvironmentFault(
            "Docker Engine does not start", lines or failed.why, "`journalctl -u docker` says more"
        ) from failed


def _start_detached(session: Session, argv: list[str]) -> None:
    log = data_dir() / "dockerd.log"
    before = log.stat().st_size if log.exists() else 0
    process = session.door.start_detached(argv, log)
    if session.dry_run:
        return
    deadline = time.monotonic() + START_S
    while not _answers(session):
        session.door.check()
        if _ended(process) or time.monotonic() > deadline:
            with log.open("rb") as content:
                content.seek(before)
                lines = content.read().decode("utf-8", "replace").splitlines()[-LOG_LINES:]
            raise EnvironmentFault("Docker Engine does not start", "\n".join(lines), f"{log} says more")
        time.sleep(0.3)


def _answers(session: Session) -> bool:
    client = shutil.which("docker")
    argv = [client or "docker", "version", "--format", "{{.Server.Version}}"]
    return bool(client) and session.door.read(argv, timeout_s=START_S, accept=None).ok


def _ended(process: int) -> bool:
    """Whether our child is gone; one that was reaped elsewhere is gone as well."""
    try:
        return os.waitpid(process, os.WNOHANG)[0] == process
    except ChildProcessError:
        return True


def _allowed(session: Session, question: str, command: str) -> tuple[str, ...]:
    """How to become root, once the user has agreed; EnvironmentFault naming the command where not."""
    what = question.partition(". ")[0]
    if not (session.yes or session.dry_run or session.console.confirm(question)):
        raise EnvironmentFault(what, "nobody allowed us to change that", f"run `{command}`")
    if os.geteuid() == 0:
        return ()
    sudo = shutil.which("sudo")
    if session.dry_run or (sudo and session.door.read([sudo, "-n", "true"], accept=None).ok):
        return (sudo or "sudo", "-n")
    raise EnvironmentFault(
        what,
        "changing that needs root, and sudo asks for a password here",
        f"run `{command if command.startswith('sudo') else f'sudo {command}'}`",
    )


def systemd_runs() -> bool:
    """Whether systemd is what runs this machine's services."""
    return Path("/run/systemd/system").is_dir()


def _need_apt(what: str) -> None:
    if not shutil.which("apt-get"):
        raise EnvironmentFault(what, "this system has no apt, the only way that we install it", MANUAL)


def _apt_update(session: Session, root: tuple[str, ...], step: Step) -> None:
    step.note("apt-get update")
    argv = [*root, _program("apt-get"), "update"]
    answer = session.door.mutate(argv, timeout_s=_APT_S, accept=None)
    if not answer.ok:  # one broken source of the user's must not stop us: the next step tells what is missing
        session.console.warn(f"apt-get update: {answer.last_lines(1)}")


def _apt_install(session: Session, root: tuple[str, ...], arguments: list[str], step: Step) -> None:
    # Without systemd a package's start script may fail and break the installation: RUNLEVEL=1 holds it back,
    # and we start the engine ourselves.
    env = ["DEBIAN_FRONTEND=noninteractive"]
    if not systemd_runs():
        env.append("RUNLEVEL=1")
    argv = [
        *root, _program("env"), *env, _program("apt-get"), "install", "-y", "--no-install-recommends",
        "-o", "DPkg::Lock::Timeout=300", *arguments,
    ]  # fmt: skip
    session.door.mutate(argv, timeout_s=_APT_S, on_line=step.note)


def _target_release(session: Session, root: tuple[str, ...], step: Step) -> tuple[str, ...]:
    """Arguments that let apt choose from a later release, where its own engine is too old."""
    offered = _candidate(session, "docker.io")
    unasked = session.dry_run and not offered  # a dry run leaves apt's lists as old as they are
    if unasked or in_range(leading_number(offered) or "0", _APT_ACCEPTS):
        return ()
    sources = machine_sources()
    for release, later in _LATER.items():
        if apt_sources.has_suite(sources, later) or _add_release(session, root, (release, later), step):
            return ("-t", f"/^{later}(|-updates|-security)$/")
    raise EnvironmentFault(
        "apt has no Docker Engine that fits",
        f"docker.io {offered or 'is unknown to it'}; {_APT_ACCEPTS} is needed",
        MANUAL,
    )


def _add_release(session: Session, root: tuple[str, ...], names: tuple[str, str], step: Step) -> bool:
    release, later = names
    policy = session.door.read([_program("apt-cache"), "policy"]).stdout
    derived = apt_sources.derive(machine_sources(), apt_sources.debian_uris(policy), release, later)
    if not derived:
        return False
    session.console.note(f"adding Debian {later} at priority {_LATER_PRIORITY} beside {release} for apt")
    tee = [*root, _program("tee")]
    preferences = apt_sources.pin(later, _LATER_PRIORITY)
    session.door.mutate([*tee, _PREFERENCES_FILE.format(release=later)], stdin=preferences)
    session.door.mutate([*tee, _SOURCES_FILE.format(release=later)], stdin=apt_sources.render(derived))
    _apt_update(session, root, step)
    return True


def machine_sources(root: Path = Path("/etc/apt")) -> list[apt_sources.AptSource]:
    """All sources that apt reads on this machine."""
    found: list[apt_sources.AptSource] = []
    for file in [root / "sources.list", *sorted((root / "sources.list.d").glob("*"))]:
        parse = {".list": apt_sources.parse_one_line, ".sources": apt_sources.parse_deb822}.get(file.suffix)
        if parse and file.is_file():
            found += parse(file.read_text(encoding="utf-8", errors="replace"))
    return found


def _candidate(session: Session, package: str) -> str:
    return apt_sources.candidate(session.door.read([_program("apt-cache"), "policy", package]).stdout)


def _program(name: str) -> str:
    return shutil.which(name) or name
