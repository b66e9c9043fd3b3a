"""What all releases of one deploy share: the env with its defaults, the addresses, the room on the nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from delivery.cluster import Cluster
from delivery.release.access import public_urls
from delivery.release.small_nodes import is_small
from delivery.secret import (
    SecretData,
    planned_credentials,
    read_credentials,
    secret_for,
)
from delivery.session import Session
from delivery.settings import Service

CA_KEY, CA_FILE_NAME = "database-ca", "ca.crt"


@dataclass(frozen=True)
class Inputs:
    """`env` has a value for every variable with a default; `embedded` maps such a service to its Secret."""

    env: Mapping[str, str]
    urls: Mapping[str, str]
    ca_certificate: str
    embedded: Mapping[str, str]
    small: bool


def release_inputs(session: Session, cluster: Cluster | None) -> Inputs:
    """Work out the shared inputs; changes nothing in the cluster."""
    urls = public_urls(session, cluster)
    env = dict(session.settings.env)
    env["BETTER_AUTH_URL"] = env.get("BETTER_AUTH_URL") or urls.get("frontend", "")
    ca_certificate = ""
    embedded: dict[str, str] = {}
    for service in session.settings.wanted_services():
        if service.embedded:
            known = read_credentials(session, cluster, service.name) if cluster else None
            credentials = known or planned_credentials(service.name)
            env[service.unless] = credentials.url(service.name, service.port)
            session.console.masker.add(env[service.unless])
            ca_certificate = credentials.ca_certificate
            embedded[service.name] = credentials.secret_name
    small = cluster is not None and is_small(session, cluster)
    return Inputs(env, urls, ca_certificate, embedded, small)


def secret_of(session: Session, service: Service, inputs: Inputs) -> SecretData | None:
    """The Secret that a service reads, with the database's CA where it connects to the embedded one."""
    return secret_for(service, inputs.env, ca_entries(session, service, inputs))


def ca_entries(session: Session, service: Service, inputs: Inputs) -> dict[str, str]:
    """The CA as an entry of the service's Secret, where one of its variables is the embedded database's."""
    embedded = {one.unless for one in session.settings.wanted_services() if one.embedded}
    reads_database = not embedded.isdisjoint(service.secret.values())
    return {CA_KEY: inputs.ca_certificate} if reads_database else {}
