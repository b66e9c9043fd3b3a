"""SC-011: the logs tell of the start, of requests and errors, and name a setting that is wrong."""

from __future__ import annotations

import secrets
import time

from delivery import tools
from delivery.criteria.app_client import AppFault
from delivery.criteria.criterion import Criterion, NotMeasured, Outcome, Proof
from delivery.criteria.log_lines import (
    error_proof,
    misconfiguration_proof,
    names,
    request_proof,
    start_proof,
)
from delivery.criteria.subject import BACKEND, FRONTEND, Subject
from delivery.labels import INSTANCE_LABEL
from delivery.packages.docker import image_id

_APPEARS_S = 10.0
_STARTS_S = 30.0
# A variable of each service that its start checks, and a value that it refuses.
BAD_SETTINGS = {BACKEND: ("DATABASE_URL", "nonsense"), FRONTEND: ("BACKEND_URL", "nonsense")}


def measure(subject: Subject) -> Outcome:
    """Provoke each of them, then look for it in the logs."""
    proofs = [start_proof(name, _beginning(subject, name)) for name in (FRONTEND, BACKEND)]
    wanted, refused, foreign = (f"criteria-{secrets.token_hex(6)}" for _ in range(3))
    client, _ = subject.person()
    client.call("GET", "/api/backend/tasks", request_id=wanted)
    _bad_token(subject, refused)
    _foreign_origin(subject, foreign)
    proofs += [
        request_proof(BACKEND, _log_with(subject, BACKEND, wanted), wanted),
        error_proof(BACKEND, _log_with(subject, BACKEND, refused), refused),
        error_proof(FRONTEND, _log_with(subject, FRONTEND, foreign), foreign),
    ]
    proofs += [_misconfigured(subject, name, *BAD_SETTINGS[name]) for name in (BACKEND, FRONTEND)]
    evidence = tuple(f"{proof.statement}: {proof.seen}" for proof in proofs)
    return Outcome(
        (), tuple(proofs), evidence, (), "provoked, then looked for in kubectl logs and docker logs"
    )


def _beginning(subject: Subject, name: str) -> str:
    """The first lines that the oldest pod printed."""
    pods = sorted(subject.pods(name), key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    if not pods:
        raise AppFault(f"{name} has no pod")
    return subject.kubectl("logs", pods[0]["metadata"]["name"], "--container", name, "--limit-bytes=16000")


def _log_with(subject: Subject, name: str, word: str) -> str:
    """The log of all pods of a service, as soon as it has a word in it."""
    until = time.monotonic() + _APPEARS_S
    while True:
        text = subject.kubectl(
            "logs", "--selector", f"{INSTANCE_LABEL}={name}", "--container", name,
            "--since=60s", "--tail=-1",
        )  # fmt: skip
        if word in text or time.monotonic() > until:
            return text
        time.sleep(0.3)


def _bad_token(subject: Subject, request_id: str) -> None:
    """Ask the backend with a token that is none."""
    import requests

    headers = {"Authorization": "Bearer not.a.token", "X-Request-ID": request_id}
    url = f"{subject.address(BACKEND)}/api/somebody/tasks"
    _send(lambda: requests.get(url, headers=headers, timeout=10, proxies={"http": ""}))


def _foreign_origin(subject: Subject, request_id: str) -> None:
    """Write to the frontend as a page of somebody else's would."""
    import requests

    headers = {"Origin": "http://foreign.example", "X-Request-ID": request_id}
    url = f"{subject.address(FRONTEND)}/api/backend/tasks"
    _send(lambda: requests.post(url, json={"title": "x"}, headers=headers, timeout=10, proxies={"http": ""}))


def _send(call: object) -> None:
    import requests

    try:
        call()  # type: ignore[operator]
    except requests.RequestException as error:
        raise AppFault("the app does not answer", str(error)) from None


def _misconfigured(subject: Subject, name: str, variable: str, value: str) -> Proof:
    """Start the deployed image with plain Docker and a bad setting; nothing in the cluster is touched."""
    if not image_id(subject.session, subject.image(name)):
        raise NotMeasured(f"image {subject.image(name)} is not in Docker here", "", "./inv build.all")
    docker, door = tools.path(subject.session, "docker"), subject.session.door
    argv = [
        docker,
        "run",
        "--detach",
        "--network",
        "none",
        "--env",
        f"{variable}={value}",
        subject.image(name),
    ]
    container = door.mutate(argv).stdout.strip()
    try:
        until, text = time.monotonic() + _STARTS_S, ""
        while time.monotonic() < until:
            answer = door.read([docker, "logs", container], accept=None)
            text = answer.stdout + answer.stderr
            if any(names(line, variable) for line in text.splitlines()):
                break
            time.sleep(0.2)
        return misconfiguration_proof(name, variable, text)
    finally:
        door.mutate([docker, "rm", "--force", "--volumes", container], accept=None)


CRITERION = Criterion(
    "SC-011", "Logs", "Logs provide actionable debugging info", measure, (FRONTEND, BACKEND), quiet=False,
    expected_s=15,
)  # fmt: skip
