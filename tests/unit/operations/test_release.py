"""A release as it is made: what is repaired first, what of a former life goes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from delivery.console import Console
from delivery.errors import CommandFailed, DeployError, DeployFailed
from delivery.operations.deploy import _repair, release_all
from delivery.release.helm import NotApplied
from delivery.release.plan import Action
from delivery.release.record import Record
from tests.unit.release.test_plan import plan
from tests.unit.rollout.builders import back_off, pod, rollout
from tests.unit.scripted import HELD, SETTINGS, Answer, ScriptedDoor, World, service_of, session_of


def test_an_install_forgets_what_a_former_life_verified_before_helm_is_called(console: Console) -> None:
    world = World(items=rollout(pod(back_off(5))))
    door = world.door(console, {"kubectl delete configmap web-record": ""})
    one = replace(plan("web"), service=service_of(SETTINGS), action=Action.INSTALL, record=Record("web"))
    with pytest.raises(DeployError):
        release_all(session_of(console, door), world.cluster, HELD, [one])
    [gone], [applied] = door.done("delete", "web-record"), door.done("helm", "upgrade")
    assert door.asked.index(gone) < door.asked.index(applied)


def repaired(console: Console, status: str, answer: Answer = "") -> ScriptedDoor:
    world = World()
    listed = json.dumps([{"name": "web", "revision": "2", "status": status}])
    door = world.door(console, {"helm list": listed, "helm rollback": answer})
    _repair(session_of(console, door), world.cluster, HELD, [service_of(SETTINGS)])
    return door


@pytest.mark.parametrize(
    ("status", "back"),
    [("failed", 0), ("deployed", 0), ("pending-upgrade", 1), ("pending-rollback", 1), ("uninstalling", 1)],
)
def test_only_a_release_that_helm_will_not_upgrade_is_repaired_first(
    console: Console, status: str, back: int
) -> None:
    assert len(repaired(console, status).done("helm", "rollback")) == back


def test_a_repair_that_is_refused_is_a_failed_deploy_with_a_way_on(console: Console) -> None:
    with pytest.raises(NotApplied) as error:
        repaired(console, "pending-upgrade", CommandFailed("`helm rollback` ended", "an object is immutable"))
    assert isinstance(error.value, DeployFailed)
    assert error.value.fix
