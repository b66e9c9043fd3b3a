"""Which releases go back after a failed deploy, who is not waited for, and the one error of it all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from delivery.errors import (
    CommandFailed,
    DeliveryError,
    DeployFailed,
    DeployFailedRolledBack,
    EnvironmentFault,
)
from delivery.operations.failed_deploy import Abandoned, Attempts, Way, told
from delivery.release.plan import Action, ReleasePlan
from delivery.release.record import Entry, Record
from tests.unit.release.test_plan import plan, service

ENTRY = Entry(3, "todo-web:1", "id", "s", "d", "t")


def upgrade(name: str, action: Action = Action.UPGRADE, **fields: Any) -> ReleasePlan:
    return replace(plan(name), service=service(name, **fields), action=action, record=Record(name, (ENTRY,)))


def run(*plans: ReleasePlan, failed: str, rollback: bool = True) -> Attempts:
    attempts = Attempts(rollback=rollback)
    attempts.applied += [one for one in plans if one.action is not Action.VERIFY]
    for one in plans:
        if one.service.name == failed:
            attempts.fail(one, DeployFailed(f"{failed} did not come up"))
    return attempts


@pytest.mark.parametrize(
    ("other", "goes"),
    [
        pytest.param(upgrade("frontend"), True, id="deployed together"),
        pytest.param(upgrade("frontend", Action.INSTALL), False, id="installed now: nothing before it"),
        pytest.param(replace(upgrade("frontend"), record=Record("frontend")), False, id="never verified"),
        pytest.param(upgrade("database", embedded="database"), False, id="a database keeps its data"),
    ],
)
def test_what_was_changed_together_goes_back_together(other: ReleasePlan, goes: bool) -> None:
    attempts = run(upgrade("backend"), other, failed="backend")
    assert attempts.goes_back(other) is goes
    assert attempts.goes_back(attempts.applied[0])


def test_a_database_that_failed_itself_goes_back() -> None:
    database = upgrade("database", embedded="database")
    assert run(database, failed="database").goes_back(database)


def test_with_rollback_off_nothing_goes_back_and_all_are_waited_for() -> None:
    both = upgrade("backend"), upgrade("frontend")
    attempts = run(*both, failed="backend", rollback=False)
    assert not any(map(attempts.goes_back, both))
    attempts.clock(both[1]).sleep(0.01)


def test_a_release_that_goes_back_anyway_is_not_waited_for() -> None:
    both = upgrade("backend"), upgrade("frontend")
    attempts = run(*both, failed="backend")
    with pytest.raises(Abandoned):
        attempts.clock(both[1]).sleep(60)


@pytest.mark.parametrize(
    "fault",
    [CommandFailed("the record was refused"), EnvironmentFault("the API server is away")],
    ids=["a command", "the environment"],
)
def test_who_is_not_waited_for_goes_back_and_who_does_not_go_back_is_waited_for(fault: DeliveryError) -> None:
    backend, frontend = upgrade("backend"), upgrade("frontend")
    attempts = run(backend, frontend, failed="")
    attempts.fail(backend, fault)
    attempts.clock(frontend).sleep(0.01)
    assert attempts.going_back() == []
    attempts.fail(frontend, DeployFailed("frontend did not come up"))
    with pytest.raises(Abandoned):
        attempts.clock(backend).sleep(60)
    assert attempts.going_back() == [backend, frontend]


def test_a_database_that_only_its_environment_broke_off_stays_where_it_is() -> None:
    database, backend = upgrade("database", embedded="database"), upgrade("backend")
    attempts = run(database, backend, failed="backend")
    attempts.fail(database, EnvironmentFault("the API server is away"))
    assert attempts.going_back() == [backend]


def test_the_failure_of_what_was_not_changed_keeps_nobody_from_waiting() -> None:
    both = upgrade("backend", Action.VERIFY), upgrade("frontend")
    attempts = run(*both, failed="backend")
    attempts.clock(both[1]).sleep(0.01)


def test_one_error_tells_the_causes_and_where_each_release_is_now() -> None:
    errors = [DeployFailed("a fell", "its log", "mend a"), DeployFailed("b fell", "", "mend b")]
    ways = [Way("a", replace(ENTRY, revision=5, restores=3)), Way("b", trouble="b could not go back: why")]
    error = told(errors, ways, DeployFailedRolledBack)
    assert error.exit_code == 3
    assert error.what == "a fell; b fell"
    assert error.why.splitlines() == [
        "its log",
        "a is back at what revision 3 was (revision 5 now), verified",
        "b could not go back: why",
    ]
    assert error.fix == "mend a"
