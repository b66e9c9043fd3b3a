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


def clear_changed_secret(session: Session, cluster: Cluster, drift: Drift) -> None:
    """Delete a Secret whose values are no longer those that its name stands for: it is made again next."""
    for one in drift.differences:
        kind, _, name = one.object.partition("/")
        if kind == "Secret" and one.path:
            argv = cluster.kubectl("delete", "secret", name, "--ignore-not-found")
            session.door.mutate([*argv, "--namespace", session.settings.namespace])
