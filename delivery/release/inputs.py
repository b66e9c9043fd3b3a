"""What all releases of one deploy share: the env with its defaults, the addresses, the room on the nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from delivery.cluster import Cluster
from delivery.release.addresses import Addresses, addresses_of
from delivery.release.nodes import Nodes, read_nodes
from delivery.secret import (
    SecretData,
    planned_credentials,
    read_credentials,
    secret_for,
)
from delivery.session import Session
from delivery.settings import Service, Settings

CA_KEY, CA_FILE_NAME = "database-ca", "ca.crt"


@dataclass(frozen=True)
class Inputs:
    """`env` has a value for every variable with a default; `embedded` maps such a service to its Secret."""

    env: Mapping[str, str]
    addresses: Addresses
    ca_certificate: str
    embedded: Mapping[str, str]
    small: bool


def release_inputs(session: Session, cluster: Cluster | None) -> Inputs:
    """Work out the shared inputs; changes nothing in the cluster."""
    nodes = read_nodes(session, cluster) if cluster else Nodes()
    addresses = addresses_of(session, cluster, nodes)
    env = env_with_defaults(session.settings, addresses)
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
    return Inputs(env, addresses, ca_certificate, embedded, nodes.small)


def env_with_defaults(settings: Settings, addresses: Addresses) -> dict[str, str]:
    """Pure: the env, with public addresses and with what the stand-ins that are deployed set."""
    env = dict(settings.env)
    for name, service in settings.services.items():
        if service.public_url:
            env[service.public_url] = addresses.texts.get(f"{name}.url", "")
    for service in settings.wanted_services():
        for variable, template in service.stands_in.items():
            env[variable] = addresses.fill(template, f"services.{service.name}.standsIn.{variable}")
    return env


def secret_of(session: Session, service: Service, inputs: Inputs) -> SecretData | None:
    """The Secret that a service reads, with the database's CA where it connects to the embedded one."""
    return secret_for(service, inputs.env, ca_entries(session, service, inputs))


def ca_entries(session: Session, service: Service, inputs: Inputs) -> dict[str, str]:
    """The CA as an entry of the service's Secret, where one of its variables is the embedded database's."""
    embedded = {one.unless for one in session.settings.wanted_services() if one.embedded}
    reads_database = not embedded.isdisjoint(service.secret.values())
    return {CA_KEY: inputs.ca_certificate} if reads_database else {}
