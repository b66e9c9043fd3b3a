"""Edits that people made with kubectl become helm's before it applies, so that the apply takes them away."""

from __future__ import annotations

import json

from delivery.cluster import Cluster
from delivery.release.drift import Drift, object_name
from delivery.release.managed_fields import taken_over
from delivery.session import Session


def take_over_edits(session: Session, cluster: Cluster, drift: Drift) -> None:
    """Give helm what `kubectl set env`, `edit` and the like own; nothing that runs changes by that.

    An object that changed meanwhile is left alone: the edit is seen again by the next look.
    """
    for item in drift.edited:
        book = taken_over(item["metadata"].get("managedFields") or ())
        if book is None:
            continue
        steps = [
            {"op": "test", "path": "/metadata/resourceVersion", "value": item["metadata"]["resourceVersion"]},
            {"op": "replace", "path": "/metadata/managedFields", "value": book},
        ]
        argv = cluster.kubectl(
            "patch", object_name(item).lower(), "--namespace", session.settings.namespace, "--type", "json",
            "--patch-file", "/dev/stdin",
        )  # fmt: skip
        session.door.mutate(argv, stdin=json.dumps(steps), accept=None)


def clear_changed_secret(session: Session, cluster: Cluster, drift: Drift, making: str) -> None:
    """Delete the Secret `making`, which is made next, where its values are not those that its name is of.

    Another one is left: a way back may need it, and its former values are not to be had any more.
    """
    for one in drift.differences:
        if one.object == f"Secret/{making}" and one.path:
            argv = cluster.kubectl("delete", "secret", making, "--ignore-not-found")
            session.door.mutate([*argv, "--namespace", session.settings.namespace])
