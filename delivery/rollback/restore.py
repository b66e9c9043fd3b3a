"""What a revision needs before helm is called: its image on the nodes, its Secret in the namespace."""

from __future__ import annotations

from dataclasses import replace

from delivery.cluster import Cluster
from delivery.errors import EnvironmentFault
from delivery.image import Image, build_image, ensure_on_nodes, planned_image
from delivery.packages.docker import image_id
from delivery.release.inputs import release_inputs, secret_of
from delivery.release.record import Entry
from delivery.secret import SecretData, apply_secret
from delivery.session import Session
from delivery.settings import Service


class CannotRestore(EnvironmentFault):
    """What a revision needs is gone and can't be made again; nothing was changed."""


def missing_parts(session: Session, cluster: Cluster, entry: Entry) -> tuple[str, ...]:
    """What is not where it must be, in words."""
    parts = [f"image {entry.image} on node {node}" for node in _nodes_without(cluster, entry)]
    if entry.secret and not _secret_there(session, cluster, entry.secret):
        parts.append(f"Secret {entry.secret}")
    return tuple(parts)


def restore(session: Session, cluster: Cluster, service: Service, entry: Entry) -> Entry:
    """Load or build the image again where it is gone, and make the Secret again from the env.

    Returns the entry with the ID of the image that is there now.

    Raises CannotRestore where that can't be done; helm has not been called then.
    """
    if _nodes_without(cluster, entry):
        image = _image(session, service, entry)
        ensure_on_nodes(session, cluster, image)
        entry = replace(entry, image_id=image.image_id)
    if entry.secret and not _secret_there(session, cluster, entry.secret):
        apply_secret(session, cluster, _secret(session, cluster, service, entry))
    return entry


def _nodes_without(cluster: Cluster, entry: Entry) -> list[str]:
    """Nodes that have no image of that name. The name comes from the inputs, so what bears it will do."""
    return [node for node, found in cluster.node_image_ids(entry.image).items() if not found]


def _image(session: Session, service: Service, entry: Entry) -> Image:
    repository, _, tag = entry.image.rpartition(":")
    local = image_id(session, entry.image)
    if local:
        return Image(service.image_owner, repository, tag, local)
    owner = session.settings.services[service.image_owner]
    planned = planned_image(session, owner)
    if planned.reference == entry.image:
        return build_image(session, owner)
    raise CannotRestore(
        f"image {entry.image} of {service.name} revision {entry.revision} is gone",
        f"neither the nodes nor Docker have it, and the sources here make {planned.reference}",
        "go back to the sources that made it and run the command again, or ./inv deploy.all",
    )


def _secret_there(session: Session, cluster: Cluster, name: str) -> bool:
    argv = cluster.kubectl(
        "get", "secret", name, "--namespace", session.settings.namespace, "--ignore-not-found", "-o", "name"
    )
    return bool(session.door.read(argv).stdout.strip())


def _secret(session: Session, cluster: Cluster, service: Service, entry: Entry) -> SecretData:
    made = secret_of(session, service, release_inputs(session, cluster))
    if made and made.name == entry.secret:
        return made
    raise CannotRestore(
        f"Secret {entry.secret} of {service.name} revision {entry.revision} is gone",
        f"the values of now make {made.name}, which is another" if made else "nothing can make it again",
        "put the former values back into .env and run the command again, or ./inv deploy.all",
    )
