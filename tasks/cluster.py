"""The cluster that the app runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session


@session_task()
def up(session: Session) -> None:
    """Make or start the cluster and wait until it serves.

    Makes a minikube profile or a kind cluster where there is none, starts a stopped one, clears away what an
    interrupted creation left. A cluster that serves is left as it is. Your own kubeconfig is not touched.

    Example: ./inv cluster.up --cluster trial
    """
    from delivery import cluster

    running = cluster.up(session)
    if not session.dry_run:
        session.console.line(f"{running.provider} cluster {running.name} is up")


@session_task()
def down(session: Session) -> None:
    """Remove the cluster with everything in it, after asking.

    Lists the namespaces and volumes that go for good. Removes only clusters that this kit made.

    Example: ./inv cluster.down --cluster trial --yes
    """
    from delivery import cluster

    cluster.down(session)


@session_task(help={"output": "table or json."})
def status(session: Session, output: str = "table") -> None:
    """Tell whether the cluster is absent, stopped or running, and where.

    Changes nothing.

    Example: ./inv cluster.status --output json
    """
    from delivery import cluster

    cluster.print_status(session, output)


@session_task(help={"merge": "Write the context into your own kubeconfig; its current context stays."})
def kubeconfig(session: Session, merge: bool = False) -> None:
    """Print the line that points kubectl at the cluster.

    For this shell: eval "$(./inv cluster.kubeconfig)". With --merge, adds the context to your own kubeconfig
    (the first file of KUBECONFIG, else ~/.kube/config).

    Example: ./inv cluster.kubeconfig --merge
    """
    from delivery import cluster

    cluster.print_kubeconfig(session, merge=merge)
