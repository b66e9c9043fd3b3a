"""The demo model's chart: the backend's image with another program, and nothing secret."""

from __future__ import annotations

import pytest

from tests.unit.charts.charts import Helm, Values, ci_values, containers, defaults


def test_it_runs_another_program_of_the_backends_image(helm: Helm) -> None:
    model, backend = helm.render("demo-model").container(), helm.render("backend").container()
    assert model["image"] == backend["image"]
    assert model["command"] == ["uvicorn", "demo_model.main:app", "--port", "8080"]
    assert "args" not in model


def test_only_the_cluster_reaches_it_at_one_address(helm: Helm) -> None:
    service = helm.render("demo-model").one("Service")
    assert service["metadata"]["name"] == "demo-model"
    assert service["spec"]["type"] == "ClusterIP"
    assert service["spec"]["ports"] == [
        {"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}
    ]


@pytest.mark.parametrize("values", [{}, ci_values("demo-model", "full")])
def test_it_has_no_secret_no_tables_and_no_visitors(values: Values, helm: Helm) -> None:
    rendered = helm.render("demo-model", values)
    kinds = {manifest["kind"] for manifest in rendered.objects}
    assert kinds <= {"Deployment", "Service", "ServiceAccount", "ConfigMap", "NetworkPolicy", "Pod"}
    assert "initContainers" not in rendered.pod()["spec"]
    assert not any("secret" in volume for volume in rendered.pod()["spec"]["volumes"])
    for spec in rendered.pod_specs():
        for container in containers(spec):
            assert not any("valueFrom" in entry for entry in container.get("env", []))


def test_as_it_comes_it_has_no_settings_at_all(helm: Helm) -> None:
    rendered = helm.render("demo-model")
    assert not rendered.all("ConfigMap")
    assert not {"env", "envFrom"} & set(rendered.container())


def test_probes_ask_a_page_without_a_key(helm: Helm) -> None:
    container = helm.render("demo-model").container()
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[kind]["httpGet"] == {"path": "/health", "port": "http"}


def test_resources_are_small(helm: Helm) -> None:
    resources = helm.render("demo-model").container()["resources"]
    assert (resources["requests"]["cpu"], resources["requests"]["memory"]) == ("25m", "64Mi")
    assert (resources["limits"]["cpu"], resources["limits"]["memory"]) == ("500m", "192Mi")


def test_a_closed_network_policy_keeps_other_namespaces_out(helm: Helm) -> None:
    spec = helm.render("demo-model", {"networkPolicy": {"enabled": True}}).one("NetworkPolicy")["spec"]
    (rule,) = spec["ingress"]
    assert rule["from"] == [{"podSelector": {}}]
    assert rule["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_the_helm_test_asks_for_the_models_as_a_client_does(helm: Helm) -> None:
    (container,) = helm.render("demo-model", release="blue").test_pod()["spec"]["containers"]
    assert container["env"] == [{"name": "TEST_URL", "value": "http://blue-demo-model:8080/v1/models"}]
    assert "Authorization" in container["command"][-1]


def test_the_backends_network_policy_lets_it_ask_the_demo_model(helm: Helm) -> None:
    egress = defaults("backend")["networkPolicy"]["egress"]["demo-model"]
    labels = helm.render("demo-model").pod()["metadata"]["labels"]
    assert egress["to"][0]["podSelector"]["matchLabels"].items() <= labels.items()
    assert egress["ports"] == [{"port": helm.render("demo-model").container()["ports"][0]["containerPort"]}]
