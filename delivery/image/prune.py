"""Removes old images of ours, here and on the nodes; what a revision names stays."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from delivery import tools
from delivery.cluster import Cluster
from delivery.image.build import LABEL
from delivery.session import Session


@dataclass(frozen=True)
class LocalImage:
    """An image of ours in the local engine; newest first in lists."""

    repository: str
    tag: str
    created: str

    @property
    def reference(self) -> str:
        """`repository:tag`."""
        return f"{self.repository}:{self.tag}"


def prune_images(session: Session, cluster: Cluster | None, in_use: Collection[str]) -> tuple[str, ...]:
    """Remove what `to_prune` names; returns the references that went."""
    docker = tools.path(session, "docker")
    going = to_prune(
        _local_images(session), in_use, session.settings.keep_images, session.settings.tag_prefix
    )
    for reference in going:
        session.door.mutate([docker, "image", "rm", reference], accept=None)
        if cluster:
            cluster.remove_image(reference)
    return tuple(going)


def to_prune(images: Sequence[LocalImage], in_use: Collection[str], keep: int, prefix: str) -> list[str]:
    """References older than the newest `keep` of their repository that no revision names."""
    by_repository: dict[str, list[LocalImage]] = {}
    for image in sorted(images, key=lambda one: one.created, reverse=True):
        if image.tag.startswith(f"{prefix}-"):
            by_repository.setdefault(image.repository, []).append(image)
    return [
        image.reference
        for group in by_repository.values()
        for image in group[keep:]
        if image.reference not in in_use
    ]


def _local_images(session: Session) -> list[LocalImage]:
    docker = tools.path(session, "docker")
    answer = session.door.read(
        [docker, "image", "ls", "--filter", f"label={LABEL}", "--format", "{{json .}}", "--no-trunc"]
    )
    return [_image(json.loads(line)) for line in answer.stdout.splitlines() if line.strip()]


def _image(row: Mapping[str, str]) -> LocalImage:
    return LocalImage(row["Repository"], row["Tag"], row["CreatedAt"])
