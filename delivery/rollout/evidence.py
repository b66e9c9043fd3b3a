"""What is kept of a rollout that failed, before anything is rolled back: masked, in a folder of its own."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from delivery.cluster import Cluster
from delivery.errors import DeliveryError, Interrupted
from delivery.labels import INSTANCE_LABEL
from delivery.paths import ROOT
from delivery.rollout.answers import answers_json
from delivery.rollout.facts import KINDS
from delivery.rollout.objects import ContainerFacts, PodFacts, RolloutFacts
from delivery.rollout.watch import Outcome
from delivery.session import Session

_KEPT = 20
_LOG_LINES = 1000
_PATIENCE_S = 15.0

Piece = Callable[[], str]


def save_evidence(
    session: Session, cluster: Cluster, release: str, outcome: Outcome
) -> str:  # fmt: skip
    """Save what tells why, and return the folder as a person names it; empty where it can't be written.

    What can't be had is said in its place: evidence must not hide a verdict.
    """
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    own = session.evidence / f"{moment}-{release}"
    try:
        own = _new_folder(own)
        for name, piece in _pieces(session, cluster, release, outcome).items():
            _write(own / name, session.console.masker.mask(_had(piece)))
        _forget_old(session.evidence)
    except OSError as fault:
        session.console.warn(f"the evidence could not be kept in {own}: {fault.strerror or fault}")
        return ""
    return str(own.relative_to(ROOT)) if own.is_relative_to(ROOT) else str(own)


def _new_folder(wanted: Path) -> Path:
    """A folder of this name, or of one with a number behind it: two runs may fail in the same second."""
    wanted.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    for number in itertools.count(1):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            break
    return folder


def _pieces(session: Session, cluster: Cluster, release: str, outcome: Outcome) -> dict[str, Piece]:
    namespace = session.settings.namespace

    def said(argv: list[str]) -> Piece:
        return lambda: session.door.read(argv, timeout_s=_PATIENCE_S).stdout

    def logs(pod: PodFacts, container: ContainerFacts, *more: str) -> Piece:
        argv = cluster.kubectl("logs", pod.name, "--container", container.name, "--namespace", namespace)
        return said([*argv, "--tail", str(_LOG_LINES), "--timestamps", *more])

    pieces: dict[str, Piece] = {
        "verdict.txt": lambda: verdict_text(release, outcome),
        "objects.json": lambda: _objects(session, cluster, release),
        "helm-status.txt": said(cluster.helm("status", release, "--namespace", namespace)),
        "helm-history.txt": said(cluster.helm("history", release, "--namespace", namespace)),
        "images.json": lambda: _images(cluster, outcome.facts),
        "answers.json": lambda: json.dumps(answers_json(outcome.facts.answers), indent=1),
    }
    for pod, container in _with_logs(outcome.facts):
        pieces[f"{pod.name}.{container.name}.log"] = logs(pod, container)
        if container.restarts:
            pieces[f"{pod.name}.{container.name}.previous.log"] = logs(pod, container, "--previous")
    return pieces


def _with_logs(facts: RolloutFacts) -> Iterator[tuple[PodFacts, ContainerFacts]]:
    """The containers that have run."""
    for pod in (*facts.pods, *(one for workload in facts.workloads for one in workload.failed)):
        for container in pod.containers:
            if container.state != "waiting" or container.ended:
                yield pod, container


def verdict_text(release: str, outcome: Outcome) -> str:
    """The verdict and all findings, with where each rule is known from."""
    verdict = outcome.verdict
    lines = [f"release {release}: {verdict.state.value} after {outcome.took_s:.1f} s", str(verdict)]
    if verdict.words:
        words = verdict.words
        lines += [f"what: {words.what}", f"why: {words.why}", f"next: {words.next}"]
    for one in verdict.findings:
        lines += ["", f"{one.code} {one.object} (known from: {one.row.source})", one.message]
    return "\n".join(lines) + "\n"


def _objects(session: Session, cluster: Cluster, release: str) -> str:
    """The release's workloads and pods with their conditions, and the events about them, as they are."""
    argv = cluster.kubectl("get", f"{KINDS},events", "--namespace", session.settings.namespace, "-o", "json")
    items = json.loads(session.door.read(argv, timeout_s=_PATIENCE_S).stdout)["items"]
    return json.dumps(objects_of(items, release), indent=1)


def objects_of(items: list[Mapping[str, Any]], release: str) -> list[Mapping[str, Any]]:
    """Pure: the objects of a release, then the events about them, the last ones last."""
    own = [one for one in items if (one["metadata"].get("labels") or {}).get(INSTANCE_LABEL) == release]
    uids = {one["metadata"].get("uid") for one in own}
    events = [one for one in items if one.get("involvedObject", {}).get("uid") in uids]
    return [*own, *sorted(events, key=lambda one: one.get("lastTimestamp") or one.get("eventTime") or "")]


def _images(cluster: Cluster, facts: RolloutFacts) -> str:
    """Image → node → the ID it has there, and the ID that each container runs."""
    containers = [(pod, one) for pod in facts.pods for one in pod.containers]
    return json.dumps(
        {
            "nodes": {
                image: dict(cluster.node_image_ids(image)) for image in {one.image for _, one in containers}
            },
            "containers": {f"{pod.name}/{one.name}": one.image_id for pod, one in containers},
        },
        indent=1,
    )


def _had(piece: Piece) -> str:
    try:
        return piece()
    except Interrupted:
        raise
    except (DeliveryError, ValueError, KeyError) as fault:
        return f"could not be had: {fault}\n"


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _forget_old(folder: Path) -> None:
    """Keep the newest; names begin with their time."""
    for old in sorted(one for one in folder.iterdir() if one.is_dir())[:-_KEPT]:
        with contextlib.suppress(OSError):
            shutil.rmtree(old)
