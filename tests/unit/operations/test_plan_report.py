"""What deploy.plan prints for a person and for a program, and when it exits 1."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from delivery.operations.plan_report import DeployPlan, plan_json, plan_lines
from delivery.paths import ROOT
from delivery.release.drift import Difference, Drift
from delivery.release.left_over import LeftOver
from delivery.release.plan import Action, ReleasePlan
from tests.unit.release.test_plan import plan

SCALED = Difference("Deployment/web", "spec.replicas", "2", "3", "kubectl", "t")
THEIRS = Difference("Deployment/web", "spec.x", "(none)", "1", "reloader", "t", stays=True)


def release(action: Action, drift: Drift | None = None, *changes: str) -> ReleasePlan:
    return replace(plan("web"), action=action, drift=drift or Drift(), changes=changes)


def whole(*releases: ReleasePlan, left: tuple[LeftOver, ...] = ()) -> DeployPlan:
    return DeployPlan("lab", True, "todo", releases, left)


@pytest.mark.parametrize(
    ("found", "differs"),
    [
        (whole(release(Action.NONE)), False),
        (whole(release(Action.NONE, Drift((THEIRS,)))), False),
        (whole(release(Action.MEND, Drift((SCALED,)))), True),
        (whole(release(Action.UPGRADE)), True),
        (whole(release(Action.VERIFY)), True),
        (whole(release(Action.NONE), left=(LeftOver("old", "is not wanted", True),)), True),
        (whole(release(Action.NONE), left=(LeftOver("data", "is not wanted", False),)), False),
    ],
    ids=["as it is", "only theirs", "drifted", "changed", "not ready", "to remove", "left for its data"],
)
def test_it_differs_where_a_deploy_would_do_something(found: DeployPlan, differs: bool) -> None:
    assert found.differs is differs
    schema = json.loads((ROOT / "schemas" / "plan.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(plan_json(found))
    assert plan_json(found)["differs"] is differs


def test_a_person_reads_what_changes_what_drifted_and_what_stays() -> None:
    drift = Drift((SCALED, THEIRS))
    assert list(plan_lines(whole(release(Action.UPGRADE, drift, "image.tag: a → b")))) == [
        "web        upgrade",
        "    image.tag: a → b",
        "    drifted: Deployment/web  spec.replicas: 2 → 3  (kubectl, t)",
        "    stays: Deployment/web  spec.x: (none) → 1  (reloader, t)",
    ]


def test_what_can_not_be_looked_at_is_said() -> None:
    lines = list(plan_lines(whole(release(Action.NONE, Drift(unknown="forbidden")))))
    assert lines[-1] == "    what drifted can't be told: forbidden"
