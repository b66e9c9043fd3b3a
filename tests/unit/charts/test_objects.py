"""The objects that the app charts make, and how they fit each other."""

from __future__ import annotations

import pytest

from tests.unit.charts.charts import APP_CHARTS, CHARTS, CI_CASES, HTTP_CHARTS, Helm, Manifest, ci_values

RELEASE_NAMES = [
    ("frontend", "frontend", {}, "frontend"),
    ("frontend", "blue", {}, "blue-frontend"),
    ("backend", "my-backend", {}, "my-backend"),
    ("backend", "shop", {"nameOverride": "api"}, "shop-api"),
    ("backend", "shop", {"fullnameOverride": "api"}, "api"),
    ("database", "blue", {}, "blue-database"),
    ("demo-model", "blue", {"env": {"LOG_LEVEL": "INFO"}}, "blue-demo-model"),
    ("frontend", "1234", {}, "1234-frontend"),
]


def selects(selector: Manifest, labels: Manifest) -> bool:
    """Whether a label selector matches."""
    return selector.items() <= labels.items()


@pytest.mark.parametrize(("chart", "release", "values", "name"), RELEASE_NAMES)
def test_objects_are_named_after_the_release(
    chart: str, release: str, values: Manifest, name: str, helm: Helm
) -> None:
    rendered = helm.render(chart, values, release)
    assert rendered.workload()["metadata"]["name"] == name
    assert name in [service["metadata"]["name"] for service in rendered.all("Service")]
    assert rendered.one("ConfigMap")["metadata"]["name"] == f"{name}-config"
    assert rendered.pod()["spec"]["serviceAccountName"] == name
    for manifest in rendered.objects:
        assert manifest["metadata"]["labels"]["app.kubernetes.io/instance"] == release


@pytest.mark.parametrize("chart", CHARTS)
def test_the_longest_release_name_still_gives_valid_labels(chart: str, helm: Helm) -> None:
    rendered = helm.render(chart, release="r" * 53)
    limits = {"StatefulSet": 52, "Deployment": 63, "Service": 63, "Pod": 63}
    for manifest in rendered.objects:
        assert len(manifest["metadata"]["name"]) <= limits.get(manifest["kind"], 253)
        assert all(len(value) <= 63 for value in manifest["metadata"]["labels"].values())


@pytest.mark.parametrize(("chart", "case"), CI_CASES)
def test_selectors_find_the_pods_and_not_the_test(chart: str, case: str, helm: Helm) -> None:
    rendered = helm.render(chart, ci_values(chart, case))
    labels = rendered.pod()["metadata"]["labels"]
    selectors = [rendered.workload()["spec"]["selector"]["matchLabels"]]
    selectors += [service["spec"]["selector"] for service in rendered.all("Service")]
    for kind, field in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        selectors += [o["spec"][field]["matchLabels"] for o in rendered.all(kind)]
    tests = [o for o in rendered.objects if o["kind"] == "Pod"]
    for selector in selectors:
        assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
        assert selects(selector, labels)
        assert not any(selects(selector, test["metadata"]["labels"]) for test in tests)


@pytest.mark.parametrize(("chart", "case"), CI_CASES)
def test_objects_carry_the_standard_labels_and_no_namespace(chart: str, case: str, helm: Helm) -> None:
    for manifest in helm.render(chart, ci_values(chart, case)).objects:
        labels = manifest["metadata"]["labels"]
        wanted = {"name", "instance", "component", "part-of", "managed-by"}
        assert {f"app.kubernetes.io/{label}" for label in wanted} <= set(labels)
        assert "namespace" not in manifest["metadata"]


@pytest.mark.parametrize("chart", CHARTS)
def test_a_pods_own_labels_win_over_added_ones(chart: str, helm: Helm) -> None:
    labels = helm.render(chart, ci_values(chart, "full")).pod()["metadata"]["labels"]
    assert labels["app"] == chart
    assert "example.com/tier" in labels


@pytest.mark.parametrize("chart", CHARTS)
def test_references_within_a_release_lead_somewhere(chart: str, helm: Helm) -> None:
    rendered = helm.render(chart, ci_values(chart, "full"))
    pod, container = rendered.pod()["spec"], rendered.container()
    assert pod["serviceAccountName"] == rendered.one("ServiceAccount")["metadata"]["name"]
    assert container["envFrom"] == [{"configMapRef": {"name": rendered.one("ConfigMap")["metadata"]["name"]}}]
    for service in rendered.all("Service"):
        assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    if chart in APP_CHARTS:
        rule = rendered.one("Ingress")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
        assert rule["name"] == rendered.one("Service")["metadata"]["name"]
        target = rendered.one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
        assert target["name"] == rendered.workload()["metadata"]["name"]


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_switches_are_off_as_the_chart_comes(chart: str, helm: Helm) -> None:
    kinds = {manifest["kind"] for manifest in helm.render(chart).objects}
    always = {"Deployment", "Service", "ConfigMap", "ServiceAccount", "Pod"}
    assert kinds - {"PodDisruptionBudget"} == always
    assert ("PodDisruptionBudget" in kinds) == (chart == "frontend"), "of use with two pods and more"


