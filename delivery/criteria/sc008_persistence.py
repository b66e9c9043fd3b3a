"""SC-008: what was stored outlives its pods, and with --thorough a restart of the nodes."""

from __future__ import annotations

import time
from collections.abc import Callable

from delivery import cluster as clusters
from delivery import tools
from delivery.criteria.app_client import AppClient, AppFault
from delivery.criteria.criterion import Criterion, Measurement, NotMeasured, Outcome, Proof
from delivery.criteria.subject import BACKEND, FRONTEND, Subject
from delivery.errors import InvalidInput
from delivery.rollout.probe import ask

_PATIENCE_S = 180.0
_POLL_S = 0.1
TITLE = "outlives its pod"


def measure(subject: Subject) -> Outcome:
    """Store a task, delete the pods of the backend and of an embedded database, read it again."""
    try:
        clusters.ensure_may_change(subject.session, subject.cluster)
    except InvalidInput as refused:
        raise NotMeasured(refused.what, refused.why, refused.fix) from None
    client, _ = subject.person()
    victims = [BACKEND, *(one.name for one in subject.settings.wanted_services() if one.embedded)]
    disturbances = {f"pod of {name} deleted": _pod_deletion(subject, name) for name in victims}
    if subject.options.thorough:
        disturbances["node restarted"] = lambda: _restart_nodes(subject)
    figures, proofs = [], []
    for title, disturb in disturbances.items():
        seconds, kept = survived(subject, client, disturb)
        figures.append(_figure(subject, title, seconds))
        proofs.append(Proof(f"{title}: the task is still there", kept))
    client.tidy()
    evidence = f"a task was stored before, and read through {subject.address(FRONTEND)} after"
    return Outcome(
        tuple(figures), tuple(proofs), (evidence,), (),
        "seconds until the backend's readiness answers and the list can be read again",
    )  # fmt: skip


def survived(subject: Subject, client: AppClient, disturb: Callable[[], None]) -> tuple[float, bool]:
    """Seconds until the app answers after a disturbance, and whether the task outlived it."""
    client.tidy()
    client.add_task(TITLE)
    began = time.monotonic()
    disturb()
    _await_answer(subject)
    titles = _read_again(client)
    return time.monotonic() - began, TITLE in titles


def _figure(subject: Subject, title: str, seconds: float) -> Measurement:
    # A whole node takes as long as its machine takes.
    limit_s = None if title.startswith("node") else subject.settings.budgets.recovery_s
    return Measurement(f"{title}: answers again", seconds, "s", limit_s, (seconds,), "ours")


def _pod_deletion(subject: Subject, name: str) -> Callable[[], None]:
    def delete() -> None:
        names = [pod["metadata"]["name"] for pod in subject.pods(name)]
        if not names:
            raise AppFault(f"{name} has no pod")
        argv = subject.cluster.kubectl(
            "--namespace",
            subject.settings.namespace,
            "delete",
            "pod",
            *names,
            "--wait=true",
            "--timeout=120s",
        )
        subject.session.door.mutate(argv, timeout_s=150)
        _await_pods(subject, name, set(names))

    return delete


def _await_pods(subject: Subject, name: str, old: set[str]) -> None:
    """Wait until new pods are ready. A StatefulSet's have the old names, so deletion was waited for."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        pods = subject.pods(name)
        if pods and all(_ready(pod) for pod in pods):
            return
        if time.monotonic() > until:
            raise AppFault(f"{name} did not come back in {_PATIENCE_S:.0f} s", f"deleted: {', '.join(old)}")
        time.sleep(_POLL_S)


def _ready(pod: dict[str, object]) -> bool:
    status = pod.get("status")
    conditions = status.get("conditions", []) if isinstance(status, dict) else []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _await_answer(subject: Subject) -> None:
    service = subject.service(BACKEND)
    url, until = subject.address(BACKEND) + service.health_path, time.monotonic() + _PATIENCE_S
    while answer := ask(url):
        if time.monotonic() > until:
            raise AppFault(f"{url} did not answer again in {_PATIENCE_S:.0f} s", answer)
        time.sleep(_POLL_S)


def _read_again(client: AppClient) -> list[str]:
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return [str(task["title"]) for task in client.tasks()]
        except AppFault:
            if time.monotonic() > until:
                raise
            time.sleep(_POLL_S)


def _restart_nodes(subject: Subject) -> None:
    """Restart the containers that are the nodes. Raises NotMeasured where they are no containers."""
    docker, door = tools.path(subject.session, "docker"), subject.session.door
    nodes = subject.cluster.nodes()
    if not door.read([docker, "inspect", *nodes], accept=None).ok:
        raise NotMeasured("the nodes are no containers of this Docker", "--thorough restarts such only")
    door.mutate([docker, "restart", *nodes], timeout_s=180)
    clusters.up(subject.session)
    for name in (BACKEND, FRONTEND):
        _await_pods(subject, name, set())


CRITERION = Criterion(
    "SC-008", "Persistence", "Data persists across container restarts", measure, (FRONTEND, BACKEND),
    expected_s=45,
)  # fmt: skip
