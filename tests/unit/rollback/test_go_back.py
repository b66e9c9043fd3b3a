"""One release back to a verified revision, step by step, with a cluster that answers from a table."""

from __future__ import annotations

import json

import pytest

from delivery.console import Console, Step
from delivery.errors import DeployFailed
from delivery.release.helm import NotApplied
from delivery.release.live import live_spec
from delivery.rollback import go_back_to_first
from delivery.rollback.go_back import go_back
from delivery.rollback.restore import CannotRestore
from tests.unit.conftest import Printed
from tests.unit.rollout.builders import back_off, pod, rollout
from tests.unit.scripted import (
    HELD,
    REFUSED,
    SETTINGS,
    ScriptedDoor,
    World,
    config_map,
    entry,
    service_of,
    session_of,
    with_field,
)

WEB = service_of(SETTINGS)


def go(world: World, console: Console, door: ScriptedDoor | None = None) -> ScriptedDoor:
    door = door or world.door(console)
    session = session_of(console, door)
    go_back(session, world.cluster, HELD, WEB, entry(), Step("Roll back web"))
    return door


def written(door: ScriptedDoor) -> dict[str, dict[str, object]]:
    """Revision → entry, as the record was written last."""
    manifest = json.loads(door.done("apply", "--force-conflicts", "-")[-1].stdin or "")
    return {key: json.loads(text) for key, text in manifest["data"].items()}


def test_it_rolls_back_watches_compares_and_records_what_came_back(console: Console) -> None:
    world = World()
    door = go(world, console)
    assert [one.argv[1:4] for one in door.done("helm", "rollback")] == [("rollback", "web", "1")]
    assert "--force-conflicts" in door.done("helm", "rollback")[0].argv
    record = written(door)["3"]
    assert (record["restores"], record["image"], record["secret"]) == (1, "todo-web:1", "web-secrets-1")
    live = live_spec(session_of(console, door), world.cluster, "web")
    assert record["spec"] == live
    # Compared only after it served, recorded only after it was compared.
    order = [one.argv for one in door.asked]
    compared = [n for n, argv in enumerate(order) if "--dry-run=server" in argv][-1]
    recorded = [n for n, argv in enumerate(order) if argv[:2] == ("kubectl", "apply")][-1]
    assert order.index(door.done("helm", "rollback")[0].argv) < compared < recorded


def test_edits_by_hand_are_given_to_helm_before_it_is_called(console: Console) -> None:
    edited = with_field(config_map("A"), "kubectl-edit")

    def helm_takes_them_away(command: object) -> str:
        world.live = world.desired = [config_map("A")]
        return world._roll_back(command)  # type: ignore[arg-type]

    world = World(live=[edited], desired=[edited])
    door = world.door(console, {"helm rollback": helm_takes_them_away})
    go(world, console, door)
    order = [one.argv[:2] for one in door.asked]
    assert order.index(("kubectl", "patch")) < order.index(("helm", "rollback"))
    book = json.loads(door.done("patch")[0].stdin or "")
    assert book[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert book[1]["value"][0]["fieldsV1"] == {"f:data": {"f:LEVEL": {}, "f:EXTRA": {}}}


def test_what_helm_names_and_is_changed_all_the_time_is_not_proven(console: Console) -> None:
    world = World(live=[config_map("B", "meddler")])
    door = world.door(console)
    with pytest.raises(DeployFailed) as error:
        go(world, console, door)
    assert "serves again, but not as revision 1 was verified" in error.value.what
    assert "ConfigMap/web-config  data.LEVEL: A → B  (meddler)" in error.value.why
    assert not [one for one in door.done("kubectl", "apply") if "--dry-run=server" not in one.argv]


def test_what_a_controller_put_beside_it_is_told_and_is_proven(console: Console, printed: Printed) -> None:
    foreign = with_field(config_map("A"), "reloader")
    door = go(World(live=[foreign], desired=[foreign]), console)
    assert "reloader's own, it stays: ConfigMap/web-config  data.EXTRA: (none) → 1" in str(printed)
    assert "3" in written(door)
    assert not door.done("patch")


def test_a_rollback_that_does_not_come_up_is_told_and_not_recorded(console: Console) -> None:
    world = World(items=rollout(pod(back_off(5))))
    door = world.door(console)
    with pytest.raises(DeployFailed) as error:
        go(world, console, door)
    assert error.value.course.code in ("CRASH_LOOP", "TIMED_OUT")
    assert "no luck today" in error.value.why
    assert not [one for one in door.done("kubectl", "apply") if "--dry-run=server" not in one.argv]


def test_helms_refusal_is_told_in_its_words(console: Console) -> None:
    with pytest.raises(NotApplied, match="helm could not apply") as error:
        go(World(trouble=REFUSED), console)
    assert "immutable" in error.value.why


def test_a_secret_that_is_gone_is_told_before_helm_is_called(console: Console) -> None:
    world = World(secrets=())
    door = world.door(console, {"kubectl get nodes": '{"kind": "List", "items": []}'})
    with pytest.raises(CannotRestore) as error:
        go(world, console, door)
    assert error.value.what == "Secret web-secrets-1 of web revision 1 is gone"
    assert "rollback.history" in error.value.fix or ".env" in error.value.fix
    assert not door.done("helm", "rollback")


def test_of_several_the_first_that_can_be_had_is_taken(console: Console, printed: Printed) -> None:
    world = World(secrets=("web-secrets-1",))
    door = world.door(console, {"kubectl get nodes": '{"kind": "List", "items": []}'})
    session = session_of(console, door)
    candidates = [entry(2, secret="web-secrets-gone"), entry(1)]
    back = go_back_to_first(session, world.cluster, HELD, WEB, candidates)
    assert (back.revision, back.restores) == (3, 1)
    assert "Secret web-secrets-gone of web revision 2 is gone" in str(printed)


def test_without_any_verified_revision_it_says_so(console: Console) -> None:
    session = session_of(console, World().door(console))
    with pytest.raises(CannotRestore) as error:
        go_back_to_first(session, World().cluster, HELD, WEB, [])
    assert error.value.fix == "./inv rollback.history"
