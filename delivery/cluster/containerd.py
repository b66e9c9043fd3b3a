"""Reads a node's containerd through `ctr`, which every node image has (crictl isn't in all)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from delivery.cluster.engine_images import ImageOnNode, qualified

CTR = ("ctr", "--namespace", "k8s.io")
LIST = (*CTR, "images", "ls")
_CONFIG_NAME = "sha256:"


@dataclass(frozen=True)
class Row:
    """One name in containerd's image store. The kubelet's side keeps a further name: `sha256:<config>`."""

    name: str
    media_type: str
    target: str


def rows(listing: str) -> tuple[Row, ...]:
    """Parse `ctr images ls`; its first three columns hold no blanks."""
    cells = (line.split() for line in listing.splitlines()[1:])
    return tuple(Row(*cell[:3]) for cell in cells if len(cell) >= 3)


def content_argv(digest: str) -> list[str]:
    """The command that prints a manifest or an index."""
    return [*CTR, "content", "get", digest]


def image_named(
    found: Sequence[Row], reference: str, read_content: Callable[[str], str], architecture: str = ""
) -> ImageOnNode | None:
    """The image that a node has under this name.

    The kubelet's own name for it tells the config digest; without one, the manifest is read.
    """
    target = next((row.target for row in found if row.name == qualified(reference)), "")
    if not target:
        return None
    known = [row.name for row in found if row.target == target and row.name.startswith(_CONFIG_NAME)]
    if len(known) == 1:
        return ImageOnNode(known[0], target)
    return ImageOnNode(_config_of(target, read_content, architecture), target)


def names_to_remove(found: Sequence[Row], reference: str) -> tuple[str, ...]:
    """All names that keep an image's content alive once this one is gone.

    While another tag points at the same content, only this name goes.
    """
    name = qualified(reference)
    target = next((row.target for row in found if row.name == name), "")
    if not target:
        return ()
    same = [row.name for row in found if row.target == target]
    tags = [
        other
        for other in same
        if other != name and "@sha256:" not in other and not other.startswith(_CONFIG_NAME)
    ]
    return (name,) if tags else (name, *(other for other in same if other != name))


def _config_of(digest: str, read_content: Callable[[str], str], architecture: str) -> str:
    document: dict[str, Any] = json.loads(read_content(digest))
    if "config" in document:
        return str(document["config"]["digest"])
    manifests = [m for m in document.get("manifests", ()) if not _is_attestation(m)]
    fitting = [m for m in manifests if m.get("platform", {}).get("architecture", "") in ("", architecture)]
    chosen = (fitting or manifests)[0]
    return _config_of(chosen["digest"], read_content, architecture)


def _is_attestation(manifest: dict[str, Any]) -> bool:
    kind: str = manifest.get("annotations", {}).get("vnd.docker.reference.type", "")
    return kind == "attestation-manifest"
