"""What holds for every pod of every chart, whatever is switched on."""

from __future__ import annotations

import pytest

from tests.unit.charts.charts import (
    CHARTS,
    CI_CASES,
    ONE_OF_EACH,
    Helm,
    Manifest,
    ci_values,
    containers,
)

RESTRICTED_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral",
    "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
HANDLERS = ("startupProbe", "livenessProbe", "readinessProbe", "lifecycle")


def restricted_faults(spec: Manifest) -> list[str]:
    """Where a pod spec breaks "restricted" (kubernetes.io, Pod Security Standards)."""
    pod = spec.get("securityContext", {})
    faults = [field for field in HOST_FIELDS if spec.get(field)]
    faults += [f"volume {v['name']}" for v in spec.get("volumes", []) if not _is_allowed_volume(v)]
    for container in containers(spec):
        own = container.get("securityContext", {})
        merged = {**pod, **own}
        checks = {
            "runAsNonRoot": merged.get("runAsNonRoot") is True,
            "runAsUser": merged.get("runAsUser", 0) != 0,
            "seccompProfile": merged.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "privileged": not own.get("privileged"),
            "capabilities.drop": "ALL" in own.get("capabilities", {}).get("drop", []),
            "capabilities.add": set(own.get("capabilities", {}).get("add", [])) <= {"NET_BIND_SERVICE"},
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", [])),
            "probe host": not any(_names_host(container[key]) for key in HANDLERS if key in container),
        }
        faults += [f"{container['name']}: {name}" for name, holds in checks.items() if not holds]
    return faults


def _names_host(handler: Manifest) -> bool:
    requests = [handler, *(part for part in handler.values() if isinstance(part, dict))]
    return any("host" in request.get("httpGet", {}) for request in requests)


def _is_allowed_volume(volume: Manifest) -> bool:
    return set(volume) - {"name"} <= RESTRICTED_VOLUMES


@pytest.mark.parametrize(("chart", "case"), CI_CASES)
def test_every_pod_satisfies_pod_security_restricted(chart: str, case: str, helm: Helm) -> None:
    for spec in helm.render(chart, ci_values(chart, case)).pod_specs():
        assert restricted_faults(spec) == []


def test_the_check_for_restricted_sees_what_is_wrong(helm: Helm) -> None:
    values = {
        "podSecurityContext": {"runAsUser": 0, "seccompProfile": {"type": "Unconfined"}},
        "securityContext": {"capabilities": {"drop": ["NET_RAW"], "add": ["SYS_ADMIN"]}, "privileged": True},
        "extraVolumes": [{"name": "host", "hostPath": {"path": "/"}}],
        "migrate": {"enabled": False},
    }
    faults = restricted_faults(helm.render("backend", values).pod()["spec"])
    assert faults == [
        "volume host", "backend: runAsUser", "backend: seccompProfile", "backend: privileged",
        "backend: capabilities.drop", "backend: capabilities.add",
    ]  # fmt: skip


@pytest.mark.parametrize(("chart", "case"), CI_CASES)
def test_nothing_is_writable_but_what_is_named(chart: str, case: str, helm: Helm) -> None:
    for spec in helm.render(chart, ci_values(chart, case)).pod_specs():
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        for container in containers(spec):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
        for volume in spec.get("volumes", []):
            assert "emptyDir" not in volume or volume["emptyDir"]["sizeLimit"]


@pytest.mark.parametrize(("chart", "case"), CI_CASES)
def test_every_container_has_requests_and_limits(chart: str, case: str, helm: Helm) -> None:
    for spec in helm.render(chart, ci_values(chart, case)).pod_specs():
        for container in containers(spec):
            for kind in ("requests", "limits"):
                assert set(container["resources"][kind]) == {"cpu", "memory", "ephemeral-storage"}


@pytest.mark.parametrize(("chart", "case"), CI_CASES)
def test_every_mount_has_a_volume_and_every_volume_a_mount(chart: str, case: str, helm: Helm) -> None:
    for spec in helm.render(chart, ci_values(chart, case)).pod_specs():
        volumes = [volume["name"] for volume in spec.get("volumes", [])]
        mounted = {m["name"] for c in containers(spec) for m in c.get("volumeMounts", [])}
        assert sorted(mounted) == sorted(volumes)
        for container in containers(spec):
            paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
            assert len(paths) == len(set(paths))


@pytest.mark.parametrize(("chart", "case"), CI_CASES)
def test_secret_files_are_readable_by_the_pods_group_alone(chart: str, case: str, helm: Helm) -> None:
    rendered = helm.render(chart, ci_values(chart, case))
    mounted = [v for spec in rendered.pod_specs() for v in spec.get("volumes", []) if "secret" in v]
    assert mounted or chart != "database"
    for volume in mounted:
        assert volume["secret"]["defaultMode"] == 0o440
    for spec in rendered.pod_specs():
        mounts = [m for c in containers(spec) for m in c.get("volumeMounts", [])]
        assert all(m["readOnly"] for m in mounts if m["name"] == "secret-files")


@pytest.mark.parametrize("chart", CHARTS)
def test_probes_ask_named_ports_that_exist_and_liveness_is_patient(chart: str, helm: Helm) -> None:
    container = helm.render(chart).container()
    names = {port["name"] for port in container["ports"]}
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        if "httpGet" in container[kind]:
            assert container[kind]["httpGet"]["port"] in names
    live, ready = container["livenessProbe"], container["readinessProbe"]
    patience_s = [p["periodSeconds"] * p["failureThreshold"] for p in (ready, live)]
    assert patience_s[0] < patience_s[1], "a pod must leave the Service before it is restarted"


@pytest.mark.parametrize("chart", CHARTS)
def test_diagnostic_mode_starts_a_pod_that_only_waits(chart: str, helm: Helm) -> None:
    rendered = helm.render(chart, ci_values(chart, "diagnostic"))
    container = rendered.container()
    assert container["command"] == ["sleep", "infinity"]
    assert not [key for key in container if key.endswith("Probe") or key == "lifecycle"]
    assert "initContainers" not in rendered.pod()["spec"]
    assert container["volumeMounts"] == helm.render(chart).container()["volumeMounts"]


@pytest.mark.parametrize("chart", ONE_OF_EACH)
def test_an_image_is_a_tag_or_a_digest_of_some_registry(chart: str, helm: Helm) -> None:
    digest = "sha256:" + "0" * 64
    table: list[tuple[Manifest, str]] = [
        ({"image": {"tag": "phase4-0a1b2c3d4e5f"}}, f"todo-{chart}:phase4-0a1b2c3d4e5f"),
        ({"image": {"tag": ""}}, f"todo-{chart}:phase4"),
        ({"image": {"registry": "r.example.com:5000/x"}}, f"r.example.com:5000/x/todo-{chart}:phase4"),
        ({"image": {"digest": digest}}, f"todo-{chart}@{digest}"),
        (
            {"global": {"imageRegistry": "g.example.com"}, "image": {"registry": "r.example.com"}},
            f"g.example.com/todo-{chart}:phase4",
        ),
    ]
    for values, expected in table:
        rendered = helm.render(chart, values)
        images = {c["image"] for spec in rendered.pod_specs() for c in containers(spec)}
        assert images == {expected}


@pytest.mark.parametrize("chart", ONE_OF_EACH)
def test_the_tag_latest_is_refused(chart: str, helm: Helm) -> None:
    answer = helm.template(chart, {"image": {"tag": "latest"}})
    assert answer.returncode != 0
    assert "a rollback could not go back to it" in answer.stderr
