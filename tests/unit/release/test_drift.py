"""What counts as drift, who did it, and what is taken over before helm applies."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from delivery.release.drift import Drift, compare
from delivery.release.helm import Release
from delivery.release.managed_fields import taken_over
from delivery.release.plan import Action, decide

HELM_FIELDS: dict[str, Any] = {
    "f:metadata": {"f:labels": {"f:app": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:template": {
            "f:spec": {
                "f:containers": {
                    'k:{"name":"web"}': {
                        ".": {},
                        "f:name": {},
                        "f:image": {},
                        "f:env": {'k:{"name":"LEVEL"}': {".": {}, "f:name": {}, "f:value": {}}},
                    }
                }
            }
        },
    },
}
SET_FOO: dict[str, Any] = {
    "f:spec": {
        "f:template": {
            "f:spec": {
                "f:containers": {
                    'k:{"name":"web"}': {
                        "f:env": {'k:{"name":"FOO"}': {".": {}, "f:name": {}, "f:value": {}}}
                    }
                }
            }
        }
    }
}
HELM = {"manager": "helm", "operation": "Apply", "fieldsV1": HELM_FIELDS}
RESTARTED: dict[str, Any] = {
    "f:spec": {"f:template": {"f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}}}}}
}


def update(manager: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "time": "t1", "fieldsV1": fields, **more}


def deployment(*entries: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "generation": 1,
            "resourceVersion": "1",
            "annotations": {"meta.helm.sh/release-name": "web", "deployment.kubernetes.io/revision": "1"},
            "managedFields": [copy.deepcopy(HELM), *entries],
        },
        "spec": {
            "replicas": 2,
            "template": {
                "spec": {
                    "containers": [
                        {"name": "web", "image": "web:1", "env": [{"name": "LEVEL", "value": "INFO"}]}
                    ]
                }
            },
        },
        "status": {"replicas": 2},
    }


def env(item: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = item["spec"]["template"]["spec"]["containers"][0]["env"]
    return rows


def lines(live: dict[str, Any], desired: dict[str, Any] | None = None) -> list[str]:
    drift = compare([desired or deployment()], [live], {"PLAIN_NAME"})
    return [one.line() for one in drift.differences]


def test_the_same_object_has_not_drifted_whatever_the_cluster_writes_into_it() -> None:
    live = deployment(update("kube-controller-manager", {"f:status": {}}, subresource="status"))
    live["metadata"] |= {"generation": 7, "resourceVersion": "99", "uid": "u"}
    live["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "9"
    live["status"] = {"replicas": 1}
    assert lines(live) == []


def test_what_was_scaled_or_edited_is_told_with_both_values_and_who_did_it() -> None:
    live = deployment(update("kubectl", {"f:spec": {"f:replicas": {}}}, subresource="scale"))
    live["spec"]["replicas"] = 5
    env(live)[0]["value"] = "DEBUG"
    assert lines(live) == [
        "Deployment/web  spec.replicas: 2 → 5  (kubectl, t1)",
        "Deployment/web  spec.template.spec.containers[web].env[LEVEL].value: INFO → DEBUG",
    ]


def test_an_object_that_is_gone_is_told() -> None:
    drift = compare([deployment()], [], ())
    assert [one.line() for one in drift.differences] == ["Deployment/web  there → deleted"]
    assert drift.drifted


def test_a_variable_that_kubectl_added_drifts_though_an_apply_would_leave_it() -> None:
    live = deployment(update("kubectl-set", SET_FOO))
    env(live).append({"name": "FOO", "value": "bar"})
    # The dry run of an apply keeps what another manager owns.
    desired = copy.deepcopy(live)
    drift = compare([desired], [live], ())
    assert [one.line() for one in drift.differences] == [
        "Deployment/web  spec.template.spec.containers[web].env[FOO]: (none) → bar  (kubectl-set, t1)"
    ]
    assert drift.drifted
    assert drift.edited == (live,)


def test_what_a_controller_put_beside_the_chart_stays_and_is_no_drift() -> None:
    live = deployment(update("reloader", SET_FOO))
    env(live).append({"name": "FOO", "value": "bar"})
    drift = compare([copy.deepcopy(live)], [live], ())
    assert [one.stays for one in drift.differences] == [True]
    assert not drift.drifted
    assert drift.edited == ()


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(update("kubectl-rollout", RESTARTED), id="rollout restart"),
        pytest.param(
            update("kube-controller-manager", {"f:spec": {"f:replicas": {}}}, subresource="scale"),
            id="a scaler's replicas, which the chart leaves out",
        ),
        pytest.param(
            update(
                "kubectl-annotate", {"f:metadata": {"f:annotations": {"f:kubernetes.io/change-cause": {}}}}
            ),
            id="an annotation of the object itself",
        ),
    ],
)
def test_what_says_nothing_of_what_runs_is_no_drift(entry: dict[str, Any]) -> None:
    desired = deployment(entry)
    if "f:replicas" in entry["fieldsV1"].get("f:spec", {}):
        del desired["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:replicas"]
    assert lines(copy.deepcopy(desired), desired) == []
    before = copy.deepcopy(desired["metadata"]["managedFields"])
    assert taken_over(desired["metadata"]["managedFields"]) is None
    assert desired["metadata"]["managedFields"] == before


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "SOME_TOKEN", "PLAIN_NAME"])
def test_values_of_secret_variables_are_never_shown(name: str) -> None:
    live, desired = deployment(), deployment()
    env(live).append({"name": name, "value": "sk-this-is-it"})
    assert "sk-this-is-it" not in str(lines(live, desired))
    assert any("(none) → ***" in line for line in lines(live, desired))


def test_what_kubectl_owns_becomes_helms_and_nothing_else_does() -> None:
    scaled = update("kubectl", {"f:spec": {"f:replicas": {}}}, subresource="scale")
    other = update("reloader", {"f:spec": {"f:paused": {}}})
    both = update("kubectl-set", {**copy.deepcopy(SET_FOO), "f:metadata": {"f:labels": {"f:x": {}}}})
    book = taken_over([HELM, scaled, other, both])
    assert book is not None
    helm, *rest = book
    container = helm["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"web"}']
    assert set(container["f:env"]) == {'k:{"name":"LEVEL"}', 'k:{"name":"FOO"}'}
    assert rest == [scaled, other, {**both, "fieldsV1": {"f:metadata": {"f:labels": {"f:x": {}}}}}]


def test_nothing_is_taken_over_where_nobody_edited_or_helm_owns_nothing() -> None:
    assert taken_over([HELM]) is None
    assert taken_over([update("kubectl-set", SET_FOO)]) is None


def test_a_release_that_drifted_is_mended_even_where_it_serves() -> None:
    release = Release("web", 3, "deployed")
    assert decide(release, "d", "d", ready=True, drifted=True) is Action.MEND
    assert decide(release, "d", "d", ready=False, drifted=True) is Action.MEND
    assert decide(release, "old", "d", ready=True, drifted=True) is Action.UPGRADE


def test_what_could_not_be_looked_at_has_not_drifted() -> None:
    assert not Drift(unknown="may not ask").drifted
