"""Installs Docker Engine through apt and starts it, with or without systemd; only when allowed to."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Mapping

from delivery.console import Step
from delivery.errors import CommandFailed, EnvironmentFault
from delivery.paths import data_dir
from delivery.session import Session
from delivery.tools import apt, apt_sources
from delivery.tools.privilege import become_root
from delivery.tools.versions import in_range, leading_number

MANUAL = "see docs.docker.com/engine/install for this system"
INSTALL = "./inv tools.install --names docker --yes"
START_S = 30.0
LOG_LINES = 12
_PACKAGES = ("docker.io", "docker-cli", "docker-buildx")
_APT_ACCEPTS = ">=23"  # Debian 12's 20.10 is at its end of life and has no buildx
_LATER = {"bookworm": "trixie"}
_LATER_PRIORITY = 100
_DAEMON_VARIABLES = re.compile(
    r"PATH|HOME|LANG|TZ|TMPDIR|XDG_\w+|DOCKER_\w+|SSL_CERT_(FILE|DIR)|(https?|no|all)_proxy", re.IGNORECASE
)
_SOURCES_FILE = "/etc/apt/sources.list.d/todo-delivery-{release}.sources"
_PREFERENCES_FILE = "/etc/apt/preferences.d/todo-delivery-{release}"


def install_engine(session: Session) -> None:
    """Install the engine, its client and buildx through apt; EnvironmentFault where that can't be."""
    apt.need_apt("Docker Engine is not installed", MANUAL)
    root = become_root(session, "Docker Engine is not installed. Install it through apt?", INSTALL)
    with session.console.step("install Docker Engine through apt", 60) as step, apt.one_at_a_time(session):
        _update(session, root, step)
        target = _target_release(session, root, step)
        # Not every release has all of them: where there is no docker-cli, docker.io brings the client.
        known = [package for package in _PACKAGES if apt.candidate(session, package)]
        apt.install(session, root, [*target, *(known or _PACKAGES)], step.note)


def install_buildx(session: Session) -> None:
    """Install the buildx plugin from the packager whose engine is installed."""
    apt.need_apt("Docker has no buildx", MANUAL)
    root = become_root(session, "Docker has no buildx. Install it through apt?", INSTALL)
    with session.console.step("install docker-buildx through apt", 20) as step, apt.one_at_a_time(session):
        _update(session, root, step)
        dpkg = shutil.which("dpkg-query") or "dpkg-query"
        from_docker = session.door.read([dpkg, "-W", "docker-ce"], accept=None).ok
        package = "docker-buildx-plugin" if from_docker else "docker-buildx"
        target = () if apt.candidate(session, package) else _target_release(session, root, step)
        apt.install(session, root, [*target, package], step.note)


def start_engine(session: Session, daemon: str) -> None:
    """Start the installed engine and wait until it answers, START_S at most."""
    systemd = apt.systemd_runs()
    root = become_root(session, "Docker Engine is installed but does not run. Start it?", start_command())
    with session.console.step("start Docker Engine", 5):
        if systemd:
            _start_by_systemd(session, root)
        else:
            _start_detached(session, [*root, daemon])


def daemons_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Pure: what of our environment a daemon needs; keys and settings of one run are none of its business.

    Those that dockerd's documentation names, and Go's own for proxies, certificates and folders.
    """
    return {name: value for name, value in environ.items() if _DAEMON_VARIABLES.fullmatch(name)}


def start_command() -> str:
    """What a person runs to start the installed engine."""
    return "sudo systemctl start docker" if apt.systemd_runs() else INSTALL


def _start_by_systemd(session: Session, root: tuple[str, ...]) -> None:
    try:
        session.door.mutate([*root, apt.program("systemctl"), "start", "docker"], timeout_s=120)
    except CommandFailed as failed:
        journal = [*root, apt.program("journalctl"), "-u", "docker", "-n", str(LOG_LINES), "--no-pager"]
        lines = session.door.read(journal, accept=None).last_lines()
        raise EnvironmentFault(
            "Docker Engine does not start", lines or failed.why, "`journalctl -u docker` says more"
        ) from failed


def _start_detached(session: Session, argv: list[str]) -> None:
    log = data_dir() / "dockerd.log"
    before = log.stat().st_size if log.exists() else 0
    process = session.door.start_detached(argv, log, daemons_environment(os.environ))
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


def _update(session: Session, root: tuple[str, ...], step: Step) -> None:
    step.note("apt-get update")
    apt.update(session, root)


def _target_release(session: Session, root: tuple[str, ...], step: Step) -> tuple[str, ...]:
    """Arguments that let apt choose from a later release, where its own engine is too old."""
    offered = apt.candidate(session, "docker.io")
    unasked = session.dry_run and not offered  # a dry run leaves apt's lists as old as they are
    if unasked or in_range(leading_number(offered) or "0", _APT_ACCEPTS):
        return ()
    sources = apt_sources.machine_sources()
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
    policy = session.door.read([apt.program("apt-cache"), "policy"]).stdout
    derived = apt_sources.derive(
        apt_sources.machine_sources(), apt_sources.debian_uris(policy), release, later
    )
    if not derived:
        return False
    session.console.note(f"adding Debian {later} at priority {_LATER_PRIORITY} beside {release} for apt")
    tee = [*root, apt.program("tee")]
    preferences = apt_sources.pin(later, _LATER_PRIORITY)
    session.door.mutate([*tee, _PREFERENCES_FILE.format(release=later)], stdin=preferences)
    session.door.mutate([*tee, _SOURCES_FILE.format(release=later)], stdin=apt_sources.render(derived))
    _update(session, root, step)
    return True
