"""How settings and Secrets of the app charts reach the container."""

from __future__ import annotations

import re

import pytest

from delivery.release.inputs import CA_FILE_NAME
from delivery.secret.database import CA_FILE
from tests.unit.charts.charts import APP_CHARTS, HELM_DIR, ONE_OF_EACH, Helm, Manifest, defaults

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
        "NOUGHT": (0, "0"),
        "OFF": (False, "false"),
    }
    values = {"env": {name: value for name, (value, _) in table.items()}}
    data = helm.render("demo-model", values).one("ConfigMap")["data"]
    assert data == {name: text for name, (_, text) in table.items()}


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("chart", ["frontend", "backend", "demo-model"])
def test_null_and_empty_leave_a_setting_out_so_that_the_app_has_its_own_default(
    chart: str, nothing: str | None, helm: Helm
) -> None:
    names = [*defaults(chart)["env"], "OWN"]
    some = helm.render(chart, {"env": {"OWN": nothing, "KEPT": "x"}}).one("ConfigMap")["data"]
    assert some["KEPT"] == "x"
    assert "OWN" not in some
    assert "" not in some.values()
    none = helm.render(chart, {"env": dict.fromkeys(names, nothing)})
    assert not none.all("ConfigMap")
    assert "envFrom" not in none.container()


def test_a_setting_left_empty_may_come_from_the_secret(helm: Helm) -> None:
    values = {"secret": {"env": {"OPENAI_BASE_URL": "openai-base-url"}}}
    env = {entry["name"]: entry["valueFrom"] for entry in helm.render("backend", values).container()["env"]}
    assert env["OPENAI_BASE_URL"]["secretKeyRef"]["key"] == "openai-base-url"


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


@pytest.mark.parametrize("chart", APP_CHARTS)
def test_secret_keys_become_files_below_the_mount_path(chart: str, helm: Helm) -> None:
    rendered = helm.render(chart, {"secret": {"files": {"database-ca": "ca.crt"}}})
    volumes = {volume["name"]: volume for volume in rendered.pod()["spec"]["volumes"]}
    assert volumes["secret-files"]["secret"] == {
        "secretName": f"{chart}-secrets",
        "defaultMode": 0o440,
        "items": [{"key": "database-ca", "path": "ca.crt"}],
    }
    mounts = {mount["name"]: mount for mount in rendered.container()["volumeMounts"]}
    assert f"{mounts['secret-files']['mountPath']}/{CA_FILE_NAME}" == CA_FILE


@pytest.mark.parametrize(
    ("chart", "command"),
    [("frontend", ["node", "migrate.mjs"]), ("backend", ["python", "-m", "src.migrate"])],
)
def test_the_tables_are_made_with_the_apps_image_environment_and_mounts(
    chart: str, command: list[str], helm: Helm
) -> None:
    rendered = helm.render(chart, {"secret": {"files": {"database-ca": "ca.crt"}}})
    (migrate,) = rendered.pod()["spec"]["initContainers"]
    app = rendered.container()
    assert migrate["command"] == command
    for key in ("image", "imagePullPolicy", "env", "envFrom", "volumeMounts", "securityContext"):
        assert migrate[key] == app[key]
    annotations = rendered.pod()["metadata"]["annotations"]
    assert annotations["kubectl.kubernetes.io/default-container"] == app["name"]


def test_both_sides_of_sign_in_agree(helm: Helm) -> None:
    frontend, backend = (helm.render(chart).one("ConfigMap")["data"] for chart in APP_CHARTS)
    assert frontend["AUTH_JWT_ALGORITHM"] == backend["AUTH_JWT_ALGORITHM"] == "EdDSA"
    service = helm.render("frontend").one("Service")
    host, port = service["metadata"]["name"], service["spec"]["ports"][0]["port"]
    assert backend["JWKS_URL"] == f"http://{host}:{port}/api/auth/jwks"


def test_the_page_waits_longer_for_a_chat_than_the_backend_lets_it_run(helm: Helm) -> None:
    frontend, backend = (helm.render(chart).one("ConfigMap")["data"] for chart in APP_CHARTS)
    assert int(frontend["CHAT_TIMEOUT_MS"]) > 1000 * int(backend["RUN_TIMEOUT_S"])


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
def test_the_helm_test_asks_the_service_with_the_apps_own_program(chart: str, helm: Helm) -> None:
    values = {"service": {"port": 8080}}
    pod = helm.render(chart, values, "blue").test_pod()
    (container,) = pod["spec"]["containers"]
    path = "/api/ready" if chart == "backend" else "/api/health"
    assert container["env"] == [{"name": "TEST_URL", "value": f"http://blue-{chart}:8080{path}"}]
    assert container["command"][0] == {"frontend": "node", "backend": "python"}[chart]
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"


@pytest.mark.parametrize(
    ("chart", "folder", "pattern"), [("frontend", "src", "*.ts*"), ("backend", "src", "settings.py")]
)
def test_every_variable_of_the_chart_is_one_that_the_app_reads(chart: str, folder: str, pattern: str) -> None:
    sources = (HELM_DIR.parent / chart / folder).rglob(pattern)
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    values = defaults(chart)
    for name in [*values["env"], *values["secret"]["env"]]:
        # The servers below the apps read these: uvicorn and Next.
        if not name.startswith("UVICORN_") and name != "HOSTNAME":
            wanted = name.lower() if chart == "backend" else name
            assert re.search(rf"\b{wanted}\b", text), f"nothing in {chart}/{folder} reads {name}"
