"""Edits by hand are given to helm as they are at that moment, and what can't be given is told."""

from __future__ import annotations

import json
from collections.abc import Callable

from delivery.command import Command, Result
from delivery.console import Console
from delivery.release.drift import Drift
from delivery.release.take_over import take_over_edits
from tests.unit.conftest import Printed
from tests.unit.scripted import ScriptedDoor, World, config_map, session_of, with_field

EDITED = with_field(config_map("A"), "kubectl-set")
DRIFT = Drift(edited=(EDITED,))


class ApiDoor(ScriptedDoor):
    """Takes a patch of the object as it is only, like the API server, which may refuse it for itself too."""

    world: World
    meanwhile: Callable[[], None] = staticmethod(lambda: None)
    forbidden = False

    def run(self, command: Command) -> Result:
        if "patch" not in command.argv:
            return super().run(command)
        self.asked.append(command)
        self.meanwhile()
        version = json.loads(command.stdin or "")[0]["value"]
        refusal = "forbidden" if self.forbidden else ""
        if version != self.world.live[0]["metadata"]["resourceVersion"]:
            refusal = "the server rejected our request due to an error in our request"
        return Result(command.argv, 1 if refusal else 0, "", refusal, 0.0)


def api(console: Console, version: str) -> ApiDoor:
    world = World(live=[with_version(version)])
    door = ApiDoor(console, world.door(console).rows)
    door.world = world
    return door


def with_version(version: str) -> dict[str, object]:
    return {**EDITED, "metadata": {**EDITED["metadata"], "resourceVersion": version}}


def take_over(console: Console, door: ApiDoor) -> list[str]:
    take_over_edits(session_of(console, door), door.world.cluster, DRIFT)
    return [json.loads(one.stdin or "")[0]["value"] for one in door.done("patch")]


def test_an_object_whose_status_changed_since_drift_was_read_is_taken_as_it_is_now(
    console: Console, printed: Printed
) -> None:
    assert take_over(console, api(console, "12")) == ["12"]
    assert "could not be given" not in str(printed)


def test_one_that_changes_between_look_and_patch_is_tried_again(console: Console, printed: Printed) -> None:
    door = api(console, "12")
    versions = ["13", "14"]

    def changes() -> None:
        if versions:
            door.world.live = [with_version(versions.pop(0))]

    door.meanwhile = changes
    assert take_over(console, door) == ["12", "13", "14"]
    assert "could not be given" not in str(printed)


def test_a_refusal_of_another_kind_is_told_at_once(console: Console, printed: Printed) -> None:
    door = api(console, "12")
    door.forbidden = True
    assert take_over(console, door) == ["12"]
    assert "! edits of configmap/web-config could not be given to helm, so they may stay: forbidden" in str(
        printed
    )


def test_one_that_changes_all_the_time_is_given_up_with_a_word(console: Console, printed: Printed) -> None:
    door = api(console, "0")
    numbers = iter(range(1, 100))

    def changes() -> None:
        door.world.live = [with_version(str(next(numbers)))]

    door.meanwhile = changes
    assert len(take_over(console, door)) == 5
    assert "so they may stay: the server rejected our request" in str(printed)


def test_what_is_gone_or_was_taken_back_meanwhile_is_left_alone(console: Console) -> None:
    for live in ([], [config_map("A")]):
        door = api(console, "12")
        door.world.live = list(live)
        assert take_over(console, door) == []
