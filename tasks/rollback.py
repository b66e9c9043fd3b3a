"""Going back to a revision that was verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session

REVISION_HELP = "A verified revision, from rollback.history; empty: the last one before what runs."
SERVICES_HELP = "Services by name, with commas between; empty: what the last deploy changed."
SERVICE_HELP = "One service by its name."


@session_task(name="backend", help={"revision": REVISION_HELP})
def rollback_backend(session: Session, revision: int = 0) -> None:
    """Take the backend back to its last verified revision.

    Image, Secret and configuration come back with it; it is watched and asked as in a deploy. Run again, it
    goes one further back. With --dry-run it prints the difference.

    Example: ./inv rollback.backend --dry-run
    """
    from delivery.operations.roll_back import roll_back

    roll_back(session, ["backend"], revision)


@session_task(name="frontend", help={"revision": REVISION_HELP})
def rollback_frontend(session: Session, revision: int = 0) -> None:
    """Take the frontend back to its last verified revision.

    Example: ./inv rollback.frontend --revision 3
    """
    from delivery.operations.roll_back import roll_back

    roll_back(session, ["frontend"], revision)


@session_task(
    name="all",
    help={"services": SERVICES_HELP, "revision": "With one service named: a verified revision of it."},
)
def rollback_all(session: Session, services: str = "", revision: int = 0) -> None:
    """Take back what the last deploy changed, all of it together.

    The database stays as it is. With --services, take back those instead.

    Example: ./inv rollback.all --dry-run
    """
    from delivery.operations.roll_back import roll_back
    from delivery.settings.flags import split_names

    roll_back(session, split_names(services), revision)


@session_task(name="history", default=True, help={"service": "One service by its name; empty: all."})
def rollback_history(session: Session, service: str = "") -> None:
    """Show the revisions of each release, and which were verified.

    Example: ./inv rollback.history --service backend
    """
    from delivery.operations.roll_back import print_history

    print_history(session, [service] if service else [])


@session_task(name="undo", help={"service": SERVICE_HELP})
def rollback_undo(session: Session, service: str = "backend") -> None:
    """Give a Deployment its former pods by `kubectl rollout undo`.

    The quick way that Kubernetes has itself: configuration does not come back, and helm knows nothing of it.

    Example: ./inv rollback.undo --service frontend
    """
    from delivery.operations.roll_back import undo

    undo(session, service)


@session_task(name="rehearse", help={"scenario": "crash, config or image.", "output": "text or json."})
def rollback_rehearse(session: Session, scenario: str = "crash", output: str = "text") -> None:
    """Break the backend on purpose, and prove that it is taken back.

    Deploys a fault by the same way as any deploy: a version that crashes, a wrong variable, or a buggy image.
    Shows verdict, evidence and rollback with their seconds; afterwards all is as it was. Only on a cluster
    that this kit made. Exits 1 where a promise was not kept.

    Example: ./inv rollback.rehearse --scenario config
    """
    from delivery.operations.rehearse import rehearse

    rehearse(session, scenario, output)
