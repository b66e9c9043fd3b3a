"""Puts Secrets into the cluster over stdin, and removes those that no revision names."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from delivery.cluster import Cluster
from delivery.errors import CommandFailed
from delivery.labels import MANAGED_BY_LABEL
from delivery.secret.data import MANAGED_BY, SecretData
from delivery.session import Session


def apply_secret(session: Session, cluster: Cluster, secret: SecretData) -> bool:
    """Create the Secret where it isn't there; True if it was made now. It is immutable, so never changed."""
    if secret.name in secret_names(session, cluster):
        return False
    create_manifest(session, cluster, secret.manifest(session.settings.namespace))
    if not session.dry_run:
        session.console.note(f"✓ Secret {secret.name} with keys {', '.join(sorted(secret.entries))}")
    return True


def create_manifest(session: Session, cluster: Cluster, manifest: Mapping[str, Any]) -> None:
    """`kubectl create` over stdin; somebody else's having been faster is fine.

    Not `apply`: it would keep a readable copy of the values in an annotation.
    """
    argv = cluster.kubectl("create", "--filename", "-")
    answer = session.door.mutate(argv, stdin=json.dumps(manifest), accept=None)
    if not answer.ok and "AlreadyExists" not in answer.stderr:
        raise CommandFailed(
            f"Secret {manifest['metadata']['name']} could not be created", answer.last_lines()
        )


def secret_names(session: Session, cluster: Cluster) -> tuple[str, ...]:
    """Names of our Secrets in the namespace."""
    answer = session.door.read(
        cluster.kubectl(
            "get", "secret", "--namespace", session.settings.namespace,
            "--selector", f"{MANAGED_BY_LABEL}={MANAGED_BY},keep!=true", "-o", "name",
        )
    )  # fmt: skip
    return tuple(line.partition("/")[2] for line in answer.stdout.split())


def prune_secrets(session: Session, cluster: Cluster, in_use: Collection[str]) -> tuple[str, ...]:
    """Delete our hashed Secrets that no kept revision names; returns the names that went."""
    going = tuple(name for name in secret_names(session, cluster) if name not in in_use)
    if going:
        argv = cluster.kubectl("delete", "secret", "--namespace", session.settings.namespace, *going)
        session.door.mutate(argv)
    return going
