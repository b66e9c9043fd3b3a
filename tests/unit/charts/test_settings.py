"""How settings and Secrets of the app charts reach the container."""

from __future__ import annotations

import pytest

from tests.unit.charts.charts import APP_CHARTS, ONE_OF_EACH, Helm, Manifest

CHECKSUM = "checksum/config"


def _annotations(helm: Helm, chart: str, values: Manifest) -> Manifest:
    return dict(helm.render(chart, values).pod()["metadata"]["annotations"])


def test_settings_arrive_as_they_were_written(helm: Helm) -> None:
    table: dict[str, tuple[object, str]] = {
        "PLAIN": ("plain", "plain"),
        "SPECIAL": ('say "hello": #1 {{ x }}\nnext', 'say "hello": #1 {{ x }}\nnext'),
        "INTEGER": (8000, "8000"),
        "LARGE": (30000000, "30000000"),
        "FRACTION": (0.5, "0.5"),
        "SWITCH": (True, "true"),
        "DIGITS": ("0777", "0777"),
        "EMPTY": ("", ""),
    }
    values = {"env": {name: value for name, (value, _) in table.items()}}
    data = helm.render("backend", values).one("ConfigMap")["data"]
    assert data == {"LOG_LEVEL": "INFO"} | {name: text for name, (_, text) in table.items()}


def test_null_takes_a_default_setting_away(helm: Helm) -> None:
    rendered = helm.render("backend", {"env": {"LOG_LEVEL": None}})
    assert not rendered.all("ConfigMap")
    assert "envFrom" not in rendered.container()


@pytest.mark.parametrize("chart", ONE_OF_EACH)
def test_pods_are_replaced_when_a_setting_changes_and_only_then(chart: str, helm: Helm) -> None:
    before = _annotations(helm, chart, {})
    assert _annotations(helm, chart, {"env": {"EXTRA": "1"}})[CHECKSUM] != before[CHECKSUM]
    assert _annotations(helm, chart, {"image": {"tag": "phase4-1"}}) == before
    assert "helm.sh/chart" not in helm.render(chart).pod()["metadata"]["labels"]


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_a_null_key_takes_a_secret_variable_away(chart: str, helm: Helm) -> None:
    values = {"secret": {"name": "s-0a1b", "env": {"BETTER_AUTH_SECRET": None, "MORE": "more"}}}
    env = helm.render(chart, values).container()["env"]
    assert "BETTER_AUTH_SECRET" not in [entry["name"] for entry in env]
    assert {"name": "MORE", "valueFrom": {"secretKeyRef": {"name": "s-0a1b", "key": "more"}}} in env


def test_a_variable_in_env_and_in_secret_is_refused(helm: Helm) -> None:
    answer = helm.template("backend", {"env": {"DATABASE_URL": "postgresql://x"}})
    assert answer.returncode != 0
    assert "DATABASE_URL stands in env and in secret.env" in answer.stderr


def test_secret_keys_become_files_below_the_mount_path(helm: Helm) -> None:
    rendered = helm.render("backend", {"secret": {"files": {"database-ca": "ca.crt"}}})
    volumes = {volume["name"]: volume for volume in rendered.pod()["spec"]["volumes"]}
    assert volumes["secret-files"]["secret"] == {
        "secretName": "backend-secrets",
        "defaultMode": 0o440,
        "items": [{"key": "database-ca", "path": "ca.crt"}],
    }
    mounts = {mount["name"]: mount for mount in rendered.container()["volumeMounts"]}
    assert mounts["secret-files"]["mountPath"] == "/etc/database"


def test_the_backend_migrates_with_the_apps_image_environment_and_mounts(helm: Helm) -> None:
    rendered = helm.render("backend", {"secret": {"files": {"database-ca": "ca.crt"}}})
    (migrate,) = rendered.pod()["spec"]["initContainers"]
    app = rendered.container()
    assert migrate["command"] == ["python", "-m", "src.migrate"]
    for key in ("image", "imagePullPolicy", "env", "envFrom", "volumeMounts", "securityContext"):
        assert migrate[key] == app[key]
    annotations = rendered.pod()["metadata"]["annotations"]
    assert annotations["kubectl.kubernetes.io/default-container"] == app["name"]


def test_the_frontend_does_not_migrate_yet(helm: Helm) -> None:
    assert "initContainers" not in helm.render("frontend").pod()["spec"]


@pytest.mark.parametrize(
    ("chart", "paths"), [("frontend", {"/tmp", "/app/.next/cache"}), ("backend", {"/tmp"})]
)
def test_the_app_may_write_where_it_must(chart: str, paths: set[str], helm: Helm) -> None:
    rendered = helm.render(chart)
    assert {mount["mountPath"] for mount in rendered.container()["volumeMounts"]} == paths
    more = {"writablePaths": {"tmp": None, "data": {"path": "/data", "sizeLimit": "1Gi", "medium": "Memory"}}}
    changed = helm.render(chart, more)
    assert {m["mountPath"] for m in changed.container()["volumeMounts"]} == paths - {"/tmp"} | {"/data"}
    volumes = {volume["name"]: volume for volume in changed.pod()["spec"]["volumes"]}
    assert volumes["data"]["emptyDir"] == {"sizeLimit": "1Gi", "medium": "Memory"}


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_connections_drain_before_the_app_is_told_to_stop(chart: str, helm: Helm) -> None:
    rendered = helm.render(chart)
    command = rendered.container()["lifecycle"]["preStop"]["exec"]["command"]
    assert command == ["sleep", "5"]
    assert rendered.pod()["spec"]["terminationGracePeriodSeconds"] >= 5 + 20


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_the_helm_test_asks_the_service_with_the_apps_own_program(chart: str, helm: Helm) -> None:
    values = {"service": {"port": 8080}}
    pod = helm.render(chart, values, "blue").test_pod()
    (container,) = pod["spec"]["containers"]
    path = "/api/ready" if chart == "backend" else "/api/health"
    assert container["env"] == [{"name": "TEST_URL", "value": f"http://blue-{chart}:8080{path}"}]
    assert container["command"][0] == {"frontend": "node", "backend": "python"}[chart]
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
