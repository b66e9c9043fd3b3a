"""How drift is asked for: the dry run that is refused in part, Secrets, who may not ask."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from delivery.command import Command, Result
from delivery.console import Console
from delivery.release.drift import Drift
from delivery.release.drift_facts import read_drift
from delivery.release.helm import Release
from delivery.release.record import Record
from delivery.release.state import NamespaceState
from delivery.secret.data import SecretData
from tests.unit.scripted import ScriptedDoor, World, config_map, entry, session_of, with_field

MANIFESTS = """
---
{kind: ConfigMap, metadata: {name: web-config}}
---
{kind: ConfigMap, metadata: {name: web-other}}
"""
SECRET = SecretData("web", {"token": "a value that nobody may see"})


class Refusing(ScriptedDoor):
    """Refuses the dry run of every lot that holds an object of this name."""

    refused = ""
    words = ""

    def run(self, command: Command) -> Result:
        if "--dry-run=server" not in command.argv:
            return super().run(command)
        self.asked.append(command)
        names = [one["metadata"]["name"] for one in json.loads(command.stdin or "")["items"]]
        if self.refused in names:
            return Result(command.argv, 1, "", self.words, 0.0)
        made = [config_map("A") | {"metadata": {**config_map("A")["metadata"], "name": n}} for n in names]
        return Result(command.argv, 0, json.dumps({"kind": "List", "items": made}), "", 0.0)


def look(
    console: Console, live: list[dict[str, Any]], refused: str, words: str, secrets: Any = ()
) -> tuple[Drift, Refusing]:
    world = World(live=live)
    listed = json.dumps({"items": list(secrets)})
    rows = world.door(console, {"helm get manifest": MANIFESTS, "kubectl get secrets": listed}).rows
    door = Refusing(console, rows)
    door.refused, door.words = refused, words
    record = Record("web", (entry(2, secret=SECRET.name if secrets != () else ""),))
    state = NamespaceState({"web": Release("web", 2, "deployed")}, {"web": record})
    return read_drift(session_of(console, door), world.cluster, state, ["web"])["web"], door


def other(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "metadata": {**item["metadata"], "name": "web-other"}}


def test_an_object_whose_apply_is_refused_for_an_edit_is_compared_by_who_wrote_it(console: Console) -> None:
    edited = with_field(config_map("A"), "kubectl-set")
    words = 'The ConfigMap "web-config" is invalid: data: may not be so'
    drift, door = look(console, [edited, other(config_map("B"))], "web-config", words)
    assert [(one.object, one.path) for one in drift.differences] == [
        ("ConfigMap/web-other", "data.LEVEL"),
        ("ConfigMap/web-config", "data.EXTRA"),
    ]
    assert drift.unknown == ""
    assert drift.edited == (edited,)
    assert len(door.done("--dry-run=server")) == 3


def test_an_object_whose_apply_is_refused_for_no_edit_is_said_to_be_unknown(console: Console) -> None:
    drift, _ = look(console, [config_map("A"), other(config_map("A"))], "web-config", "denied by a webhook")
    assert not drift.drifted
    assert drift.unknown == "ConfigMap/web-config: denied by a webhook"


def test_who_may_not_ask_is_told_so_after_one_question(console: Console) -> None:
    words = 'configmaps "web-config" is forbidden: User "x" cannot patch resource'
    drift, door = look(console, [config_map("A"), other(config_map("A"))], "web-config", words)
    assert not drift.drifted
    assert "forbidden" in drift.unknown
    assert len(door.done("--dry-run=server")) == 1


@pytest.mark.parametrize(
    ("values", "line"),
    [
        pytest.param(SECRET.entries, "", id="as it was made"),
        pytest.param(None, f"Secret/{SECRET.name}  there → deleted", id="deleted"),
        pytest.param({"token": "other"}, f"Secret/{SECRET.name}  data: *** → ***", id="made anew by hand"),
    ],
)
def test_a_secret_that_is_gone_or_holds_something_else_is_told_without_its_values(
    console: Console, values: dict[str, str] | None, line: str
) -> None:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in (values or {}).items()}
    secrets = [] if values is None else [{"metadata": {"name": SECRET.name}, "data": data}]
    drift, _ = look(console, [config_map("A"), other(config_map("A"))], "", "", secrets)
    assert [one.line() for one in drift.differences] == ([line] if line else [])


def test_nothing_is_said_of_a_release_that_a_dead_run_left(console: Console) -> None:
    world = World()
    state = replace(NamespaceState(), releases={"web": Release("web", 2, "pending-upgrade")})
    assert read_drift(session_of(console, world.door(console)), world.cluster, state, ["web"]) == {}


def two(console: Console, web: str, api: str, live: list[dict[str, Any]]) -> dict[str, Drift]:
    """The drift of two releases with these manifests."""
    world = World(live=live, desired=[other(config_map("A")), config_map("A")])
    rows = {"helm get manifest web": web, "helm get manifest api": api}
    state = NamespaceState({name: Release(name, 2, "deployed") for name in ("web", "api")})
    door = world.door(console, rows)
    return read_drift(session_of(console, door), world.cluster, state, ["web", "api"])


def test_a_manifest_that_nobody_can_read_leaves_the_other_release_known(console: Console) -> None:
    drifts = two(
        console, "kind: [", "{kind: ConfigMap, metadata: {name: web-other}}", [other(config_map("B"))]
    )
    assert "can't be read" in drifts["web"].unknown
    assert [one.object for one in drifts["api"].differences] == ["ConfigMap/web-other"]


def test_objects_belong_to_the_release_whose_manifest_names_them_whatever_their_labels(
    console: Console,
) -> None:
    bare = config_map("B")
    del bare["metadata"]["labels"]
    manifests = (
        "{kind: ConfigMap, metadata: {name: web-config}}",
        "{kind: ConfigMap, metadata: {name: web-other}}",
    )
    drifts = two(console, *manifests, [bare, other(config_map("A"))])
    assert {one.object for one in drifts["web"].differences} == {"ConfigMap/web-config"}
    assert "deleted" not in "".join(one.line() for one in drifts["web"].differences)
    assert not drifts["api"].drifted


def test_a_date_without_quotes_is_no_fault(console: Console) -> None:
    dated = "{kind: ConfigMap, metadata: {name: web-config}, data: {day: 2026-01-02}}"
    assert not two(console, dated, "", [config_map("A")])["web"].drifted
