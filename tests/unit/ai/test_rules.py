"""Each rule on real objects: it speaks of the one that has the fault, and not of the one that hasn't."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from delivery.ai import (
    cost_rules,
    node_rules,
    performance_rules,
    reference_rules,
    resource_rules,
    security_rules,
    service_rules,
    workload_rules,
)
from delivery.ai.answer import Severity
from delivery.ai.finding_texts import Catalogue
from delivery.ai.rules import Topic, findings
from delivery.ai.snapshot import Snapshot
from delivery.release.helm import Release
from delivery.rollout.facts import parse_facts
from tests.unit.ai.snapshots import changed, on, recorded, without

Change = Callable[[Snapshot], Snapshot]
CATALOGUES: tuple[Catalogue, ...] = (
    cost_rules.TEXTS, node_rules.TEXTS, performance_rules.TEXTS, reference_rules.TEXTS, resource_rules.TEXTS,
    security_rules.TEXTS, service_rules.TEXTS, workload_rules.TEXTS,
)  # fmt: skip
MODULES = {id(one): one for one in CATALOGUES}
# A code that is told of CPU and memory apart.
SPLIT = {"OVER_REQUESTED": "OVER_REQUESTED_CPU", "NODE_NEARLY_FULL": "NODE_NEARLY_FULL_CPU"}


def edit(kind: str, name: str, change: Callable[[Any], None]) -> Change:
    return lambda snapshot: changed(snapshot, kind, name, change)


def node(change: Callable[[Any], None]) -> Change:
    def apply(snapshot: Snapshot) -> Snapshot:
        nodes = json.loads(json.dumps(snapshot.nodes))
        change(nodes[0])
        return replace(snapshot, nodes=tuple(nodes))

    return apply


def condition(type: str, status: str) -> Change:
    def change(one: Any) -> None:
        hit = next(each for each in one["status"]["conditions"] if each["type"] == type)
        hit["status"] = status

    return node(change)


def release(status: str, revision: int = 1) -> Change:
    return lambda one: replace(one, releases={"backend": Release("backend", revision, status)})


def pod_of(snapshot: Snapshot, owner: str) -> str:
    names = [str(one["metadata"]["name"]) for one in snapshot.of("Pod")]
    return next(one for one in names if one.startswith(owner))


def of_backend(change: Callable[[Any], None]) -> Change:
    return lambda snapshot: changed(snapshot, "Pod", pod_of(snapshot, "backend"), change)


def restarted(pod: Any) -> None:
    status = pod["status"]["containerStatuses"][0]
    status["restartCount"] = 4
    status["state"] = {"running": {"startedAt": "2026-11-24T10:00:00Z"}}
    status["lastState"] = {
        "terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-24T09:59:00Z"}
    }


def slow(pod: Any) -> None:
    pod["metadata"]["creationTimestamp"] = "2026-11-24T10:00:00Z"


def pulled(snapshot: Snapshot) -> Snapshot:
    def change(event: Any) -> None:
        event["message"] = (
            'Successfully pulled image "registry.example.org/app:1" in 1m12.5s (1m12.5s including waiting)'
        )

    name = next(one["metadata"]["name"] for one in snapshot.of("Event") if one["reason"] == "Pulled")
    return changed(snapshot, "Event", name, change)


def large(one: Any) -> None:
    for image in one["status"]["images"]:
        image["sizeBytes"] = 2 * 10**9


def full(one: Any) -> None:
    one["status"]["allocatable"]["cpu"] = "300m"


def scaler_at_maximum(one: Any) -> None:
    one["spec"]["maxReplicas"], one["status"]["currentReplicas"] = 3, 3


class Case(NamedTuple):
    code: str
    object: str
    recording: str = "broken"
    change: Change | None = None

    @property
    def snapshot(self) -> Snapshot:
        made = recorded(self.recording)
        return self.change(made) if self.change else made


def _healthy(code: str, object: str, change: Change) -> Case:
    return Case(code, object, "healthy", change)


CASES = [
    # workloads
    _healthy("RESTARTED", "Pod/backend-", of_backend(restarted)),
    _healthy(
        "PROGRESSING",
        "Deployment/backend",
        edit("Deployment", "backend", lambda one: one["status"].update(updatedReplicas=0)),
    ),
    Case("SCALED_TO_ZERO", "Deployment/asleep"),
    Case("DAEMONSET_NOT_READY", "DaemonSet/everywhere"),
    Case("JOB_FAILED", "Job/fails"),
    Case("POD_FAILED", "Pod/ended"),
    _healthy(
        "NOTHING_DEPLOYED", "Namespace/todo", lambda one: replace(one, items=(), facts=type(one.facts)())
    ),
    # references
    Case("SECRET_MISSING", "Deployment/lacks"),
    Case("SECRET_KEY_MISSING", "Deployment/lacks"),
    Case("CONFIGMAP_MISSING", "Deployment/lacks"),
    Case("CONFIGMAP_KEY_MISSING", "Deployment/lacks"),
    Case("PVC_MISSING", "Deployment/lacks"),
    _healthy(
        "SERVICE_ACCOUNT_MISSING",
        "Deployment/backend",
        lambda one: without(one, "ServiceAccount", "backend"),
    ),
    Case("VOLUME_UNBOUND", "PersistentVolumeClaim/no-class"),
    Case("VOLUME_UNUSED", "PersistentVolumeClaim/no-class"),
    # services
    Case("SERVICE_WITHOUT_ENDPOINTS", "Service/no-endpoints"),
    Case("SELECTOR_MATCHES_NOTHING", "Service/selects-nothing"),
    Case("SERVICE_PORT_UNKNOWN", "Service/wrong-port"),
    Case("INGRESS_SERVICE_MISSING", "Ingress/nowhere"),
    Case("INGRESS_PORT_MISSING", "Ingress/nowhere"),
    Case("INGRESS_TLS_MISSING", "Ingress/nowhere"),
    Case("NETWORK_POLICY_MATCHES_NOTHING", "NetworkPolicy/nobody"),
    Case("BUDGET_MATCHES_NOTHING", "PodDisruptionBudget/nobody"),
    Case("BUDGET_BLOCKS_DRAIN", "PodDisruptionBudget/blocks"),
    Case("SCALER_TARGET_MISSING", "HorizontalPodAutoscaler/no-target"),
    Case("SCALER_WITHOUT_METRICS", "HorizontalPodAutoscaler/no-metrics"),
    Case(
        "SCALER_AT_MAXIMUM",
        "HorizontalPodAutoscaler/no-metrics",
        change=edit("HorizontalPodAutoscaler", "no-metrics", scaler_at_maximum),
    ),
    # nodes, quotas, releases
    _healthy("NODE_NOT_READY", "Node/", condition("Ready", "False")),
    _healthy("NODE_UNDER_PRESSURE", "Node/", condition("DiskPressure", "True")),
    _healthy("NODE_CORDONED", "Node/", node(lambda one: one["spec"].update(unschedulable=True))),
    Case("QUOTA_NEARLY_FULL", "ResourceQuota/tight"),
    _healthy("RELEASE_FAILED", "Release/backend", release("failed")),
    _healthy("RELEASE_PENDING", "Release/backend", release("pending-upgrade")),
    _healthy("RELEASE_NOT_VERIFIED", "Release/backend", release("deployed", 7)),
    # resources
    Case("REQUESTS_MISSING", "Deployment/careless"),
    Case("MEMORY_LIMIT_MISSING", "Deployment/careless"),
    Case("MEMORY_NEAR_LIMIT", "Pod/hungry-"),
    Case("CPU_NEAR_LIMIT", "Pod/hungry-"),
    Case("MEMORY_ABOVE_REQUEST", "Pod/hungry-"),
    Case("OVER_REQUESTED_CPU", "Pod/greedy-"),
    Case("OVER_REQUESTED_MEMORY", "Pod/greedy-"),
    Case("SCALER_WITHOUT_REQUESTS", "HorizontalPodAutoscaler/no-metrics"),
    _healthy("NODE_NEARLY_FULL_CPU", "Node/", node(full)),
    # performance
    Case("CPU_THROTTLED", "Pod/hungry-"),
    Case("PROBE_FAILED", "Pod/good-"),
    _healthy("SLOW_PULL", "Image/registry.example.org/app:1", pulled),
    _healthy("IMAGE_LARGE", "Image/todo-backend:", node(large)),
    _healthy("SLOW_START", "Pod/backend-", of_backend(slow)),
    Case("PROBE_MISSING", "Deployment/crashes"),
    Case("SINGLE_REPLICA", "Deployment/crashes"),
    # security
    Case("PRIVILEGED", "Deployment/careless"),
    Case("HOST_NAMESPACE", "Deployment/careless"),
    Case("HOST_PATH", "Deployment/careless"),
    Case("HOST_PORT", "Deployment/careless"),
    Case("CAPABILITIES_ADDED", "Deployment/careless"),
    Case("PRIVILEGE_ESCALATION", "Deployment/careless"),
    Case("MAY_RUN_AS_ROOT", "Deployment/careless"),
    Case("CAPABILITIES_KEPT", "Deployment/careless"),
    Case("SECCOMP_UNSET", "Deployment/careless"),
    Case("ROOT_FILESYSTEM_WRITABLE", "Deployment/careless"),
    Case("SERVICE_ACCOUNT_TOKEN", "Deployment/careless"),
    Case("DEFAULT_SERVICE_ACCOUNT", "Deployment/careless"),
    Case("IMAGE_NOT_PINNED", "Deployment/unpinned"),
    Case("SECRET_IN_ENVIRONMENT", "Deployment/careless"),
    Case("SECRET_IN_CONFIGMAP", "ConfigMap/settings"),
    Case("ROLE_TOO_WIDE", "Role/wide"),
    Case("POD_SECURITY_OFF", "Namespace/broken"),
    Case("NO_NETWORK_POLICY", "Deployment/careless"),
    Case("EXPOSED", "Service/selects-nothing"),
    # cost
    Case("COST_UNUSED", "Release/good"),
    Case("LOAD_BALANCER", "Service/balanced"),
]
# What is not wrong with them is still true of them.
TRUE_OF_GOOD = {"COST_UNUSED", "PROBE_FAILED"}
TRUE_OF_HEALTHY = {"SINGLE_REPLICA", "NO_NETWORK_POLICY", "EXPOSED", "COST_UNUSED", "OVER_REQUESTED_CPU",
                   "OVER_REQUESTED_MEMORY", "PROBE_FAILED"}  # fmt: skip


def test_every_code_of_every_catalogue_has_a_case() -> None:
    codes = {SPLIT.get(code, code) for one in CATALOGUES for code in one.entries}
    assert codes - {one.code for one in CASES} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_rule_speaks_of_what_has_the_fault(case: Case) -> None:
    found = [one for one in on(case.snapshot, case.code) if one.object.startswith(case.object)]
    assert found, f"{case.code} is not told of {case.object}"
    first = found[0]
    assert "{" not in first.title + first.why + first.fix
    assert first.title and first.why and first.fix and first.source


@pytest.mark.parametrize(
    "case", [one for one in CASES if one.code not in TRUE_OF_GOOD], ids=lambda case: case.code
)
def test_a_rule_is_silent_on_the_object_without_the_fault(case: Case) -> None:
    kinds = ("Deployment", "Service", "Ingress", "NetworkPolicy", "PodDisruptionBudget")
    good = {"ConfigMap/plain", *(f"{kind}/good" for kind in kinds)}
    found = on(recorded("broken"), case.code)
    assert [one for one in found if one.object in good or one.object.startswith("Pod/good-")] == []


@pytest.mark.parametrize(
    "case", [one for one in CASES if one.code not in TRUE_OF_HEALTHY], ids=lambda case: case.code
)
def test_a_rule_is_silent_on_the_healthy_app(case: Case) -> None:
    assert on(recorded("healthy"), case.code) == []


@pytest.mark.parametrize("topic", Topic)
def test_the_healthy_app_has_no_finding_above_info(topic: Topic) -> None:
    assert [one for one in findings(recorded("healthy"), (topic,)) if one.severity > Severity.INFO] == []


def test_the_cause_of_a_crash_stands_in_its_title_and_the_deadline_comes_after_it() -> None:
    first, second = findings(recorded("crash"))[:2]
    assert first.code == "CRASH_LOOP"
    assert "OPENAI_API: Input should be 'responses' or 'chat_completions'" in first.title
    assert "OPENAI_API" in first.fix
    assert second.code == "PROGRESS_DEADLINE"


def test_a_container_that_runs_out_of_memory_is_given_a_value_to_set() -> None:
    def killed(pod: Any) -> None:
        end = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-24T13:00:00Z"}
        status = pod["status"]["containerStatuses"][0]
        status.update(ready=False, started=False, restartCount=3, state={"terminated": end})
        pod["status"]["conditions"] = []

    first = findings(of_backend(killed)(recorded("healthy")))[0]
    assert first.code == "OOM_KILLED"
    assert first.fix.endswith("--set services.backend.values.resources.limits.memory=1056Mi")


def test_general_advice_is_given_with_the_names_at_hand() -> None:
    deadline = on(recorded("crash"), "PROGRESS_DEADLINE")[0]
    assert "./inv ai.logs --service backend says more" in deadline.fix


def test_what_may_not_be_seen_is_not_called_missing() -> None:
    blind = replace(recorded("healthy"), secrets=None, nodes=None, labels=None, uses=None, releases=None)
    kept = {"deployments", "replicasets", "statefulsets", "pods", "events"}
    kinds = {"Deployment", "StatefulSet", "ReplicaSet", "Pod", "Event"}
    items = tuple(one for one in blind.items if one["kind"] in kinds)
    blind = replace(blind, items=items, listed=frozenset(kept), facts=parse_facts(items) or blind.facts)
    found = findings(blind, tuple(Topic))
    assert {one.code for one in found} <= {"SINGLE_REPLICA", "PROBE_FAILED"}


def test_secret_values_are_never_in_a_finding() -> None:
    text = json.dumps([one.to_json() for one in findings(recorded("broken"), tuple(Topic))])
    assert "not-a-real-one" not in text
    assert "SMTP_PASSWORD" in text


def test_a_reference_an_address_or_a_number_is_no_secret() -> None:
    def change(one: Any) -> None:
        one["data"] = {
            "TOKEN_LIFETIME": "3600", "TOKEN_URL": "https://id.example.org/token", "SECRET_FILE": "/run/x",
            "USE_TOKEN": "true", "PASSWORD": "$(FROM_SECRET)",
        }  # fmt: skip

    made = changed(recorded("broken"), "ConfigMap", "settings", change)
    assert on(made, "SECRET_IN_CONFIGMAP") == []


def test_a_url_with_a_password_is_a_secret_under_any_name() -> None:
    def change(one: Any) -> None:
        one["data"] = {"UPSTREAM": "postgres://me:word@db.example.org/x"}

    made = changed(recorded("broken"), "ConfigMap", "settings", change)
    assert [one.title for one in on(made, "SECRET_IN_CONFIGMAP")]
