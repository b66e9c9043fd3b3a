"""The border: quantities, times, references, requests, events and nodes as kubectl writes them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from delivery.rollout.answers import parse_claims, parse_keys, parse_nodes
from delivery.rollout.container_findings import has_registry, window_s
from delivery.rollout.facts import parse_event, parse_facts
from delivery.rollout.objects import Node, Probe, Reference, Taint
from delivery.rollout.pod_facts import parse_pod, pod_requests
from delivery.rollout.quantities import quantity, stamp
from tests.unit.rollout.builders import deployment, event, pod, replica_set, rollout, running, waiting
from tests.unit.rollout.recordings import NAMES, recording


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", Fraction(2)),
        ("1k", Fraction(1000)),
        ("250m", Fraction(1, 4)),
        ("1.5", Fraction(3, 2)),
        ("1e3", Fraction(1000)),
        ("1E", Fraction(10) ** 18),
        ("2E2", Fraction(200)),
        ("64Mi", Fraction(64 * 1024**2)),
        ("1Ki", Fraction(1024)),
        ("1Ei", Fraction(1024) ** 6),
        ("5u", Fraction(5, 10**6)),
        (3, Fraction(3)),
        ("", Fraction(0)),
        ("much", Fraction(0)),
    ],
)
def test_quantities_are_read_as_kubernetes_means_them(text: str, number: Fraction) -> None:
    assert quantity(text) == number


def test_times_are_read_with_and_without_fractions() -> None:
    assert stamp("2026-01-01T00:00:01Z") - stamp("2026-01-01T00:00:00.500000Z") == 0.5
    assert stamp(None) == stamp("yesterday") == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_every_recording_is_read(name: str) -> None:
    for _, items in recording(name):
        facts = parse_facts(items, release="web")
        assert facts
        (workload,) = facts.workloads
        assert (workload.kind, workload.name) == ("Deployment", "web")
        for one in workload.pods:
            assert one.uid
            assert all(container.image for container in one.containers)


def test_facts_are_of_the_named_release_only() -> None:
    assert parse_facts(rollout(), release="web")
    assert parse_facts(rollout(), release="other") is None
    assert parse_facts([]) is None


def test_pods_and_replica_sets_are_found_by_owner_whatever_their_labels() -> None:
    facts = parse_facts([deployment(), replica_set("2"), pod(running()), pod(name="x", owner="other")])
    assert facts
    assert [one.name for one in facts.pods] == ["web-2-a"]
    assert facts.image == "web:2"


def test_a_container_without_a_status_waits() -> None:
    parsed = parse_pod(pod())
    (container,) = parsed.containers
    assert (container.state, container.ends, container.ready) == ("waiting", 0, False)


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        (running(), 0),
        (running(restartCount=2, lastState={"terminated": {"exitCode": 1}}), 2),
        ({"state": {"terminated": {"exitCode": 1}}}, 1),
        ({"state": {"terminated": {"exitCode": 0}}, "restartCount": 1}, 2),
        (waiting("CrashLoopBackOff", restartCount=1, lastState={"terminated": {"exitCode": 1}}), 2),
        (waiting("ContainerCreating"), 0),
    ],
)
def test_ends_are_counted_from_restarts_and_the_present_state(status: dict[str, Any], ends: int) -> None:
    assert parse_pod(pod(status)).containers[0].ends == ends


def test_what_a_pod_needs_to_start_is_listed_and_what_is_optional_is_not() -> None:
    spec = {
        "initContainers": [
            {"name": "migrate", "image": "x", "envFrom": [{"secretRef": {"name": "for-init"}}]}
        ],
        "volumes": [
            {"name": "files", "secret": {"secretName": "files", "items": [{"key": "ca.crt", "path": "x"}]}},
            {"name": "maybe", "secret": {"secretName": "maybe", "optional": True}},
            {"name": "settings", "configMap": {"name": "settings"}},
            {
                "name": "token",
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"path": "token"}},
                        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt"}]}},
                        {"secret": {"name": "projected"}},
                    ]
                },
            },
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        ],
    }
    env = {
        "env": [
            {"name": "PLAIN", "value": "1"},
            {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a"}}},
            {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "b", "optional": True}}},
            {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "c"}}},
            {"name": "D", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
        "envFrom": [{"configMapRef": {"name": "all"}}, {"secretRef": {"name": "no", "optional": True}}],
    }
    parsed = parse_pod(pod(spec=spec, container=env))
    assert parsed.claims == ("data",)
    assert set(parsed.references) == {
        Reference("Secret", "for-init", container="migrate"),
        Reference("Secret", "s", "a", container="app"),
        Reference("ConfigMap", "m", "c", container="app"),
        Reference("ConfigMap", "all", container="app"),
        Reference("Secret", "files", "ca.crt", volume="files"),
        Reference("ConfigMap", "settings", volume="settings"),
        Reference("Secret", "projected", volume="token"),
    }


def wants(cpu: str, **more: Any) -> dict[str, Any]:
    return {"resources": {"requests": {"cpu": cpu}}, **more}


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [wants("1"), wants("500m")]}, Fraction(3, 2)),
        ({"containers": [wants("1")], "initContainers": [wants("3")]}, Fraction(3)),
        ({"containers": [wants("1")], "initContainers": [wants("1", restartPolicy="Always")]}, Fraction(2)),
        (
            {
                "containers": [wants("1")],
                "initContainers": [wants("1", restartPolicy="Always"), wants("2")],
            },
            Fraction(3),
        ),
        ({"containers": [wants("1")], "overhead": {"cpu": "250m"}}, Fraction(5, 4)),
        ({"containers": [wants("1")], "resources": {"requests": {"cpu": "4"}}}, Fraction(4)),
    ],
    ids=[
        "a sum",
        "a large init container",
        "a sidecar",
        "a sidecar and then an init",
        "overhead",
        "pod level",
    ],
)
def test_a_pod_asks_for_what_the_scheduler_counts(spec: dict[str, Any], cpu: Fraction) -> None:
    assert pod_requests(spec)["cpu"] == cpu


def test_events_of_both_apis_are_read() -> None:
    old = parse_event(event("Killing", container="app", count=3))
    assert (old.count, old.container, old.last_at) == (3, "app", stamp("2026-01-01T10:00:00Z"))
    new = {
        "metadata": {"uid": "e"}, "reason": "FailedScheduling", "count": None, "lastTimestamp": None,
        "eventTime": "2026-01-01T10:00:00.000000Z",
        "series": {"count": 4, "lastObservedTime": "2026-01-01T10:00:09.000000Z"},
    }  # fmt: skip
    assert parse_event(new).count == 4
    assert parse_event(new).last_at == stamp("2026-01-01T10:00:09Z")
    assert parse_event({**new, "series": None}).count == 1


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", None),
        ("web-secrets", frozenset[str]()),
        ("web-secrets url token", frozenset({"url", "token"})),
    ],
    ids=["absent", "without keys", "with keys"],
)
def test_an_object_that_is_absent_is_told_from_one_without_keys(
    text: str, keys: frozenset[str] | None
) -> None:
    assert parse_keys(text) == keys


def test_nodes_and_claims_are_read() -> None:
    node = {
        "metadata": {"name": "n", "labels": {"disk": "ssd"}},
        "spec": {"unschedulable": True, "taints": [{"key": "gpu", "effect": "NoSchedule"}]},
        "status": {"allocatable": {"cpu": "1930m"}},
    }
    (parsed,) = parse_nodes([node])
    expected = Node(
        "n", {"disk": "ssd"}, {"cpu": Fraction(193, 100)}, (Taint("gpu", "", "NoSchedule"),), True
    )
    assert parsed == expected
    claim = {"metadata": {"name": "data"}, "status": {"phase": "Pending"}}
    assert parse_claims([claim]) == {"data": "Pending"}


@pytest.mark.parametrize(
    ("reference", "has"),
    [
        ("todo-backend:phase4-1", False),
        ("library/postgres:17", False),
        ("docker.io/library/postgres:17", True),
        ("localhost/web:1", True),
        ("localhost:5000/web:1", True),
        ("registry:5000/web@sha256:00", True),
    ],
)
def test_a_registry_is_read_from_a_name_as_docker_does(reference: str, has: bool) -> None:
    assert has_registry(reference) is has


def test_the_window_of_a_readiness_probe_comes_from_its_numbers() -> None:
    assert window_s(Probe("x", initial_delay_s=1, period_s=2, timeout_s=1, failures=3)) == 1 + 1 + 2 + 1 + 1
    assert window_s(Probe("x", failures=1, period_s=2, timeout_s=1)) == 1 + 0 + 1 + 1
