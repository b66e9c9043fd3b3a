"""How long a container takes from `docker run` to its first good health answer."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from delivery.criteria.app_client import AppFault
from delivery.criteria.criterion import Measurement, NotMeasured, Outcome, Proof
from delivery.criteria.own_database import Surroundings, docker, surroundings
from delivery.criteria.subject import Subject
from delivery.packages.docker import image_id
from delivery.rollout.probe import ask

SAMPLES = 5
_POLL_S = 0.02
# So long after its limit it is given up on.
_PATIENCE = 2.0


@dataclass(frozen=True)
class Start:
    """One start: seconds until it answered, what its own HEALTHCHECK said, its user."""

    seconds: float
    health: str
    user: str


def measured_start(subject: Subject, name: str, limit_s: float) -> Outcome:
    """Start the deployed image five times; the slowest counts."""
    if not image_id(subject.session, subject.image(name)):
        raise NotMeasured(f"image {subject.image(name)} is not in Docker here", "", "./inv build.all")
    with surroundings(subject) as there:
        starts = [started(subject, name, there, limit_s * _PATIENCE) for _ in range(SAMPLES)]
    return outcome(subject, name, starts, limit_s)


def outcome(subject: Subject, name: str, starts: list[Start], limit_s: float) -> Outcome:
    """What is judged of the starts."""
    unwell = [one.health for one in starts if one.health]
    roots = [one.user for one in starts if one.user in ("", "0", "root")]
    path = subject.service(name).health_path
    return Outcome(
        (Measurement.worst_of("ready", tuple(one.seconds for one in starts), limit_s),),
        (
            Proof("the image's own HEALTHCHECK passes", not unwell, "; ".join(unwell[:1])),
            Proof("it runs as a user without rights", not roots, f"user {starts[0].user or 'root'}"),
        ),
        (f"{SAMPLES} × docker run {subject.image(name)}, until GET {path} was answered with 2xx",),
        (),
        "plain docker run against a real database with the app's tables; docker's own time is in it",
    )


def started(subject: Subject, name: str, there: Surroundings, patience_s: float) -> Start:
    """One start, measured and removed. Raises AppFault where it never answers."""
    service = subject.service(name)
    began = time.monotonic()
    with running(subject, name, there) as container:
        base = f"http://{published_at(subject, container, service.port)}"
        while ask(base + service.health_path):
            if time.monotonic() - began > patience_s or not _runs(subject, container):
                raise AppFault(f"{name} was not ready after {patience_s:.0f} s", _logs(subject, container))
            time.sleep(_POLL_S)
        seconds = time.monotonic() - began
        return Start(seconds, *_inspected(subject, container))


@contextlib.contextmanager
def running(subject: Subject, name: str, there: Surroundings) -> Iterator[str]:
    """A container of the deployed image, removed behind the block; gives its id."""
    port = subject.service(name).port
    argv = [
        docker(subject), "run", "--detach", "--publish", f"127.0.0.1::{port}", *there.run_options(name),
        subject.image(name),
    ]  # fmt: skip
    container = ""
    try:
        container = subject.session.door.mutate(argv, env=there.environment[name]).stdout.strip()
        yield container
    finally:
        if container:
            subject.session.door.mutate(
                [docker(subject), "rm", "--force", "--volumes", container], accept=None
            )


def published_at(subject: Subject, container: str, port: int) -> str:
    """Host and port here. Raises AppFault where the container has ended already."""
    answer = subject.session.door.read([docker(subject), "port", container, f"{port}/tcp"], accept=None)
    if not answer.ok or not answer.stdout.strip():
        raise AppFault("the container ended at once", _logs(subject, container))
    return answer.stdout.split()[0]


def _runs(subject: Subject, container: str) -> bool:
    argv = [docker(subject), "inspect", "--format", "{{.State.Running}}", container]
    return subject.session.door.read(argv).stdout.strip() == "true"


def _inspected(subject: Subject, container: str) -> tuple[str, str]:
    """What the image's health check says, empty where it is content; and the user."""
    door = subject.session.door
    argv = [docker(subject), "inspect", "--format", "{{json .Config}}", container]
    config = json.loads(door.read(argv).stdout)
    test = (config.get("Healthcheck") or {}).get("Test") or []
    if not test:
        return "the image has no HEALTHCHECK", config.get("User", "")
    command = test[1:] if test[0] == "CMD" else ["sh", "-c", test[1]]
    answer = door.read([docker(subject), "exec", container, *command], accept=None)
    return ("" if answer.ok else answer.last_lines(2) or f"exit code {answer.exit_code}"), config.get(
        "User", ""
    )


def _logs(subject: Subject, container: str) -> str:
    answer = subject.session.door.read([docker(subject), "logs", "--tail", "6", container], accept=None)
    return (answer.stdout + answer.stderr).strip() or "it printed nothing"
