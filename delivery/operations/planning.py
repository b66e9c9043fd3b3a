"""What a deploy would do, as it is told before and as it is made under the lock: one way to it."""

from __future__ import annotations

from collections.abc import Sequence

from delivery.cluster import Cluster
from delivery.image import Image
from delivery.operations.report import change_lines
from delivery.release.charts import ensure_charts_render
from delivery.release.drift_facts import with_drift
from delivery.release.plan import ReleasePlan, make_plan
from delivery.release.state import NamespaceState, read_state
from delivery.session import Session
from delivery.settings import Service

Wanted = tuple[Sequence[Service], Sequence[Image]]


def planned(
    session: Session, cluster: Cluster | None, wanted: Wanted, rendered: Sequence[ReleasePlan] = ()
) -> tuple[NamespaceState, tuple[ReleasePlan, ...]]:
    """What is there, and a plan for each service; every chart that will be applied was rendered.

    One that is in `rendered` with the same digest is not rendered again. Raises InvalidInput for values or
    charts that are broken; no release was changed then.
    """
    services, images = wanted
    state = with_drift(session, cluster, read_state(session, cluster)) if cluster else NamespaceState()
    plans = make_plan(session, cluster, state, services, images)
    known = {(one.service.name, one.digest) for one in rendered if one.action.applies}
    ensure_charts_render(session, [one for one in plans if (one.service.name, one.digest) not in known])
    return state, plans


def news(before: Sequence[ReleasePlan], after: Sequence[ReleasePlan]) -> list[ReleasePlan]:
    """Pure: plans that a person was not shown as they are now."""
    shown = {one.service.name: change_lines(one) for one in before}
    return [one for one in after if change_lines(one) != shown.get(one.service.name)]