@pytest.mark.parametrize(
    ("service", "node_port"),
    [
        ({"type": "NodePort"}, 30001),
        ({"type": "NodePort", "nodePort": 31234}, 31234),
        ({"type": "NodePort", "nodePort": None}, None),
        ({"type": "ClusterIP"}, None),
        ({"type": "LoadBalancer"}, 30001),
    ],
)
def test_a_node_port_is_asked_for_only_where_it_exists(
    service: Manifest, node_port: int | None, helm: Helm
) -> None:
    spec = helm.render("backend", {"service": service}).one("Service")["spec"]
    assert spec["type"] == service["type"]
    assert spec["ports"][0].get("nodePort") == node_port


def test_an_autoscaled_deployment_leaves_the_replicas_to_the_autoscaler(helm: Helm) -> None:
    rendered = helm.render("backend", {"autoscaling": {"enabled": True}})
    assert "replicas" not in rendered.workload()["spec"]
    assert rendered.one("HorizontalPodAutoscaler")["spec"]["metrics"][0]["resource"]["name"] == "cpu"


@pytest.mark.parametrize(
    ("pdb", "field", "value"),
    [
        ({}, "maxUnavailable", 1),
        ({"minAvailable": 0}, "minAvailable", 0),
        ({"maxUnavailable": "50%"}, "maxUnavailable", "50%"),
    ],
)
def test_a_disruption_budget_says_one_thing(pdb: Manifest, field: str, value: object, helm: Helm) -> None:
    spec = helm.render("frontend", {"pdb": {"enabled": True, **pdb}}).one("PodDisruptionBudget")["spec"]
    assert spec[field] == value
    assert len({"minAvailable", "maxUnavailable"} & set(spec)) == 1
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize(
    ("values", "is_spread"),
    [({"replicaCount": 1}, False), ({"replicaCount": 2}, True), ({"autoscaling": {"enabled": True}}, True)],
)
def test_more_than_one_pod_is_spread_over_the_nodes(values: Manifest, is_spread: bool, helm: Helm) -> None:
    rendered = helm.render("backend", values)
    constraints = rendered.pod()["spec"].get("topologySpreadConstraints", [])
    assert bool(constraints) == is_spread
    for constraint in constraints:
        assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
        assert constraint["labelSelector"] == rendered.workload()["spec"]["selector"]


def test_spread_constraints_of_ones_own_get_the_releases_selector(helm: Helm) -> None:
    rendered = helm.render("frontend", ci_values("frontend", "full"))
    (constraint,) = rendered.pod()["spec"]["topologySpreadConstraints"]
    assert constraint["topologyKey"] == "topology.kubernetes.io/zone"
    assert constraint["labelSelector"] == rendered.workload()["spec"]["selector"]


def test_the_recreate_strategy_carries_no_rolling_update(helm: Helm) -> None:
    spec = helm.render("backend", {"strategy": {"type": "Recreate"}}).workload()["spec"]
    assert spec["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize(
    ("chart", "peers"),
    [
        # DNS, the other charts by name, any address for what may be outside the cluster
        ("frontend", {(53, "kube-system"), (8000, "backend"), (5432, "")}),
        (
            "backend",
            {(53, "kube-system"), (3000, "frontend"), (5432, ""), (8080, "demo-model"), (443, "")},
        ),
        ("demo-model", {(53, "kube-system")}),
    ],
)
def test_a_network_policy_lets_a_pod_reach_what_is_named_and_no_more(
    chart: str, peers: set[tuple[int, str]], helm: Helm
) -> None:
    spec = helm.render(chart, {"networkPolicy": {"enabled": True}}).one("NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert {(port["port"], _peer(rule)) for rule in spec["egress"] for port in rule["ports"]} == peers


def _peer(rule: Manifest) -> str:
    """The label that a rule of one peer selects by; empty for a rule that lets anybody be reached."""
    (labels,) = [next(iter(peer.values()))["matchLabels"] for peer in rule.get("to", [])] or [{"": ""}]
    (value,) = labels.values()
    return str(value)


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_a_network_policy_lets_anybody_reach_the_apps_port_and_no_other(chart: str, helm: Helm) -> None:
    rendered = helm.render(chart, {"networkPolicy": {"enabled": True}})
    target_port = rendered.container()["ports"][0]["containerPort"]
    ingress = rendered.one("NetworkPolicy")["spec"]["ingress"]
    assert ingress == [{"ports": [{"port": target_port, "protocol": "TCP"}]}]


@pytest.mark.parametrize("chart", HTTP_CHARTS)
def test_a_closed_network_policy_still_lets_the_namespace_in(chart: str, helm: Helm) -> None:
    policy = helm.render(chart, ci_values(chart, "full")).one("NetworkPolicy")["spec"]
    assert policy["ingress"][0]["from"][0] == {"podSelector": {}}
    assert len(policy["ingress"][0]["from"]) == 2


def test_an_ingress_serves_its_host_over_tls(helm: Helm) -> None:
    spec = helm.render("frontend", ci_values("frontend", "full")).one("Ingress")["spec"]
    assert spec["tls"] == [{"hosts": ["todo.example.com"], "secretName": "web-tls"}]
    assert spec["rules"][0]["host"] == "todo.example.com"


def test_tls_without_a_host_is_refused(helm: Helm) -> None:
    answer = helm.template("frontend", {"ingress": {"enabled": True, "tls": {"enabled": True}}})
    assert answer.returncode != 0
    assert "ingress.host is needed for TLS" in answer.stderr
