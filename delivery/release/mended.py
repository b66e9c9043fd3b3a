"""Whether an apply took away what had drifted."""

from __future__ import annotations

from delivery.cluster import Cluster
from delivery.errors import DeployFailed
from delivery.release.drift import Difference, Drift
from delivery.release.drift_facts import drift_now
from delivery.release.plan import ReleasePlan
from delivery.session import Session


def ensure_mended(session: Session, cluster: Cluster, plan: ReleasePlan) -> None:
    """Compare again after an apply where something had drifted; nobody takes helm's word for it.

    Raises DeployFailed naming what is still not as the chart says. Where that can't be told, nothing is said.
    """
    if not plan.drift.drifted:
        return
    name = plan.service.name
    wrong = [one.line() for one in still_wrong(drift_now(session, cluster, name), plan)]
    if wrong:
        raise DeployFailed(
            f"{name} serves, but what had drifted is still so",
            "somebody changes these beside helm, or helm could not take them away:\n" + "\n".join(wrong),
            "find out who does (./inv deploy.plan names the manager), then run ./inv deploy.all",
        )


def still_wrong(drift: Drift, plan: ReleasePlan) -> list[Difference]:
    """Pure: without the Secret of the revision before, which is left alone where another one is used now."""
    newest = plan.record.newest()
    former = f"Secret/{newest.secret}" if newest and newest.secret != plan.secret_name else ""
    return [one for one in drift.named() if one.object != former]
