"""The secrets tasks: status, apply, prune."""

from __future__ import annotations

from delivery import cluster as clusters
from delivery.cluster import Cluster
from delivery.paths import ROOT
from delivery.release.access import connect_to_change
from delivery.release.in_use import read_in_use
from delivery.release.inputs import release_inputs, secret_of
from delivery.release.lock import deploy_lock
from delivery.release.namespace import ensure_namespace
from delivery.secret import SecretData, apply_secret, ensure_credentials, keep_generated, prune_secrets
from delivery.secret.apply import secret_names
from delivery.session import Session
from delivery.settings import Service


def print_secrets(session: Session) -> None:
    """Print each Secret with its keys and where their values come from; never a value."""
    cluster = clusters.connect(session)
    there = set(secret_names(session, cluster))
    named = read_in_use(session, cluster).secrets
    wanted = set()
    for service, secret in _wanted(session, cluster):
        wanted.add(secret.name)
        state = "in the cluster" if secret.name in there else "not yet: ./inv secrets.apply"
        session.console.line(f"{secret.name}  {state}")
        for key, variable in service.secret.items():
            session.console.line(f"    {key:<16} {variable:<20} {_origin(session, variable)}")
    for name in sorted(there - wanted):
        kept = "kept for a rollback" if name in named else "no revision names it: ./inv secrets.prune"
        session.console.line(f"{name}  {kept}")


def apply(session: Session) -> None:
    """Create the Secrets that the env asks for."""
    cluster = connect_to_change(session)
    session = keep_generated(session, ROOT / ".env")
    ensure_namespace(session, cluster)
    for service in session.settings.wanted_services():
        if service.embedded:
            ensure_credentials(session, cluster, service.name)
    made = [secret.name for _, secret in _wanted(session, cluster) if apply_secret(session, cluster, secret)]
    if not made:
        session.console.line("All Secrets are there already.")


def prune(session: Session) -> None:
    """Delete Secrets that neither a verified revision nor anything in the namespace names."""
    cluster = connect_to_change(session)
    with deploy_lock(session, cluster, "secrets prune"):
        gone = prune_secrets(session, cluster, read_in_use(session, cluster).secrets)
    session.console.line(f"{len(gone)} Secrets removed" + "".join(f"\n  {name}" for name in gone))


def _wanted(session: Session, cluster: Cluster) -> list[tuple[Service, SecretData]]:
    inputs = release_inputs(session, cluster)
    pairs = [(service, secret_of(session, service, inputs)) for service in session.settings.wanted_services()]
    return [(service, secret) for service, secret in pairs if secret]


def _origin(session: Session, variable: str) -> str:
    if session.settings.env.get(variable):
        return "set"
    for name, service in session.settings.services.items():
        if service.public_url == variable:
            return f"empty: the address of {name}"
    for service in session.settings.wanted_services():
        if variable in service.stands_in or (service.embedded and service.unless == variable):
            return f"empty: {service.name} stands in"
    return "empty"
