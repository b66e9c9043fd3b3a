"""Puts an image on every node and proves that it is there, by its ID."""

from __future__ import annotations

from delivery.cluster import Cluster
from delivery.errors import EnvironmentFault
from delivery.image.build import Image
from delivery.image.disk import LOAD_BYTES, ensure_room
from delivery.session import Session


def ensure_on_nodes(session: Session, cluster: Cluster, image: Image) -> None:
    """Load the image onto each node that lacks it, then read its ID back from all of them.

    The load command's exit code is not believed: minikube's is 0 for an image that doesn't exist.
    Raises EnvironmentFault naming the nodes that lack the image afterwards.
    """
    if session.dry_run:
        session.console.would_run(f"load {image.reference} onto the nodes of {cluster.name}")
        return
    if not missing_on(cluster, image):
        return
    ensure_room(session, LOAD_BYTES, f"load {image.reference} onto the nodes")
    with session.console.step(f"Load {image.reference}"):
        cluster.load_image(image.reference)
        missing = missing_on(cluster, image)
    if missing:
        raise EnvironmentFault(
            f"{image.reference} is not on node {', '.join(missing)} after loading it",
            f"expected image ID {image.image_id}; "
            + "; ".join(f"{node} has {found or 'none'}" for node, found in missing.items()),
            "look at the disk space of the node, then run the command again",
        )


def missing_on(cluster: Cluster, image: Image) -> dict[str, str]:
    """Nodes that don't have this very image: node → the ID they have under its name, or an empty string."""
    found = cluster.node_image_ids(image.reference)
    return {node: there for node, there in found.items() if there != image.image_id}
