"""Checks of the deployed app and of what it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session

OUTPUT_HELP = "text or json."
CRITERIA_HELP = {
    "only": "Criteria to measure, with commas between: SC-005,SC-007.",
    "allow": "Criteria that may be left unmeasured, with commas between.",
    "cached": "Build with Docker's caches; the report says so.",
    "thorough": "Restart the node too, for SC-008.",
    "merge": "report.json of runs on other platforms, with commas between.",
    "report": "Folder for report.html, report.json and junit.xml; default: .delivery/criteria.",
    "output": OUTPUT_HELP,
}

CRITERIA_FLAGS: Mapping[str, str | bool] = {
    "only": "", "allow": "", "cached": False, "thorough": False, "merge": "", "report": "", "output": "text",
}  # fmt: skip


@session_task(name="success-criteria", help=CRITERIA_HELP, flags=CRITERIA_FLAGS)
def verify_success_criteria(session: Session, given: Mapping[str, Any]) -> None:
    """Measure SC-001 to SC-012 on the running app, and report.

    Builds images under names of their own, starts containers with plain Docker, deletes pods of the app. Each
    result is kept as it comes. Exits 1 where a criterion did not pass.

    Example: ./inv verify.success-criteria --only SC-005,SC-007
    """
    from delivery.criteria import requested
    from delivery.criteria import verify_success_criteria as verify

    verify(session, requested(given))


@session_task(name="all", default=True, help={"output": OUTPUT_HELP})
def verify_all(session: Session, output: str = "text") -> None:
    """Make all checks below, one area after another.

    Areas that can't be looked at are told and are no pass; the success criteria are a task of their own.

    Example: ./inv verify.all
    """
    from delivery.checks import AREAS, look

    look(session, AREAS.values(), output)


@session_task(name="tools", help={"output": OUTPUT_HELP})
def verify_tools(session: Session, output: str = "text") -> None:
    """Check that the required programs are there, in fitting versions.

    Example: ./inv verify.tools
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["tools"]], output)


@session_task(name="values", help={"output": OUTPUT_HELP})
def verify_values(session: Session, output: str = "text") -> None:
    """Check every values file against its chart's schema.

    All faults at once, each with file, line and path.

    Example: ./inv verify.values
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["values"]], output)


@session_task(name="charts", help={"output": OUTPUT_HELP})
def verify_charts(session: Session, output: str = "text") -> None:
    """Put the charts through their gates.

    helm lint --strict, helm template and kube-score for every ci file, and the API server's dry run in a
    namespace that enforces Pod Security restricted.

    Example: ./inv verify.charts
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["charts"]], output)


@session_task(name="images", help={"output": OUTPUT_HELP})
def verify_images(session: Session, output: str = "text") -> None:
    """Check the deployed images: user, size, secrets, the nodes' copies.

    Example: ./inv verify.images
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["images"]], output)


@session_task(name="containers", help={"output": OUTPUT_HELP})
def verify_containers(session: Session, output: str = "text") -> None:
    """Look at the running containers from inside.

    User, capabilities, processes, ports, file system, tokens; with testinfra.

    Example: ./inv verify.containers
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["containers"]], output)


@session_task(name="health", help={"output": OUTPUT_HELP})
def verify_health(session: Session, output: str = "text") -> None:
    """Check that every service is complete and answers its probes.

    Example: ./inv verify.health
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["health"]], output)


@session_task(name="database", help={"output": OUTPUT_HELP})
def verify_database(session: Session, output: str = "text") -> None:
    """Reach the database from inside the cluster, step by step.

    DNS, TCP, TLS, sign-in and schema, told apart. Before a deploy an external one is asked from a pod
    that is made for it.

    Example: ./inv verify.database
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["database"]], output)


@session_task(name="network", help={"output": OUTPUT_HELP})
def verify_network(session: Session, output: str = "text") -> None:
    """Go the ways between the parts, from their own pods.

    Frontend to backend; backend to the sign-in's keys, the model and the database.

    Example: ./inv verify.network
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["network"]], output)


@session_task(name="secrets", help={"output": OUTPUT_HELP})
def verify_secrets(session: Session, output: str = "text") -> None:
    """Look for secrets in repository, history, images and charts.

    What was found is named, and never printed.

    Example: ./inv verify.secrets
    """
    from delivery.checks import AREAS, look

    look(session, [AREAS["secrets"]], output)
