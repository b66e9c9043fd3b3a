"""The image tasks: build, load, prune."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from delivery import cluster as clusters
from delivery import tools
from delivery.image import Image, build_image, ensure_on_nodes, planned_image, prune_images
from delivery.parallel import run_all
from delivery.release.access import connect_to_change
from delivery.release.in_use import read_in_use
from delivery.release.lock import deploy_lock
from delivery.release.selection import select
from delivery.session import Session
from delivery.settings import Service


def image_jobs(session: Session, services: Collection[Service]) -> dict[str, Callable[[], Image]]:
    """A job per image of these services, which may share one; a dry run only works out the tag."""
    make = planned_image if session.dry_run else build_image
    owners = dict.fromkeys(service.image_owner for service in services)
    return {f"image {name}": partial(make, session, session.settings.services[name]) for name in owners}


def build(session: Session, names: Collection[str] = ()) -> list[Image]:
    """Build the images of the named services, or of all, and print each with its ID."""
    tools.ensure_engine(session)
    services = select(session.settings, names, with_dependencies=False)
    images = list(run_all(session.door, image_jobs(session, services)).values())
    for image in images:
        session.console.line(f"{image.reference}  {image.image_id or '(not built: dry run)'}")
    return images


def load(session: Session) -> None:
    """Build all images, put them on every node, and print the ID that each node has."""
    cluster = connect_to_change(session)
    images = build(session)
    run_all(session.door, {one.service: partial(ensure_on_nodes, session, cluster, one) for one in images})
    for image in images if not session.dry_run else ():
        for node, found in cluster.node_image_ids(image.reference).items():
            session.console.line(f"{node}  {image.reference}  {found}")


def prune(session: Session) -> None:
    """Remove the images that nothing in the cluster names and that aren't among the newest.

    Raises EnvironmentFault for a stopped cluster, which can't be asked what it names.
    """
    if clusters.status(session).state == "absent":
        gone = prune_images(session, None, frozenset())
    else:
        cluster = connect_to_change(session)
        with deploy_lock(session, cluster, "build prune"):
            gone = prune_images(session, cluster, read_in_use(session, cluster).images)
    session.console.line(f"{len(gone)} images removed" + "".join(f"\n  {reference}" for reference in gone))
