"""What deploy.plan prints: what a deploy would change, and what drifted from helm's newest revisions."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any

from delivery import cluster as clusters
from delivery import tools
from delivery.errors import CheckFailed
from delivery.operations.images import image_jobs
from delivery.operations.planning import planned
from delivery.operations.report import check_output
from delivery.release.left_over import LeftOver, left_over
from delivery.release.plan import Action, ReleasePlan
from delivery.session import Session


@dataclasses.dataclass(frozen=True)
class DeployPlan:
    """What a deploy of everything would find and do."""

    cluster: str
    running: bool
    namespace: str
    releases: tuple[ReleasePlan, ...]
    left_over: tuple[LeftOver, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether a deploy would change anything, be it new or drifted."""
        return any(one.action is not Action.NONE for one in self.releases) or any(
            one.removable for one in self.left_over
        )


def print_plan(session: Session, output: str = "text", *, exit_code: bool = False) -> None:
    """Print what a deploy would do, release by release, value by value; changes nothing.

    With `exit_code`, raises CheckFailed where a deploy would change anything.
    """
    check_output(output)
    plan = plan_of_all(session)
    if output == "json":
        session.console.line(json.dumps(plan_json(plan), indent=2))
    else:
        for line in plan_lines(plan):
            session.console.line(line)
    if exit_code and plan.differs:
        names = [one.service.name for one in plan.releases if one.action is not Action.NONE]
        names += [one.name for one in plan.left_over if one.removable]
        raise CheckFailed(f"not as it should be: {', '.join(names)}", "", "./inv deploy.all")


def plan_of_all(session: Session) -> DeployPlan:
    """Work out the plan without a change anywhere."""
    tools.ensure_engine(session, may_repair=False)
    looking = dataclasses.replace(session, door=session.door.looking_only())
    services = session.settings.wanted_services()
    images = [job() for job in image_jobs(looking, services).values()]
    running = clusters.status(looking).state == "running"
    cluster = clusters.connect(looking, may_repair=False) if running else None
    state, plans = planned(looking, cluster, (services, images))
    return DeployPlan(
        session.settings.cluster.name, running, session.settings.namespace, plans,
        tuple(left_over(session.settings, state)),
    )  # fmt: skip


def plan_lines(plan: DeployPlan) -> Iterator[str]:
    """Pure: the plan for a person."""
    if not plan.running:
        yield f"cluster {plan.cluster} is not running: a deploy starts it"
    for one in plan.releases:
        yield f"{one.service.name:<10} {one.action.value}"
        yield from (f"    {change}" for change in one.changes)
        yield from (f"    drifted: {found.line()}" for found in one.drift.named())
        yield from (f"    stays: {found.line()}" for found in one.drift.foreign())
        if one.drift.unknown:
            yield f"    what drifted can't be told: {one.drift.unknown}"
    yield from (one.line(plan.namespace) for one in plan.left_over)


def plan_json(plan: DeployPlan) -> dict[str, Any]:
    """Pure: the plan for a program; its form is in schemas/plan.schema.json."""
    return {
        "cluster": plan.cluster,
        "running": plan.running,
        "namespace": plan.namespace,
        "differs": plan.differs,
        "releases": [_release_json(one) for one in plan.releases],
        "leftOver": _left_json(plan.left_over),
    }


def _release_json(one: ReleasePlan) -> dict[str, Any]:
    return {
        "service": one.service.name,
        "action": one.action.value,
        "changes": list(one.changes),
        "drift": [dataclasses.asdict(found) for found in one.drift.differences],
        "driftUnknown": one.drift.unknown or None,
    }


def _left_json(found: Sequence[LeftOver]) -> list[dict[str, Any]]:
    return [{"service": one.name, "reason": one.reason, "removed": one.removable} for one in found]
