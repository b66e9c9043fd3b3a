"""Deploys: from source to running, and back to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session

OUTPUT_HELP = "text or json."
NO_ROLLBACK_HELP = "Leave a failed deploy as it is, instead of going back to what was verified."
SERVICES_HELP = "Services by name, with commas between, and what they need; empty: all."


@session_task(name="all", default=True, help={"services": SERVICES_HELP, "no_rollback": NO_ROLLBACK_HELP})
def deploy_all(session: Session, services: str = "", no_rollback: bool = False) -> None:
    """From source to the running app, with its tested addresses.

    Starts the cluster, builds and loads the images, makes Secrets, upgrades the releases that changed, waits
    until they serve. Run again, it does only what changed since. If a release fails, what this run changed
    goes back to the last verified revisions (exit code 3).

    Example: ./inv deploy.all --yes
    """
    from delivery.operations.deploy import deploy
    from delivery.settings.flags import split_names

    deploy(session, split_names(services), rollback=not no_rollback)


@session_task(name="frontend", help={"no_rollback": NO_ROLLBACK_HELP})
def deploy_frontend(session: Session, no_rollback: bool = False) -> None:
    """Deploy the frontend alone, and the database where it is missing.

    Example: ./inv deploy.frontend --set services.frontend.values.replicaCount=3
    """
    from delivery.operations.deploy import deploy

    deploy(session, ["frontend"], rollback=not no_rollback)


@session_task(name="backend", help={"no_rollback": NO_ROLLBACK_HELP})
def deploy_backend(session: Session, no_rollback: bool = False) -> None:
    """Deploy the backend alone, and what it needs where that is missing.

    That is the database, and the demo model where no model is given.

    Example: ./inv deploy.backend
    """
    from delivery.operations.deploy import deploy

    deploy(session, ["backend"], rollback=not no_rollback)


@session_task(
    name="plan", help={"output": OUTPUT_HELP, "exit_code": "Exit 1 where a deploy would change anything."}
)
def deploy_plan(session: Session, output: str = "text", exit_code: bool = False) -> None:
    """Print what a deploy would change, and what drifted.

    What somebody scaled, edited or deleted beside helm is shown as recorded → live, with the program that did
    it. Changes nothing.

    Example: ./inv deploy.plan --exit-code
    """
    from delivery.operations.plan_report import print_plan

    print_plan(session, output, exit_code=exit_code)


@session_task(name="status", help={"output": OUTPUT_HELP})
def deploy_status(session: Session, output: str = "text") -> None:
    """Show releases, revisions, images and pods.

    Exits 1 where a service is not as the last verified deploy left it: not ready, or drifted.

    Example: ./inv deploy.status --output json
    """
    from delivery.operations.report import print_status

    print_status(session, output)


@session_task(name="urls", help={"output": OUTPUT_HELP})
def deploy_urls(session: Session, output: str = "text") -> None:
    """Print the addresses, after asking each.

    Example: ./inv deploy.urls
    """
    from delivery.operations.report import print_urls

    print_urls(session, output)


@session_task(name="forward")
def deploy_forward(session: Session) -> None:
    """Reach the app where the cluster publishes no ports; until Ctrl-C.

    Example: ./inv deploy.forward --context staging
    """
    from delivery.operations.report import forward

    forward(session)


@session_task(name="down", help={"data": "Remove the database's volume and credentials too."})
def deploy_down(session: Session, data: bool = False) -> None:
    """Uninstall the releases; the database's volume stays.

    Asks first, and says what will be lost. With --data the volume and the credentials go as well.

    Example: ./inv deploy.down --yes
    """
    from delivery.operations.down import take_down

    take_down(session, data=data)
