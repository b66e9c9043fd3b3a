"""What a deploy does with its releases, with a scripted cluster: applied, verified, recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from delivery.command import Command
from delivery.console import Console
from delivery.errors import DeployFailed, DeployFailedRolledBack, EnvironmentFault
from delivery.masking import MASK
from delivery.operations.deploy import release_all
from delivery.release.drift import Difference, Drift
from delivery.release.mended import still_wrong
from delivery.release.plan import Action, ReleasePlan
from delivery.release.record import Record
from tests.unit.conftest import Printed
from tests.unit.release.test_plan import plan
from tests.unit.scripted import (
    HELD,
    SETTINGS,
    Answer,
    ScriptedDoor,
    World,
    config_map,
    entry,
    listed,
    service_of,
    session_of,
    with_field,
)


def planned(action: Action, **fields: Any) -> ReleasePlan:
    """A plan for release web, of which revision 2 was brought back from 1 and is as it should be."""
    record = Record("web", (entry(1, digest="d", run="first"), entry(2, digest="d", restores=1, run="first")))
    given = {"service": service_of(SETTINGS), "action": action, "record": record}
    return replace(plan("web"), **{**given, **fields})


def released(
    world: World, console: Console, one: ReleasePlan, more: Mapping[str, Answer] | None = None
) -> ScriptedDoor:
    door = world.door(console, more)
    release_all(session_of(console, door), world.cluster, HELD, [one])
    return door


def written(door: ScriptedDoor) -> dict[str, dict[str, Any]]:
    """Revision → entry, as the record was written last."""
    recorded = [one for one in door.done("kubectl", "apply") if "--dry-run=server" not in one.argv]
    data = json.loads(recorded[-1].stdin or "")["data"]
    return {key: json.loads(text) for key, text in data.items()}


@pytest.mark.parametrize(
    ("action", "digest", "origin"),
    [
        pytest.param(Action.VERIFY, "d", (1, "first"), id="looked at again"),
        pytest.param(Action.MEND, "d", (1, "first"), id="mended"),
        pytest.param(Action.UPGRADE, "other", (0, ""), id="changed"),
    ],
)
def test_the_record_says_what_a_revision_is_and_which_deploy_made_it(
    console: Console, action: Action, digest: str, origin: tuple[int, str]
) -> None:
    new = written(released(World(), console, planned(action, digest=digest)))["2"]
    restores, run = origin
    assert new["restores"] == restores
    assert new["run"] == run if run else new["run"] > "2026"


@pytest.mark.parametrize("where", ["helm upgrade", "kubectl apply"], ids=["applying", "recording"])
def test_an_error_of_our_own_is_a_failure_of_its_release_and_what_it_changed_goes_back(
    console: Console, printed: Printed, where: str
) -> None:
    def breaks_once(_: Command) -> str:
        if not broken:
            broken.append(True)
            raise KeyError("no such thing")
        return ""

    broken: list[bool] = []
    rows: dict[str, Answer] = {"kubectl apply --dry-run=server": lambda _: listed(world.desired)}
    world = World()
    with pytest.raises(DeployFailedRolledBack) as raised:
        released(world, console, planned(Action.UPGRADE), {**rows, where: breaks_once})
    assert raised.value.what == "web was not deployed to its end: internal error"
    assert "KeyError: 'no such thing'" in raised.value.why
    assert "web is back at what revision 1 was" in raised.value.why
    assert "Traceback" in str(printed)


def test_a_full_disk_is_no_failure_of_the_release_and_takes_nothing_back(console: Console) -> None:
    world = World()
    door = world.door(console, {"helm upgrade": OSError(28, "No space left on device")})
    with pytest.raises(EnvironmentFault, match="web was not deployed to its end") as raised:
        release_all(session_of(console, door), world.cluster, HELD, [planned(Action.UPGRADE)])
    assert "No space left on device" in raised.value.why
    assert not door.done("helm", "rollback")


@pytest.mark.parametrize(
    ("making", "deleted"),
    [
        pytest.param("web-secrets-1", ["web-secrets-1"], id="the same: it is made again"),
        pytest.param("web-secrets-2", [], id="another: the way back needs the old one"),
    ],
)
def test_a_changed_secret_is_deleted_only_where_it_is_made_again(
    console: Console, making: str, deleted: list[str]
) -> None:
    drift = Drift((Difference("Secret/web-secrets-1", "data", MASK, MASK),))
    one = planned(Action.UPGRADE, drift=drift, secret_name=making)
    door = released(World(), console, one, {"kubectl delete secret": ""})
    assert [command.argv[3] for command in door.done("delete", "secret")] == deleted


EDIT = Difference("ConfigMap/web-config", "data.EXTRA", "(none)", "1", "kubectl-edit")


@pytest.mark.parametrize("action", [Action.MEND, Action.UPGRADE])
def test_an_edit_that_is_still_there_after_the_apply_is_not_verified(
    console: Console, action: Action
) -> None:
    edited = with_field(config_map("A"), "kubectl-edit")
    world = World(live=[edited], desired=[edited])
    door = world.door(console)
    with pytest.raises(DeployFailed, match="what had drifted is still so") as raised:
        release_all(
            session_of(console, door), world.cluster, HELD, [planned(action, drift=Drift((EDIT,), (edited,)))]
        )
    assert "ConfigMap/web-config  data.EXTRA: (none) → 1  (kubectl-edit)" in raised.value.why
    assert not [one for one in door.done("kubectl", "apply") if "--dry-run=server" not in one.argv]


def test_an_edit_that_the_apply_took_away_is_mended_and_verified(console: Console) -> None:
    edited = with_field(config_map("A"), "kubectl-edit")
    one = planned(Action.MEND, drift=Drift((EDIT,), (edited,)))
    assert "2" in written(released(World(), console, one))


@pytest.mark.parametrize(("making", "found"), [("web-secrets-2", 0), ("web-secrets-1", 1)])
def test_the_former_secret_is_nobodys_drift_once_another_is_used(making: str, found: int) -> None:
    drift = Drift((Difference("Secret/web-secrets-1", "data", MASK, MASK),))
    assert len(still_wrong(drift, planned(Action.UPGRADE, secret_name=making))) == found
