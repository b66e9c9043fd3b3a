"""The checks: what each finds, and what a check that could not be made is."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from delivery.checks import AREAS
from delivery.checks.chart_gates import EXCEPTIONS, exceptions, for_dry_run
from delivery.checks.check_model import FAILED, NOT_CHECKED, OK, Area, Check, check, look
from delivery.checks.container_checks import (
    CONTAINER_CHECKS,
    Inside,
    listening_ports,
    secrets_come_by_reference,
)
from delivery.checks.database_checks import checks_of
from delivery.checks.health_checks import crashes, probed_paths
from delivery.checks.image_checks import inspected
from delivery.checks.in_pod import overrides, with_environment
from delivery.checks.secret_scan import _walked, findings
from delivery.checks.tool_checks import judged
from delivery.checks.values_checks import file_check, line_of
from delivery.command import Door
from delivery.console import Console
from delivery.errors import CheckFailed, EnvironmentFault, InvalidInput
from delivery.paths import ROOT
from delivery.session import Session
from delivery.settings import Settings, load_settings
from delivery.settings.budgets import Budgets
from delivery.tools import ToolStatus
from tests.unit.conftest import Printed


@pytest.fixture
def settings() -> Settings:
    return load_settings({}, environ={})


@pytest.fixture
def session(settings: Settings, console: Console) -> Session:
    return Session(settings, console, Door(console))


GOOD, BAD = check("x", "web", "is well", True), check("x", "web", "is well", False, "it is ill\nvery")


def area(*checks: Check) -> Area:
    return Area("x", "X", lambda _: list(checks))


# What looking comes to


def test_all_that_hold_end_well(session: Session, printed: Printed) -> None:
    look(session, [area(GOOD), area(GOOD)])
    assert str(printed).count("✓ web: is well") == 2


def test_one_that_does_not_hold_ends_badly_and_says_what_was_seen(session: Session, printed: Printed) -> None:
    with pytest.raises(CheckFailed, match="checks do not hold: x"):
        look(session, [area(BAD), area(GOOD)])
    assert "✗ web: is well  (it is ill)\n    very" in str(printed)
    assert "✓ web: is well" in str(printed)


def test_what_is_not_checked_is_no_pass_and_the_others_go_on(session: Session, printed: Printed) -> None:
    def away(_: Session) -> list[Check]:
        raise EnvironmentFault("no cluster", "it is stopped")

    with pytest.raises(CheckFailed, match="checks do not hold: away"):
        look(session, [Area("away", "Away", away), area(GOOD)])
    assert "– away: can be looked at  (no cluster: it is stopped)" in str(printed)
    assert "✓ web: is well" in str(printed)


def test_checks_as_json(session: Session, printed: Printed) -> None:
    look(session, [area(GOOD)], "json")
    assert json.loads(printed.out.getvalue()) == [
        {"area": "x", "subject": "web", "statement": "is well", "state": OK, "seen": ""}
    ]


def test_an_unknown_output_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInput, match="--output xml"):
        look(session, [area(GOOD)], "xml")


def test_every_area_of_the_issue_is_there() -> None:
    wanted = {"images", "containers", "values", "charts", "health", "secrets", "database", "network", "tools"}
    assert AREAS.keys() == wanted


# Values


TEXT = {"type": "string"}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "helm" / "web"
    (folder / "ci").mkdir(parents=True)
    schema = {
        "type": "object", "additionalProperties": False,
        "properties": {
            "replicaCount": {"type": "integer", "minimum": 0},
            "image": {"type": "object", "additionalProperties": False, "properties": {"tag": TEXT}},
            "ports": {"type": "array", "items": {"type": "integer"}},
        },
    }  # fmt: skip
    (folder / "values.schema.json").write_text(json.dumps(schema))
    (folder / "values.yaml").write_text("replicaCount: 1\nimage:\n  tag: a\nports: [80]\n")
    return folder


def test_all_faults_of_a_values_file_are_told_with_line_and_path(chart: Path, tmp_path: Path) -> None:
    file = chart / "ci" / "bad-values.yaml"
    file.write_text(
        "# a comment\nreplicaCount: two\nimage:\n  # another\n  tg: b\nports:\n  - 80\n  - http\n"
    )
    found = file_check(chart, file, tmp_path)
    assert found.state == FAILED
    assert found.seen.splitlines() == [
        "helm/web/ci/bad-values.yaml:5: image.tg: no such key; did you mean `tag`?",
        'helm/web/ci/bad-values.yaml:8: ports.1: "http" is not of type integer',
        'helm/web/ci/bad-values.yaml:2: replicaCount: "two" is not of type integer',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "is YAML"), ("- a\n", "is a mapping"), ("\t:", "is YAML"), ("just text", "is a mapping")],
)  # fmt: skip
def test_what_is_no_values_file_is_told(text: str, said: str, chart: Path) -> None:
    file = chart / "ci" / "bad-values.yaml"
    file.write_text(text)
    found = file_check(chart, file)
    assert found.state == FAILED
    assert said in found.statement


def test_an_empty_values_file_is_fine(chart: Path) -> None:
    file = chart / "ci" / "empty-values.yaml"
    file.write_text("# nothing\n")
    assert file_check(chart, file).state == OK


@pytest.mark.parametrize(
    ("path", "line"), [(("a",), 1), (("a", "b"), 3), (("a", "c"), 1), (("z",), 1), ((), 1)]
)
def test_a_path_has_the_line_of_its_deepest_key(path: tuple[str, ...], line: int) -> None:
    assert line_of("a:\n  # why\n  b: 1\n", path) == line


# Charts


def test_every_workload_is_asked_about_as_a_pod_too_since_pods_are_what_is_refused() -> None:
    pod = {"serviceAccountName": "web", "priorityClassName": "high", "containers": [{"name": "web"}]}
    objects = [
        {
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "x"},
            "spec": {"template": {"spec": pod}},
        },
        {
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"ports": [{"port": 80, "nodePort": 30000}]},
        },
    ]
    deployment, made, service = for_dry_run(objects)
    assert made["kind"] == "Pod"
    assert made["spec"] == {"containers": [{"name": "web"}], "volumes": []}
    assert "namespace" not in deployment["metadata"]
    assert service["spec"]["ports"] == [{"port": 80}]
    assert objects[1]["spec"]["ports"][0]["nodePort"] == 30000  # type: ignore[index]


def test_a_stateful_sets_pod_has_its_claims() -> None:
    spec = {
        "template": {"spec": {"containers": []}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
    }
    _, pod = for_dry_run([{"kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec}])
    assert pod["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]


# Images


def image(**config: Any) -> dict[str, Any]:
    good = {"User": "1001:1001", "Healthcheck": {"Test": ["CMD", "x"]}, "ExposedPorts": {"3000/tcp": {}}}
    return {"Size": config.pop("size", 145_000_000), "Config": {**good, **config}}


@pytest.mark.parametrize(
    ("facts", "bad"),
    [
        (image(), []),
        (image(User="root"), ["runs as a user that is not root"]),
        (image(User=""), ["runs as a user that is not root"]),
        (image(Healthcheck=None), ["has a HEALTHCHECK"]),
        (image(ExposedPorts=None), ["exposes port 3000"]),
        (image(size=190_000_000), ["is at most 150 MB"]),
    ],
)
def test_an_image_that_is_not_as_it_should_be(
    facts: Mapping[str, Any], bad: list[str], settings: Settings
) -> None:
    found = inspected(settings.services["frontend"], facts, Budgets())
    assert [one.statement for one in found if one.state == FAILED] == bad


# Containers


class FakeHost:
    """A container from inside, as a table of files and of commands that end well."""

    def __init__(
        self, *, root: bool = False, written: tuple[str, ...] = (), token: bool = False, port: int = 3000
    ) -> None:
        self.root, self.written, self.token, self.port = root, written, token, port

    def file(self, _path: str) -> Any:
        uid = "0" if self.root else "1001"
        status = f"Uid:\t{uid}\t{uid}\nGid:\t1001\nCapEff:\t{'00000000a80425fb' if self.root else '0' * 16}\n"
        text = status + f"NoNewPrivs:\t{0 if self.root else 1}\nSeccomp:\t2\n"
        return type("File", (), {"content_string": text, "exists": self.token})

    def check_output(self, _command: str) -> str:
        return "1001\n1001\n0\n" if self.root else "1001\n1001\n"

    def run(self, command: str) -> Any:
        if command.startswith("cat /proc/net"):
            row = f"0: 00000000:{self.port:04X} 00000000:0000 0A 0\n1: 0100007F:1F90 0100007F:9C40 01 0\n"
            return type("Answer", (), {"stdout": f"sl local_address\n{row}", "rc": 0})
        ok = any(f"> {path}'" in command for path in self.written) or "/.probe" in command
        return type("Answer", (), {"stdout": "", "rc": 0 if ok else 1})


@pytest.mark.parametrize(
    ("host", "bad"),
    [
        (FakeHost(), set()),
        (FakeHost(root=True), {"runs as a user without rights", "all its processes run as that user"}),
        (FakeHost(written=("/etc/x",)), {"can write to its own volumes and nowhere else"}),
        (FakeHost(token=True), {"has no token for the API server"}),
        (FakeHost(port=9229), {"listens on port 3000 and on no other"}),
    ],
)
def test_a_container_that_is_not_as_it_should_be(host: FakeHost, bad: set[str], settings: Settings) -> None:
    spec = {"volumeMounts": [{"mountPath": "/app/.next/cache"}, {"mountPath": "/etc/x", "readOnly": True}]}
    inside = Inside(host, settings.services["frontend"], spec)
    assert {one(inside).statement for one in CONTAINER_CHECKS if one(inside).state == FAILED} == bad


def test_a_secret_that_is_written_into_the_pod_is_found(settings: Settings) -> None:
    env = [{"name": "OPENAI_API_KEY", "value": "sk-x"}, {"name": "LOG_LEVEL", "value": "INFO"},
           {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {}}}]  # fmt: skip
    found = secrets_come_by_reference(Inside(None, settings.services["backend"], {"env": env}))
    assert (found.state, found.seen) == (FAILED, "OPENAI_API_KEY")


def test_only_listening_ports_count() -> None:
    assert listening_ports("x\n0: 00000000:1F40 0:0 0A\n1: 0:0050 0:0 01\n") == {8000}


# Health


def test_paths_and_crashes_are_read_from_pods() -> None:
    probes = {"livenessProbe": {"httpGet": {"path": "/a"}}, "readinessProbe": {"exec": {}}, "startupProbe": {"httpGet": {"path": "/b"}}}  # fmt: skip # noqa: E501
    assert probed_paths({"spec": {"containers": [probes]}}) == {"/a", "/b"}

    def pod(**end: Any) -> dict[str, Any]:
        status = {"containerStatuses": [{"name": "web", "lastState": {"terminated": end} if end else {}}]}
        return {"metadata": {"name": "web-1"}, "status": status}

    assert crashes([pod(), pod(exitCode=0), pod(exitCode=143), pod(exitCode=255, reason="Unknown")]) == []
    assert crashes([pod(exitCode=137, reason="OOMKilled")]) == ["web-1/web OOMKilled exit code 137"]


# Database, tools


def test_the_step_that_fails_is_the_one_that_is_told() -> None:
    steps = [
        {"step": "DNS: db", "ok": True, "seen": ""},
        {"step": "TCP: db:5432", "ok": False, "seen": "refused"},
    ]
    found = checks_of(steps, "backend-1")
    assert [(one.state, one.seen) for one in found] == [(OK, ""), (FAILED, "refused")]


def test_a_script_is_given_variables_with_any_character_in_them() -> None:
    script = "from __future__ import annotations\nimport os\nprint(os.environ['URL'])\n"
    given = with_environment(script, {"URL": "a 'b' \"c\" \\n é"})
    done = subprocess.run([sys.executable, "-"], input=given, capture_output=True, text=True, check=True)
    assert done.stdout == "a 'b' \"c\" \\n é\n"


def test_a_pod_of_our_own_is_one_that_pod_security_takes() -> None:
    container = json.loads(overrides("ask", "x:1"))["spec"]["containers"][0]
    assert container["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert "env" not in container


def test_a_tool_that_is_required_and_missing_is_told() -> None:
    rows = [
        ToolStatus("helm", "4.1.4", ">=4.1", "", "", "", "required", False, "install it"),
        ToolStatus("minikube", "1.39", ">=1.36", "", "", "", "by minikube", False),
        ToolStatus("kind", "0.33", ">=0.31", "0.33.0", "/x", "on PATH", "no", True),
    ]
    found = judged(rows, ["kind"])
    assert [(one.subject, one.state) for one in found] == [("helm", FAILED), ("kind", OK)]


# Secrets

PASSWORD = "tr0ub4dor-and-" + "3-more"
KNOWN = {"backend-secrets/auth-secret": PASSWORD}
LONG = "A1b2C3d4" * 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"x: {PASSWORD}", "the value of backend-secrets/auth-secret"),
        (base64.b64encode(PASSWORD.encode()).decode(), "the value of backend-secrets/auth-secret"),
        ("a\nkey = sk-" + "proj-" + LONG, "an OpenAI key (line 2)"),
        ("AK" + "IA" + "ABCDEFGHIJKLMNOP", "an AWS key"),
        ("gh" + "p_" + LONG, "a GitHub token"),
        ("xo" + "xb-" + LONG, "a Slack token"),
        ("-----BEGIN EC " + "PRIVATE KEY-----\n" + LONG * 2, "a private key"),
        ("postgresql://me:" + LONG[:20] + "@db.prod.internal/x", "a password in a URL"),
    ],
)
def test_secrets_are_found_and_named_but_not_shown(text: str, said: str) -> None:
    found = findings(text, KNOWN)
    assert said in found
    assert PASSWORD not in found
    assert LONG not in found


@pytest.mark.parametrize(
    "text",
    [
        "", "OPENAI_API_KEY=sk-...", "postgresql://user:password@host/db", "postgresql://todo:***@database:5432/todo",
        "postgresql://{user}:{password}@host", "-----BEGIN " + "PRIVATE KEY-----", "sk-example" + LONG,
        "postgresql://todo:local-test-password-here@localhost/x",
    ],
)  # fmt: skip
def test_what_is_written_for_the_reader_is_no_secret(text: str) -> None:
    assert findings(text, KNOWN) == ""


def test_the_scripts_that_run_in_pods_lie_where_the_checks_look() -> None:
    folder = ROOT / "delivery" / "checks" / "scripts"
    assert {one.name for one in folder.iterdir() if one.is_file()} == {
        "ask_backend.mjs", "ask_database.py", "ask_network.py",
    }  # fmt: skip
    assert NOT_CHECKED != OK


def test_exceptions_from_kube_score_have_reasons_and_are_a_charts_own_where_they_can(
    settings: Settings,
) -> None:
    assert "deployment-has-poddisruptionbudget" in exceptions("demo-model")
    assert "deployment-has-poddisruptionbudget" not in exceptions("backend")
    assert all(reason for reasons in EXCEPTIONS.values() for reason in reasons.values())
    assert set(EXCEPTIONS) - {""} <= set(settings.services)


def test_without_git_every_file_is_looked_at_but_by_products(tmp_path: Path) -> None:
    for name in ("a.txt", "src/b.txt", ".venv/lib/c.txt", ".env", "node_modules/d.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert sorted(_walked(tmp_path)) == ["a.txt", "src/b.txt"]
