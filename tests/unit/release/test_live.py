"""What counts as the same release after a rollback, and what a record keeps of it."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from typing import Any

import pytest

from delivery.release.live import VERSION, differing, spec_digests
from delivery.release.record import Entry, parse_record

ITEMS: list[dict[str, Any]] = [
    {
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 1,
            "template": {
                "metadata": {"labels": {"app": "web"}, "annotations": {"checksum/config": "1"}},
                "spec": {"containers": [{"name": "web", "image": "todo-web:1"}]},
            },
        },
        "status": {"replicas": 1},
    },
    {"kind": "ConfigMap", "metadata": {"name": "web-config"}, "data": {"A": "1"}},
    {
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30000}], "clusterIP": "10.0.0.1"},
    },
]


def changed(index: int, path: str, value: object) -> dict[str, str]:
    items = copy.deepcopy(ITEMS)
    node: Any = items[index]
    *above, last = path.split("/")
    for key in above:
        node = node[int(key)] if key.isdigit() else node[key]
    node[last] = value
    return spec_digests(items)


@pytest.mark.parametrize(
    ("index", "path", "value", "differ"),
    [
        (0, "spec/template/spec/containers/0/image", "todo-web:2", ("Deployment/web",)),
        (0, "spec/template/metadata/annotations", {"checksum/config": "2"}, ("Deployment/web",)),
        (1, "data", {"A": "2"}, ("ConfigMap/web-config",)),
        (2, "spec/ports", [{"port": 81}], ("Service/web",)),
        (0, "spec/replicas", 5, ()),
        (0, "status/replicas", 5, ()),
        (2, "spec/clusterIP", "10.0.0.2", ()),
        (
            0,
            "spec/template/metadata/annotations",
            {"checksum/config": "1", "kubectl.kubernetes.io/restartedAt": "now"},
            (),
        ),
    ],
)
def test_what_makes_a_release_what_it_is(
    index: int, path: str, value: object, differ: tuple[str, ...]
) -> None:
    assert differing(spec_digests(ITEMS), changed(index, path, value)) == differ


def test_an_object_that_is_gone_or_new_differs() -> None:
    assert differing(spec_digests(ITEMS), spec_digests(ITEMS[:2])) == ("Service/web",)
    assert differing(spec_digests(ITEMS[:2]), spec_digests(ITEMS)) == ("Service/web",)


def test_nothing_is_said_where_it_can_not_be_known() -> None:
    live = spec_digests(ITEMS)
    assert differing({}, live) == ()
    assert differing({VERSION: "v1.34.1", "Service/web": "x"}, {VERSION: "v1.35.0", **live}) == ()


def test_a_record_keeps_digests_and_reads_entries_without_them() -> None:
    entry = Entry(3, "todo-web:1", "id", "s", "d", "t", {"Service/web": "x"}, restores=1)
    old = {key: value for key, value in asdict(entry).items() if key not in ("spec", "restores")}
    data = {"3": json.dumps(asdict(entry)), "2": json.dumps({**old, "revision": 2})}
    older, same = parse_record("web", {"data": data}).entries
    assert same == entry
    assert (older.spec, older.origin, same.origin) == ({}, 2, 1)
