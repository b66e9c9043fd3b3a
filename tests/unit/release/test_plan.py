"""What a deploy decides: actions, waves, values, differences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.errors import InvalidInput
from delivery.image import Image
from delivery.release.access import filled_in
from delivery.release.deploy import waves
from delivery.release.helm import Release, parse_releases
from delivery.release.plan import Action, ReleasePlan, decide
from delivery.release.record import Entry, Record, parse_record
from delivery.release.selection import select
from delivery.release.size import largest_node_cpus, parse_cpus
from delivery.release.values import (
    SecretRef,
    check_values,
    difference,
    image_values,
    merged,
    service_values,
)
from delivery.settings import ClusterSettings, Service, Settings, Timeouts

IMAGE = Image("web", "todo-web", "phase4-1", "sha256:1", True)


def service(name: str = "web", **fields: Any) -> Service:
    base = {
        "chart": Path("c"),
        "dockerfile": Path("d"),
        "context": Path(),
        "image": f"todo-{name}",
        "port": 1,
    }
    return Service(name=name, **{**base, **fields})


def plan(name: str, *after: str) -> ReleasePlan:
    return ReleasePlan(service(name, after=after), IMAGE, {}, None, "", "d", Action.INSTALL, ())


@pytest.mark.parametrize(
    ("release", "verified", "ready", "action"),
    [
        pytest.param(None, "", False, Action.INSTALL, id="nothing there"),
        pytest.param(Release("web", 3, "deployed"), "d", True, Action.NONE, id="as it should be"),
        pytest.param(
            Release("web", 3, "deployed"), "d", False, Action.VERIFY, id="verified once, not ready now"
        ),
        pytest.param(Release("web", 3, "deployed"), "old", True, Action.UPGRADE, id="something changed"),
        pytest.param(Release("web", 3, "deployed"), "", True, Action.UPGRADE, id="never verified"),
    ],
)
def test_what_a_release_needs(release: Release | None, verified: str, ready: bool, action: Action) -> None:
    assert decide(release, verified, "d", ready=ready) is action


def test_releases_go_in_waves_by_their_dependencies() -> None:
    plans = [plan("database"), plan("backend", "database"), plan("frontend"), plan("worker", "backend")]
    names = [[one.service.name for one in wave] for wave in waves(plans)]
    assert names == [["database", "frontend"], ["backend"], ["worker"]]


def test_a_dependency_that_is_not_deployed_holds_nobody_up() -> None:
    assert len(waves([plan("backend", "database")])) == 1


def test_values_of_deploy_yaml_come_last() -> None:
    one = service(
        node_port=30000, secret={"key": "VAR"}, values={"replicaCount": 3, "image": {"pullPolicy": "Always"}}
    )
    values = service_values(one, IMAGE.reference, SecretRef("web-secrets-1", {"ca": "ca.crt"}), {"A": "1"})
    assert values == {
        "image": {"repository": "todo-web", "tag": "phase4-1", "pullPolicy": "Always"},
        "service": {"nodePort": 30000},
        "env": {"A": "1"},
        "secret": {"name": "web-secrets-1", "env": {"VAR": "key"}, "files": {"ca": "ca.crt"}},
        "replicaCount": 3,
    }


@pytest.mark.parametrize(
    ("reference", "values"),
    [
        ("todo-web:phase4-1", {"repository": "todo-web", "tag": "phase4-1"}),
        ("host:5000/team/todo-web:t", {"repository": "host:5000/team/todo-web", "tag": "t"}),
        ("host:5000/web@sha256:1", {"repository": "host:5000/web", "tag": "", "digest": "sha256:1"}),
    ],
)
def test_an_image_is_taken_apart_for_the_chart(reference: str, values: dict[str, str]) -> None:
    assert image_values(reference) == values


def test_merging_is_helms() -> None:
    base = {"a": {"b": 1, "c": 2}, "list": [1], "gone": 1}
    assert merged(base, {"a": {"c": 3}, "list": [2], "gone": None}) == {"a": {"b": 1, "c": 3}, "list": [2]}


def test_a_difference_names_paths_and_both_values() -> None:
    lines = difference({"image": {"tag": "a"}, "x": 1}, {"image": {"tag": "b"}, "x": 1, "y": {"z": True}})
    assert lines == ("image.tag: a → b", "y.z: (none) → True")


def test_all_faults_of_values_are_told_before_helm_is_called() -> None:
    root = Path(__file__).parents[3]
    one = service("frontend", chart=root / "helm" / "frontend")
    with pytest.raises(InvalidInput) as caught:
        check_values(one, {"replicaCount": "two", "replicaCuont": 2, "service": {"nodePort": 80}})
    text = str(caught.value)
    assert 'services.frontend.values.replicaCount: "two" is not of type integer' in text
    assert "services.frontend.values.replicaCuont: no such key; did you mean `replicaCount`?" in text
    assert "services.frontend.values.service.nodePort: 80" in text
    assert caught.value.exit_code == 2


def test_addresses_are_filled_in_and_a_given_variable_wins() -> None:
    one = service(env={"BACKEND": "{backend.url}", "PLAIN": "x", "GIVEN": "{backend.url}"})
    urls = {"backend": "http://localhost:30001"}
    assert filled_in(one, urls, {"GIVEN": "https://api.example"}) == {
        "BACKEND": "http://localhost:30001", "PLAIN": "x", "GIVEN": "https://api.example",
    }  # fmt: skip


def test_an_address_of_an_unknown_service_is_a_fault() -> None:
    with pytest.raises(InvalidInput, match="without a nodePort"):
        filled_in(service(env={"A": "{nobody.url}"}), {"backend": "u"}, {})


def settings(*services: Service) -> Settings:
    return Settings(
        "todo", ClusterSettings(), {one.name: one for one in services}, Timeouts(), "phase4", 3, {}
    )


def test_a_service_brings_its_dependencies_along() -> None:
    chosen = select(
        settings(service("database"), service("backend", after=("database",)), service("web")), ["backend"]
    )
    assert [one.name for one in chosen] == ["database", "backend"]


def test_an_unknown_service_is_named_with_a_hint() -> None:
    with pytest.raises(InvalidInput) as caught:
        select(settings(service("backend")), ["backnd"])
    assert "did you mean backend?" in str(caught.value)


def test_a_record_keeps_the_newest_and_survives_unreadable_entries() -> None:
    record = Record("web")
    for revision in range(1, 14):
        record = record.with_entry(Entry(revision, f"i:{revision}", "id", "s", "d", "t"))
    assert len(record.entries) == 10
    newest = record.newest()
    assert newest
    assert newest.revision == 13
    text = '{"revision": 2, "image": "i", "image_id": "x", "secret": "s", "digest": "d", "verified_at": "t"}'
    parsed = parse_record("web", {"data": {"2": text, "3": "not json", "4": '{"other": 1}'}})
    assert [entry.revision for entry in parsed.entries] == [2]


def test_helm_list_is_parsed() -> None:
    text = '[{"name":"web","namespace":"todo","revision":"4","status":"pending-upgrade","chart":"web-1.0.0"}]'
    found = parse_releases(text)["web"]
    assert (found.revision, found.pending) == (4, True)
    assert parse_releases("") == {}


@pytest.mark.parametrize(("quantity", "cpus"), [("2", 2.0), ("1930m", 1.93), ("0.5", 0.5)])
def test_cpu_quantities(quantity: str, cpus: float) -> None:
    assert parse_cpus(quantity) == cpus


def test_the_largest_node_decides_about_the_room() -> None:
    nodes = [{"status": {"allocatable": {"cpu": cpus}}} for cpus in ("1500m", "8")]
    assert largest_node_cpus(json.dumps({"items": nodes})) == 8.0
