"""Precedence and validation of the settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.errors import InvalidInput
from delivery.rollout.policy import Policy, Quorum, policy_from
from delivery.settings import Settings, load_settings, secret_values
from delivery.settings.flags import Given, assignments
from delivery.settings.overrides import setting_path

ROOT = Path(__file__).parents[3]
# Tried on the frontend, too.
ORIGINS: dict[str, list[str]] = json.loads((ROOT / "frontend/tests/trusted_origins.json").read_text())


def load(root: Path, flags: dict[str, Any] | None = None, **environ: str) -> Settings:
    return load_settings(flags or {}, root=root, environ=environ)


def faults(root: Path, flags: dict[str, Any] | None = None, **environ: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        load(root, flags, **environ)
    assert caught.value.exit_code == 2
    return str(caught.value)


def add(root: Path, text: str) -> None:
    file = root / "deploy.yaml"
    file.write_text(text + file.read_text())


def test_each_source_overrules_the_next(project: Path) -> None:
    assert load(project).namespace == "todo"
    add(project, "namespace: from-yaml\n")
    assert load(project).namespace == "from-yaml"
    (project / ".env").write_text("DELIVERY_NAMESPACE=from-dotenv\n")
    assert load(project).namespace == "from-dotenv"
    assert load(project, DELIVERY_NAMESPACE="from-env").namespace == "from-env"
    flags = {"namespace": "from-flag"}
    assert load(project, flags, DELIVERY_NAMESPACE="from-env").namespace == "from-flag"


def test_a_nested_setting_from_the_environment_is_typed(project: Path) -> None:
    settings = load(project, DELIVERY_CLUSTER__MEMORY_MB="4096", DELIVERY_TIMEOUTS__ROLLOUT_S="90")
    assert settings.cluster.memory_mb == 4096
    assert settings.timeouts.rollout_s == 90.0


def test_the_environment_overrules_dotenv_for_secrets_of_the_app(project: Path) -> None:
    (project / ".env").write_text("API_TOKEN=from-dotenv\nOTHER=kept\n")
    settings = load(project, API_TOKEN="from-env", UNRELATED="left out")
    assert settings.env == {"API_TOKEN": "from-env", "OTHER": "kept"}


def test_all_faults_are_told_at_once_with_their_paths(project: Path) -> None:
    add(project, "namspace: x\ncluster: {memoryMb: lots, provder: kind}\n")
    (project / ".env").write_text("BETTER_AUTH_SECRET=short\nbroken line\n")
    text = faults(project)
    for part in (
        "5 faults",
        "deploy.yaml: namspace: no such key; did you mean `namespace`?",
        'deploy.yaml: cluster.memoryMb: "lots" is not of type integer',
        "deploy.yaml: cluster.provder: no such key; did you mean `provider`?",
        ".env: BETTER_AUTH_SECRET: is not at least 32 characters",
        ".env: line 2: not of the form NAME=value",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        ("DELIVERY_NAMSPACE", "no such setting; did you mean namespace?"),
        ("DELIVERY_CLUSTER__NAM", "no such setting; did you mean name?"),
    ],
)
def test_an_unknown_setting_in_the_environment_is_a_fault(project: Path, variable: str, fault: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_settings({}, root=project, environ={variable: "x"})
    assert fault in str(caught.value)


def test_a_misspelt_variable_of_the_app_is_a_fault(project: Path) -> None:
    (project / ".env").write_text("DATABSE_URL=postgres://h/d\n")
    assert "DATABSE_URL: unknown, and DATABASE_URL is not set; did you mean DATABASE_URL?" in faults(project)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://USER:PASSWORD@db.internal/name"),
        ("OPENAI_API_KEY", "sk-..."),
        ("OPENAI_API_KEY", "your-key-here"),
        ("BETTER_AUTH_SECRET", "change-me-change-me-change-me-change-me"),
        ("OPENAI_API_KEY", "<key>"),
    ],
)
def test_a_placeholder_is_a_fault_with_the_line_that_explains_it(
    project: Path, name: str, value: str
) -> None:
    (project / ".env").write_text(f"{name}={value}\n")
    text = faults(project)
    assert f".env: {name}: is a placeholder" in text
    assert ".env.example says: " in text
    assert value not in text


def test_a_malformed_value_comes_with_the_line_that_explains_it(project: Path) -> None:
    (project / ".env").write_text("BETTER_AUTH_SECRET=short\n")
    assert "Secret that signs sessions" in faults(project)


@pytest.mark.parametrize("namespace", ["kube-system", "Kube", "a_b", ""])
def test_a_namespace_that_is_not_ours_to_take_is_a_fault(project: Path, namespace: str) -> None:
    assert "namespace" in faults(project, {"namespace": namespace})


def test_a_secret_value_is_never_part_of_a_fault(project: Path) -> None:
    (project / ".env").write_text("DATABASE_URL=mysql://me:hunter2-hunter2@h/d\n")
    text = faults(project)
    assert "DATABASE_URL: is not a PostgreSQL URL" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("yaml", "fault"),
    [
        pytest.param("a: [", "deploy.yaml: while parsing", id="not YAML"),
        pytest.param("- a\n", "is not a mapping", id="not a mapping"),
        pytest.param("services: {}\n", "services", id="no services"),
        pytest.param("namespace: t\n", "services: is missing", id="services missing"),
    ],
)
def test_a_broken_deploy_yaml_is_a_fault(project: Path, yaml: str, fault: str) -> None:
    (project / "deploy.yaml").write_text(yaml)
    assert fault in faults(project)


def test_a_missing_deploy_yaml_is_a_fault(tmp_path: Path) -> None:
    assert "deploy.yaml: is missing" in faults(tmp_path)


@pytest.mark.parametrize(
    ("flags", "fault"),
    [
        ({"services.web.after": ["apii"]}, "services.web.after: no service apii; did you mean api?"),
        ({"services.web.chart": "helm/nope"}, "services.web.chart: helm/nope does not exist"),
        ({"services.api.after": ["web"]}, "after goes in a circle"),
        ({"services.web.port": 70000}, "services.web.port: 70000 is out of range"),
        ({"services.web.nodePort": 80}, "services.web.nodePort: 80 is out of range"),
        ({"services.web.imagee": "x"}, "services.web.imagee: no such key; did you mean `image`?"),
    ],
)
def test_a_service_is_checked(project: Path, flags: dict[str, Any], fault: str) -> None:
    assert fault in faults(project, flags)


def test_two_services_may_not_share_a_node_port(project: Path) -> None:
    flags = {"services.web.nodePort": 30000, "services.api.nodePort": 30000}
    assert "services.api.nodePort: 30000 is web's already" in faults(project, flags)


def test_services_come_in_the_order_of_their_dependencies(project: Path) -> None:
    assert [service.name for service in load(project).wanted_services()] == ["api", "web"]


def test_a_service_is_left_out_when_its_variable_has_a_value(project: Path) -> None:
    flags = {"services.api.unless": "DATABASE_URL"}
    assert len(load(project, flags).wanted_services()) == 2
    wanted = load(project, flags, DATABASE_URL="postgres://h/d").wanted_services()
    assert [service.name for service in wanted] == ["web"]


def test_the_projects_own_deploy_yaml_is_valid() -> None:
    settings = load_settings({}, environ={})
    assert list(settings.services) == ["database", "demo-model", "backend", "frontend"]


def test_assignments_are_read_as_yaml() -> None:
    assert assignments(["a.b=3", "c=text", "d=[1, 2]", "e=", "f=null"]) == {
        "a.b": 3, "c": "text", "d": [1, 2], "e": "", "f": None,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["novalue", "=3", "a..b=3", ".a=3", "a.=3"])
def test_a_malformed_assignment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="command line"):
        assignments([text])


@pytest.mark.parametrize(
    ("flags", "environ", "fault"),
    [
        pytest.param(
            {"cluster.provider": Given("foo", "--provider")}, {},
            '--provider: "foo" is not one of auto', id="a flag with a name of its own",
        ),
        pytest.param(
            {"cluster.cpus": "many"}, {}, '--set cluster.cpus: "many" is not of type integer', id="--set"
        ),
        pytest.param(
            {}, {"DELIVERY_CLUSTER__CPUS": "many"},
            'environment: DELIVERY_CLUSTER__CPUS: "many" is not of type integer', id="environment",
        ),
        pytest.param(
            {"cluster": {"cpus": "lots"}}, {"DELIVERY_CLUSTER__CPUS": "many"},
            '--set cluster: cluster.cpus: "lots" is not of type integer', id="a flag over the environment",
        ),
        pytest.param(
            {"cluster.name.x": 1}, {}, '--set cluster.name.x: cluster.name: {"x": 1} is not of type string',
            id="a level too deep",
        ),
        pytest.param(
            {"services.bakend.port": 1}, {}, "--set services.bakend.port: services.bakend.chart: is missing",
            id="a service that isn't there",
        ),
        pytest.param(
            {}, {"DELIVERY_SERVICES__APPI__PORT": "1"},
            "environment: DELIVERY_SERVICES__APPI__PORT: no such service; did you mean api?",
            id="a misspelt service in the environment",
        ),
        pytest.param(
            {"services.web.chart": None}, {}, "--set services.web.chart: is missing", id="a key taken out"
        ),
        pytest.param({"services.api.after": ["web"]}, {}, "--set services.api.after: after goes", id="ring"),
        pytest.param(
            {"services.web.after": ["nope"]}, {}, "--set services.web.after: no service nope", id="reference"
        ),
    ],
)  # fmt: skip
def test_a_fault_names_the_flag_or_variable_it_came_from(
    project: Path, flags: dict[str, Any], environ: dict[str, str], fault: str
) -> None:
    text = faults(project, flags, **environ)
    assert fault in text
    assert "deploy.yaml:" not in text


def test_a_fault_from_dotenv_names_the_file_and_the_variable(project: Path) -> None:
    (project / ".env").write_text("DELIVERY_CLUSTER__CPUS=many\n")
    assert '.env: DELIVERY_CLUSTER__CPUS: "many" is not of type integer' in faults(project)


def test_null_takes_a_key_out_but_stays_among_chart_values(project: Path) -> None:
    add(project, "tagPrefix: other\n")
    given = ["tagPrefix=null", "services.web.values.startupProbe=null", "services.web.after=null"]
    settings = load(project, assignments(given))
    assert settings.tag_prefix == "phase4"
    assert settings.services["web"].after == ()
    assert settings.services["web"].values == {"startupProbe": None}
    assert load(project, DELIVERY_TAG_PREFIX="null").tag_prefix == "phase4"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("DELIVERY_CLUSTER__MEMORY_MB", "cluster.memoryMb"),
        ("DELIVERY_SERVICES__BACKEND__NODE_PORT", "services.backend.nodePort"),
        ("DELIVERY_SERVICES__MY_API__PORT", "services.my-api.port"),
        ("DELIVERY_SERVICES__BACKEND__ENV__LOG_LEVEL", "services.backend.env.LOG_LEVEL"),
        ("DELIVERY_SERVICES__BACKEND__ENV__A__B", "services.backend.env.A__B"),
        ("DELIVERY_SERVICES__BACKEND__SECRET__token", "services.backend.secret.token"),
        ("DELIVERY_SERVICES__BACKEND__BASES__PYTHON_BASE", "services.backend.bases.PYTHON_BASE"),
        ("DELIVERY_SERVICES__BACKEND__BUILD_ARGS__FLAVOUR", "services.backend.buildArgs.FLAVOUR"),
        ("DELIVERY_SERVICES__BACKEND__ROLLOUT__STABILITY_S", "services.backend.rollout.stabilityS"),
        (
            "DELIVERY_SERVICES__BACKEND__ROLLOUT__GRACES__NOT_READY",
            "services.backend.rollout.graces.NOT_READY",
        ),
        ("DELIVERY_SERVICES__BACKEND__VALUES__replicaCount", "services.backend.values.replicaCount"),
        ("DELIVERY_SERVICES__BACKEND__VALUES__resources__limits", "services.backend.values.resources.limits"),
    ],
)
def test_a_variable_stands_for_a_path(name: str, path: str) -> None:
    assert ".".join(setting_path(name)) == path


def test_an_empty_variable_of_the_environment_is_one_that_was_not_given(project: Path) -> None:
    (project / ".env").write_text("API_TOKEN=from-dotenv\n")
    assert load(project, API_TOKEN="").env == {"API_TOKEN": "from-dotenv"}


def test_secret_values_are_the_marked_ones_and_those_of_a_services_secret(project: Path) -> None:
    (project / ".env").write_text(
        "DATABASE_URL=postgres://h/d\nOPENAI_API_KEY=key-1\nAPI_TOKEN=token-1\nFOO=backend\n"
        f"BETTER_AUTH_SECRET={'s' * 32}\nBETTER_AUTH_URL=https://app.example\n"
    )
    flags = {"services.api.secret.url": "BETTER_AUTH_URL"}
    assert secret_values(load(project, flags)) == ["token-1", "s" * 32, "postgres://h/d", "key-1"]


def test_the_patience_of_a_verdict_is_a_services_own(project: Path) -> None:
    given = assignments(["services.api.rollout.graces.SECRET_MISSING=60"])
    services = load(project, given, DELIVERY_SERVICES__API__ROLLOUT__QUORUM="all").services
    assert policy_from(services["api"].rollout) == Policy(quorum=Quorum.ALL, graces={"SECRET_MISSING": 60.0})
    assert policy_from(services["web"].rollout) == Policy()


@pytest.mark.parametrize(("text", "on"), [("", True), ("rollback: auto\n", True), ("rollback: off\n", False)])
def test_a_rollback_is_automatic_unless_it_is_off(project: Path, text: str, on: bool) -> None:
    add(project, text)
    assert load(project).rollback is on
    assert load(project, assignments(["rollback=off"])).rollback is False
    assert load(project, DELIVERY_ROLLBACK="auto").rollback is True
    assert "rollback" in faults(project, assignments(["rollback=sometimes"]))


def test_a_grace_for_no_code_is_a_fault(project: Path) -> None:
    text = faults(project, assignments(["services.api.rollout.graces.SECRET_MISING=60"]))
    assert "services.api.rollout.graces" in text
    assert "SECRET_MISING" in text


BORROWS = "  worker: {chart: helm/api, imageOf: api, port: 82}\n"


def append(root: Path, text: str) -> None:
    file = root / "deploy.yaml"
    file.write_text(file.read_text() + text)


def test_a_service_that_runs_anothers_image_has_all_that_decides_it(project: Path) -> None:
    append(project, BORROWS)
    settings = load(project, {"services.api.bases": {"BASE": "python:3.13-slim"}})
    worker, api = settings.services["worker"], settings.services["api"]
    assert (worker.image_owner, api.image_owner) == ("api", "api")
    assert (worker.dockerfile, worker.context, worker.image) == (api.dockerfile, api.context, api.image)
    assert worker.bases == {"BASE": "python:3.13-slim"}
    assert worker.secret == {}


@pytest.mark.parametrize(
    ("flags", "fault"),
    [
        ({"services.worker.imageOf": "apii"}, "services.worker.imageOf: no service apii; did you mean api?"),
        ({"services.worker.image": "own"}, "services.worker.image: is api's, whose image it runs (imageOf)"),
        ({"services.web.imageOf": "worker"}, "services.web.imageOf: worker has no image of its own"),
        ({"services.worker.imageOf": None}, "services.worker.dockerfile: is missing"),
        ({"services.worker.imageOf": None}, "services.worker.image: is missing"),
        ({"services.worker.standsIn": {"A": "b"}}, "services.worker.standsIn: needs unless"),
    ],
)
def test_an_image_is_shared_only_in_one_way(project: Path, flags: dict[str, Any], fault: str) -> None:
    append(project, BORROWS)
    assert fault in faults(project, flags)


STANDS_IN = {
    "services.api.unless": "OPENAI_API_KEY",
    "services.api.standsIn": {"OPENAI_API_KEY": "demo", "OPENAI_BASE_URL": "{api.internal}/v1"},
}


def test_a_variable_of_what_a_service_stands_in_for_is_a_fault_alone(project: Path) -> None:
    text = faults(project, STANDS_IN, OPENAI_BASE_URL="http://ollama:11434/v1")
    assert "environment: OPENAI_BASE_URL: does nothing without OPENAI_API_KEY, since api stands in" in text
    settings = load(project, STANDS_IN, OPENAI_BASE_URL="http://ollama:11434/v1", OPENAI_API_KEY="none")
    assert settings.env["OPENAI_BASE_URL"] == "http://ollama:11434/v1"
    assert [service.name for service in settings.wanted_services()] == ["web"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_ORIGINS", "https://todo.example.org/path"),
        ("TRUSTED_ORIGINS", "todo.example.org"),
        ("AUTH_JWT_ALGORITHM", "none"),
        ("OPENAI_API", "assistants"),
        ("OPENAI_BASE_URL", "https://user:key@llm.example/v1"),
    ],
)
def test_a_setting_of_the_app_that_it_would_refuse_is_a_fault(project: Path, name: str, value: str) -> None:
    assert f"environment: {name}: is not " in faults(project, None, **{name: value})


@pytest.mark.parametrize("text", ORIGINS["good"])
def test_origins_may_hold_wildcards_and_blanks(project: Path, text: str) -> None:
    assert load(project, TRUSTED_ORIGINS=text).env.get("TRUSTED_ORIGINS", "") == text


@pytest.mark.parametrize("text", ORIGINS["bad"])
def test_a_wildcard_that_would_trust_everybody_is_a_fault(project: Path, text: str) -> None:
    assert "environment: TRUSTED_ORIGINS: is not " in faults(project, None, TRUSTED_ORIGINS=text)
