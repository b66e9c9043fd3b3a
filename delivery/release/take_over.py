"""Edits that people made with kubectl become helm's before it applies, so that the apply takes them away."""

from __future__ import annotations

import json
from typing import Any

from delivery.cluster import Cluster
from delivery.command import Result
from delivery.release.drift import Drift, object_name
from delivery.release.managed_fields import taken_over
from delivery.session import Session

_TRIES = 5


def take_over_edits(session: Session, cluster: Cluster, drift: Drift) -> None:
    """Give helm what `kubectl set env`, `edit` and the like own; nothing that runs changes by that.

    What can't be given is told: helm's apply may be refused then, or leave the edit where it is.
    """
    for item in drift.edited:
        _take_over(session, cluster, object_name(item).lower())


def _take_over(session: Session, cluster: Cluster, name: str) -> None:
    """Each time with the object as it is now: drift was read long before, any status is a change."""
    tried, refused = "", ""
    for _ in range(_TRIES):
        item = _read(session, cluster, name)
        book = taken_over(item["metadata"].get("managedFields") or ()) if item else None
        if not item or book is None:
            return
        version = item["metadata"]["resourceVersion"]
        if version == tried:
            break  # nobody was faster: it is refused for what it is
        answer = _patch(session, cluster, name, version, book)
        if answer.ok:
            return
        tried, refused = version, answer.last_lines()
    session.console.warn(f"edits of {name} could not be given to helm, so they may stay: {refused}")


def _read(session: Session, cluster: Cluster, name: str) -> dict[str, Any] | None:
    argv = cluster.kubectl(
        "get", name, "--namespace", session.settings.namespace, "--show-managed-fields", "--ignore-not-found",
        "-o", "json",
    )  # fmt: skip
    text = session.door.read(argv).stdout
    return dict(json.loads(text)) if text.strip() else None


def _patch(
    session: Session, cluster: Cluster, name: str, version: str, book: list[dict[str, Any]]
) -> Result:  # fmt: skip
    steps = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "replace", "path": "/metadata/managedFields", "value": book},
    ]
    argv = cluster.kubectl(
        "patch", name, "--namespace", session.settings.namespace, "--type", "json",
        "--patch-file", "/dev/stdin",
    )  # fmt: skip
    return session.door.mutate(argv, stdin=json.dumps(steps), accept=None)


def clear_changed_secret(session: Session, cluster: Cluster, drift: Drift, making: str) -> None:
    """Delete the Secret `making`, which is made next, where its values are not those that its name is of.

    Another one is left: a way back may need it, and its former values are not to be had any more.
    """
    for one in drift.differences:
        if one.object == f"Secret/{making}" and one.path:
            argv = cluster.kubectl("delete", "secret", making, "--ignore-not-found")
            session.door.mutate([*argv, "--namespace", session.settings.namespace])
