"""The charts as they come are the plan's: replicas, images, ports, resources, probes, Secrets."""

from __future__ import annotations

import pytest

from tests.unit.charts.charts import APP_CHARTS, CHARTS, HTTP_CHARTS, Helm

# replicas, image, port, node port, CPU and memory requested, CPU and memory limits
FIGURES = {
    "frontend": (2, "todo-frontend:phase4", 3000, 30000, "250m", "256Mi", "500m", "512Mi"),
    "backend": (1, "todo-backend:phase4", 8000, 30001, "500m", "512Mi", "1000m", "1Gi"),
}
# path, initial delay, period
LIVENESS = {"frontend": ("/api/health", 10, 10), "backend": ("/api/health", 15, 10)}
READINESS = {"frontend": ("/api/health", 0, 5), "backend": ("/api/ready", 0, 5)}
SECRETS = {
    # The plan gives the frontend auth-secret alone; sign-in needs its tables and its public address too.
    "frontend": (
        "frontend-secrets",
        {
            "DATABASE_URL": "database-url",
            "BETTER_AUTH_SECRET": "auth-secret",
            "BETTER_AUTH_URL": "auth-url",
        },
    ),
    "backend": (
        "backend-secrets",
        {
            "DATABASE_URL": "database-url",
            "OPENAI_API_KEY": "openai-api-key",
            "BETTER_AUTH_SECRET": "auth-secret",
            "BETTER_AUTH_URL": "auth-url",
        },
    ),
}


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_replicas_image_ports_and_resources_are_the_plans(chart: str, helm: Helm) -> None:
    rendered = helm.render(chart)
    service = rendered.one("Service")["spec"]
    container = rendered.container()
    requests, limits = container["resources"]["requests"], container["resources"]["limits"]
    assert (
        rendered.workload()["spec"]["replicas"],
        container["image"],
        service["ports"][0]["port"],
        service["ports"][0]["nodePort"],
        requests["cpu"],
        requests["memory"],
        limits["cpu"],
        limits["memory"],
    ) == FIGURES[chart]
    assert container["ports"] == [{"name": "http", "containerPort": FIGURES[chart][2], "protocol": "TCP"}]
    assert service["type"] == "NodePort"
    assert container["imagePullPolicy"] == "IfNotPresent"


@pytest.mark.parametrize("chart", APP_CHARTS)
@pytest.mark.parametrize("kind", ["livenessProbe", "readinessProbe"])
def test_probes_have_the_plans_paths_and_periods(chart: str, kind: str, helm: Helm) -> None:
    probe = helm.render(chart).container()[kind]
    expected = LIVENESS if kind == "livenessProbe" else READINESS
    assert (probe["httpGet"]["path"], probe["initialDelaySeconds"], probe["periodSeconds"]) == expected[chart]


@pytest.mark.parametrize("chart", CHARTS)
def test_a_rollout_ends_before_its_deadline_even_with_the_slowest_start_allowed(
    chart: str, helm: Helm
) -> None:
    rendered = helm.render(chart)
    probe = rendered.container()["startupProbe"]
    slowest_start_s = probe["periodSeconds"] * probe["failureThreshold"]
    assert slowest_start_s >= 60
    if chart in HTTP_CHARTS:
        spec = rendered.workload()["spec"]
        assert spec["progressDeadlineSeconds"] == 120 > slowest_start_s + spec["minReadySeconds"]


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_secrets_are_named_never_made(chart: str, helm: Helm) -> None:
    rendered = helm.render(chart)
    name, expected = SECRETS[chart]
    refs = {e["name"]: e["valueFrom"]["secretKeyRef"] for e in rendered.container()["env"]}
    assert {variable: ref["key"] for variable, ref in refs.items()} == expected
    assert {ref["name"] for ref in refs.values()} == {name}
    assert not rendered.all("Secret")


def test_the_frontend_knows_both_addresses_of_the_backend(helm: Helm) -> None:
    data = helm.render("frontend").one("ConfigMap")["data"]
    assert data["BACKEND_URL"] == "http://backend:8000"
    assert data["NEXT_PUBLIC_BACKEND_URL"] == "http://localhost:30001"
    assert data["HOSTNAME"] == "0.0.0.0"


@pytest.mark.parametrize("chart", HTTP_CHARTS)
def test_capacity_never_falls_during_an_update(chart: str, helm: Helm) -> None:
    spec = helm.render(chart).workload()["spec"]
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
    }


@pytest.mark.parametrize("chart", CHARTS)
def test_the_plans_label_finds_the_pods(chart: str, helm: Helm) -> None:
    assert helm.render(chart).pod()["metadata"]["labels"]["app"] == chart
