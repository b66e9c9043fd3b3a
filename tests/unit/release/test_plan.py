"""What a deploy decides: actions, waves, values, differences."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from delivery.errors import InvalidInput
from delivery.image import Image
from delivery.operations.deploy import waves
from delivery.paths import ROOT
from delivery.release.helm import Release, Revision, parse_releases, revision_to_repair_to
from delivery.release.in_use import in_use
from delivery.release.plan import Action, ReleasePlan, decide, repairs
from delivery.release.record import Entry, Record, parse_record
from delivery.release.selection import select
from delivery.release.state import NamespaceState
from delivery.release.values import (
    SecretRef,
    check_values,
    difference,
    image_values,
    merged,
    release_digest,
    service_values,
)
from delivery.settings import ClusterSettings, Service, Settings, Timeouts

IMAGE = Image("web", "todo-web", "phase4-1", "sha256:1")


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
    return ReleasePlan(service(name, after=after), IMAGE, {}, None, "", "d", Action.INSTALL, (), Record(name))


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
        pytest.param(Release("web", 3, "failed"), "d", True, Action.UPGRADE, id="helm calls it failed"),
    ],
)
def test_what_a_release_needs(release: Release | None, verified: str, ready: bool, action: Action) -> None:
    assert decide(release, verified, "d", ready=ready) is action


def test_a_repair_is_told_before_it_is_made() -> None:
    assert repairs(Release("web", 3, "pending-upgrade")) == (
        "first: the release is pending-upgrade and is repaired",
    )
    assert repairs(Release("web", 3, "failed")) == repairs(None) == ()


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
        "service": {"port": 1, "nodePort": 30000},
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


def test_maps_merge_and_a_null_reaches_helm() -> None:
    base = {"a": {"b": 1, "c": 2}, "list": [1], "gone": 1}
    over = {"a": {"c": 3}, "list": [2], "gone": None}
    assert merged(base, over) == {"a": {"b": 1, "c": 3}, "list": [2], "gone": None}


def test_a_null_takes_a_default_away_before_the_schema_looks() -> None:
    one = service("frontend", chart=ROOT / "helm" / "frontend")
    check_values(one, {"startupProbe": None, "env": {"BACKEND_URL": None}})


def test_a_difference_names_paths_and_both_values() -> None:
    lines = difference({"image": {"tag": "a"}, "x": 1}, {"image": {"tag": "b"}, "x": 1, "y": {"z": True}})
    assert lines == ("image.tag: a → b", "y.z: (none) → True")


def test_all_faults_of_values_are_told_before_helm_is_called() -> None:
    one = service("frontend", chart=ROOT / "helm" / "frontend")
    with pytest.raises(InvalidInput) as caught:
        check_values(one, {"replicaCount": "two", "replicaCuont": 2, "service": {"nodePort": 80}})
    text = str(caught.value)
    assert 'services.frontend.values.replicaCount: "two" is not of type integer' in text
    assert "services.frontend.values.replicaCuont: no such key; did you mean `replicaCount`?" in text
    assert "services.frontend.values.service.nodePort: 80" in text
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [("values.schema.json", "{"), ("values.schema.json", '{"type": "objct"}'), ("values.yaml", "a: b: c")],
)
def test_a_chart_whose_own_files_are_broken_is_bad_input(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "values.yaml").write_text("a: 1\n")
    (tmp_path / "values.schema.json").write_text('{"type": "object"}')
    check_values(service(chart=tmp_path), {})
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInput) as caught:
        check_values(service(chart=tmp_path), {})
    assert name in caught.value.why


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


def entry(revision: int, digest: str = "d") -> Entry:
    return Entry(revision, f"todo-web:phase4-{revision}", "id", f"web-secrets-{revision}", digest, "t")


def test_a_record_of_a_former_life_of_the_release_does_not_count() -> None:
    record = Record("web", tuple(entry(revision) for revision in range(1, 6)))
    reinstalled = NamespaceState({"web": Release("web", 1, "deployed")}, {"web": record}, {})
    assert reinstalled.record("web") == Record("web")
    uninstalled = NamespaceState({}, {"web": record}, {})
    assert uninstalled.record("web") == Record("web")
    alive = NamespaceState({"web": Release("web", 5, "deployed")}, {"web": record}, {})
    assert alive.record("web") == record


def test_a_revision_at_or_below_the_last_drops_what_came_after() -> None:
    record = Record("web", (entry(1), entry(2), entry(3))).with_entry(entry(2, "new"))
    assert [(one.revision, one.digest) for one in record.entries] == [(1, "d"), (2, "new")]


def test_the_digest_follows_what_is_rendered_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    for name in ("Chart.yaml", "values.yaml", "README.md", "templates/deployment.yaml"):
        (tmp_path / name).write_text("a: 1\n")
    before = release_digest(tmp_path, {"x": 1})
    (tmp_path / "README.md").write_text("changed")
    (tmp_path / "templates" / ".DS_Store").write_text("noise")
    assert release_digest(tmp_path, {"x": 1}) == before
    assert release_digest(tmp_path, {"x": 2}) != before
    for name in ("Chart.yaml", "values.yaml", "templates/deployment.yaml"):
        (tmp_path / name).write_text(f"changed: {name}\n")
        after = release_digest(tmp_path, {"x": 1})
        assert after != before
        before = after


def test_what_runs_or_was_verified_is_in_use() -> None:
    text = json.dumps(asdict(entry(4)))
    records = [
        {"metadata": {"name": "web-record", "namespace": space}, "data": {"4": text}}
        for space in ("todo", "b")
    ]
    pod = {"containers": [{"image": "i:live", "env": [{"valueFrom": {"secretKeyRef": {"name": "s-env"}}}]}]}
    template = {
        "initContainers": [{"image": "i:init", "envFrom": [{"secretRef": {"name": "s-from"}}]}],
        "volumes": [
            {"secret": {"secretName": "s-volume"}},
            {"projected": {"sources": [{"secret": {"name": "s-projected"}}]}},
        ],
    }
    workloads: list[dict[str, Any]] = [
        {"metadata": {"namespace": "todo"}, "spec": pod},
        {"metadata": {"namespace": "todo"}, "spec": {"template": {"spec": template}}},
        {"metadata": {"namespace": "other"}, "spec": {"containers": [{"image": "i:elsewhere"}]}},
    ]
    found = in_use(workloads, records, "todo")
    assert found.images == {"todo-web:phase4-4", "i:live", "i:init", "i:elsewhere"}
    assert found.secrets >= {"web-secrets-4", "s-env", "s-from", "s-volume", "s-projected"}


def test_helm_list_is_parsed() -> None:
    text = '[{"name":"web","namespace":"todo","revision":"4","status":"pending-upgrade","chart":"web-1.0.0"}]'
    found = parse_releases(text)["web"]
    assert (found.revision, found.pending) == (4, True)
    assert parse_releases("") == {}


@pytest.mark.parametrize(
    ("statuses", "verified", "revision"),
    [
        pytest.param(["superseded", "deployed", "pending-upgrade"], [1], 1, id="not to a crash loop"),
        pytest.param(["superseded", "deployed", "pending-upgrade"], [1, 2], 2, id="the newest verified"),
        pytest.param(
            ["superseded", "deployed", "pending-upgrade"], [], 2, id="none verified: what helm says"
        ),
        pytest.param(["superseded", "deployed", "failed"], [9], 2, id="a verified one that helm forgot"),
        pytest.param(["pending-install"], [], None, id="never installed"),
    ],
)
def test_a_broken_release_is_repaired_to_what_was_verified(
    statuses: list[str], verified: list[int], revision: int | None
) -> None:
    revisions = [Revision(number, status, "", "") for number, status in enumerate(statuses, start=1)]
    assert revision_to_repair_to(revisions, verified) == revision
