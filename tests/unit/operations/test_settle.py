"""What is taken back after a failed deploy, and what the one error says: with a scripted cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from delivery.console import Console
from delivery.errors import (
    CommandFailed,
    Course,
    DeliveryError,
    DeployFailed,
    DeployFailedRolledBack,
    EnvironmentFault,
    Interrupted,
)
from delivery.operations.failed_deploy import Attempts, settle
from delivery.release.plan import Action, ReleasePlan
from delivery.release.record import Record
from tests.unit.release.test_plan import plan
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
)


def upgraded(action: Action = Action.UPGRADE, *, verified: bool = True) -> ReleasePlan:
    record = Record("web", (entry(1),) if verified else ())
    return replace(plan("web"), service=service_of(SETTINGS), action=action, record=record)


def crash() -> DeployFailed:
    course = Course("CRASH_LOOP", 7.5, ".delivery/evidence/x", 0.5)
    return DeployFailed("web did not come up: CRASH_LOOP", "its log", "mend it", course)


def settled(
    world: World, console: Console, error: DeliveryError, one: ReleasePlan, *, rollback: bool = True
) -> tuple[DeliveryError, ScriptedDoor]:
    door = world.door(console)
    attempts = Attempts(rollback=rollback)
    if one.action is not Action.VERIFY:
        attempts.applied.append(one)
    attempts.fail(one, error)
    with pytest.raises(DeliveryError) as raised:
        settle(session_of(console, door), world.cluster, HELD, attempts)
    return raised.value, door


@pytest.mark.parametrize("action", [Action.UPGRADE, Action.MEND])
def test_what_was_changed_goes_back_and_the_error_tells_cause_and_way(
    console: Console, action: Action
) -> None:
    error, door = settled(World(), console, crash(), upgraded(action))
    assert isinstance(error, DeployFailedRolledBack)
    assert error.what == "web did not come up: CRASH_LOOP"
    assert error.why.splitlines() == [
        "its log",
        "web is back at what revision 1 was (revision 3 now), verified",
    ]
    assert error.fix == "mend it"
    assert len(door.done("helm", "rollback")) == 1


def test_what_to_do_next_is_told_also_where_the_failure_says_nothing_of_it(console: Console) -> None:
    error, _ = settled(World(), console, CommandFailed("`kubectl apply` ended with exit code 1"), upgraded())
    assert error.fix == "mend that, then run ./inv deploy.all"


def test_the_course_keeps_the_verdict_and_gets_the_seconds_of_the_way_back(console: Console) -> None:
    error, _ = settled(World(), console, crash(), upgraded())
    assert isinstance(error, DeployFailedRolledBack)
    assert (error.course.code, error.course.verdict_s, error.course.evidence_s) == ("CRASH_LOOP", 7.5, 0.5)
    assert error.course.back_s > 0


@pytest.mark.parametrize(
    ("world", "words"),
    [
        pytest.param(World(trouble=REFUSED), "an object is immutable", id="helm refuses"),
        pytest.param(
            World(items=rollout(pod(back_off(5)))), "no luck today", id="what came back crashes too"
        ),
        pytest.param(World(live=[config_map("B", "meddler")]), "data.LEVEL: A → B", id="it is not the same"),
    ],
)
def test_a_way_back_that_fails_too_leaves_nothing_verified_and_says_why(
    console: Console, world: World, words: str
) -> None:
    error, _ = settled(world, console, crash(), upgraded())
    assert type(error) is DeployFailed
    assert error.exit_code == 4
    assert "web is not proven to be back: " in error.why
    assert words in error.why


@pytest.mark.parametrize(
    ("one", "rollback", "words"),
    [
        pytest.param(upgraded(Action.INSTALL, verified=False), True, "nothing to go back to", id="first"),
        pytest.param(upgraded(verified=False), True, "nothing to go back to", id="never verified"),
        pytest.param(upgraded(Action.VERIFY), True, "this deploy did not change it", id="only looked at"),
        pytest.param(upgraded(), False, "rollback is off", id="off"),
    ],
)
def test_what_can_not_go_back_is_left_and_told(
    console: Console, one: ReleasePlan, rollback: bool, words: str
) -> None:
    error, door = settled(World(), console, crash(), one, rollback=rollback)
    assert type(error) is DeployFailed
    assert words in error.why
    assert not door.done("helm", "rollback")


def test_a_fault_of_the_environment_takes_nothing_back(console: Console) -> None:
    fault = EnvironmentFault("the API server has not answered for 61 s", "", "./inv cluster.status")
    error, door = settled(World(), console, fault, upgraded())
    assert type(error) is EnvironmentFault
    assert "web was changed and is not verified" in error.why
    assert not door.asked


def test_an_interrupt_on_the_way_back_is_not_swallowed(console: Console) -> None:
    with pytest.raises(Interrupted):
        raise settled(World(trouble=Interrupted("interrupted")), console, crash(), upgraded())[0]
