"""Precedence and validation of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from delivery.errors import InvalidInput
from delivery.settings import Settings, load_settings
from delivery.settings.flags import assignments


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
    assert list(settings.services) == ["database", "backend", "frontend"]


def test_assignments_are_read_as_yaml() -> None:
    assert assignments(["a.b=3", "c=text", "d=[1, 2]", "e="]) == {"a.b": 3, "c": "text", "d": [1, 2], "e": ""}


@pytest.mark.parametrize("text", ["novalue", "=3", "a..b=3", ".a=3", "a.=3"])
def test_a_malformed_assignment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="command line"):
        assignments([text])
