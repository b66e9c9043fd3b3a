"""Images: build, load, prune."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session


@session_task(
    name="all", default=True, help={"services": "Services by name, with commas between; empty: all."}
)
def build_all(session: Session, services: str = "") -> None:
    """Build the images of all services, in parallel.

    The tag names the content; an image whose inputs did not change is not built again.

    Example: ./inv build.all
    """
    from delivery.operations.images import build
    from delivery.settings.flags import split_names

    build(session, split_names(services))


@session_task(name="frontend")
def build_frontend(session: Session) -> None:
    """Build the frontend's image.

    Example: ./inv build.frontend
    """
    from delivery.operations.images import build

    build(session, ["frontend"])


@session_task(name="backend")
def build_backend(session: Session) -> None:
    """Build the backend's image.

    Example: ./inv build.backend
    """
    from delivery.operations.images import build

    build(session, ["backend"])


@session_task(name="load")
def build_load(session: Session) -> None:
    """Build, load onto every node, and read each image ID back.

    Example: ./inv build.load
    """
    from delivery.operations.images import load

    load(session)


@session_task(name="prune")
def build_prune(session: Session) -> None:
    """Remove old images that no revision names.

    The newest of each service stay (keepImages in deploy.yaml), and so do those that a rollback may need.

    Example: ./inv build.prune --dry-run
    """
    from delivery.operations.images import prune

    prune(session)
