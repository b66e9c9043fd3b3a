"""Secrets of the cluster, made from .env."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session


@session_task(name="status", default=True)
def secrets_status(session: Session) -> None:
    """Show which Secrets there are, and where their keys come from.

    No value is ever printed.

    Example: ./inv secrets.status
    """
    from delivery.operations.service_secrets import print_secrets

    print_secrets(session)


@session_task(name="apply")
def secrets_apply(session: Session) -> None:
    """Create the Secrets that .env asks for; pods are not restarted.

    Secrets are immutable and named by their content: a changed value is a new Secret, which the next deploy
    names.

    Example: ./inv secrets.apply
    """
    from delivery.operations.service_secrets import apply

    apply(session)


@session_task(name="prune")
def secrets_prune(session: Session) -> None:
    """Delete Secrets that no revision names.

    Example: ./inv secrets.prune --dry-run
    """
    from delivery.operations.service_secrets import prune

    prune(session)
