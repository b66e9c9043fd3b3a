"""The gates that a chart must pass: helm lint, templates, kube-score, the API server's own judgement."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from delivery import cluster as clusters
from delivery import tools
from delivery.checks.check_model import NOT_CHECKED, Check, check
from delivery.cluster import Cluster
from delivery.errors import DeliveryError, EnvironmentFault, ToolMissing
from delivery.parallel import run_all
from delivery.session import Session

AREA = "charts"
_RELEASE = "gate"
_ENFORCE = "pod-security.kubernetes.io/enforce"
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")
Manifest = dict[str, Any]
# What kube-score asks for and we don't do, and why. Those under a chart's name are that chart's alone.
EXCEPTIONS: Mapping[str, Mapping[str, str]] = {
    "": {
        "container-image-pull-policy": "tags name their content, so IfNotPresent is right",
        "container-security-context-user-group-id": "wants 10000 and more, the plan has 1001",
        "pod-probes-identical": "the plan asks one path; the backend's readiness asks the database besides",
    },
    "demo-model": {"deployment-has-poddisruptionbudget": "a stand-in without data may be away for a moment"},
}


def chart_checks(session: Session) -> Sequence[Check]:
    """All gates for all charts; without a cluster the API server's is not checked."""
    charts = list(dict.fromkeys(service.chart for service in session.settings.services.values()))
    cluster, away = _restricted(session)
    jobs = {chart.name: partial(_of_chart, session, cluster, away, chart) for chart in charts}
    return [one for found in run_all(session.door, jobs).values() for one in found]


def _of_chart(session: Session, cluster: Cluster | None, away: str, chart: Path) -> list[Check]:
    files = sorted((chart / "ci").glob("*-values.yaml"))
    found = [check(AREA, chart.name, "has ci files", bool(files))]
    for file in files:
        found += _gates(session, cluster, away, chart, file)
    return found


def _gates(session: Session, cluster: Cluster | None, away: str, chart: Path, file: Path) -> Iterator[Check]:
    helm = tools.path(session, "helm")
    subject = f"{chart.name}/{file.name}"
    lint = session.door.read([helm, "lint", "--strict", "--values", str(file), str(chart)], accept=None)
    clean = lint.ok and "[WARNING]" not in lint.stdout
    yield check(AREA, subject, "helm lint --strict has nothing to say", clean, lint.last_lines(8))
    made = session.door.read(
        [helm, "template", _RELEASE, str(chart), "--values", str(file)], accept=None, timeout_s=60
    )
    yield check(AREA, subject, "helm template renders it", made.ok, made.last_lines(8))
    if made.ok and not _diagnostic(file):
        yield _scored(session, chart, subject, file)
    words = "the API server takes its objects in a restricted namespace"
    if cluster is None:
        yield Check(AREA, subject, words, NOT_CHECKED, away)
    elif made.ok:
        yield _server_says(session, cluster, subject, words, made.stdout)


def _server_says(session: Session, cluster: Cluster, subject: str, words: str, rendered: str) -> Check:
    """A dry run on the server, which validates, defaults and admits as it would, and stores nothing."""
    import yaml

    objects = list(for_dry_run(one for one in yaml.safe_load_all(rendered) if one))
    document = {"apiVersion": "v1", "kind": "List", "items": objects}
    argv = cluster.kubectl(
        "create", "--dry-run=server", "--validate=strict", "--namespace", session.settings.namespace,
        "--filename", "-", "--output", "name",
    )  # fmt: skip
    answer = session.door.read(argv, stdin=json.dumps(document), accept=None)
    said = answer.ok and "Warning:" not in answer.stderr
    return check(AREA, subject, words, said, answer.last_lines(8))


def _scored(session: Session, chart: Path, subject: str, file: Path) -> Check:
    """kube-score finds nothing critical in what stays; `helm test` makes its pod for a moment."""
    words = "kube-score has nothing critical to say"
    try:
        program = tools.path(session, "kube-score")
    except (EnvironmentFault, ToolMissing) as missing:
        return Check(AREA, subject, words, NOT_CHECKED, missing.what)
    argv = [
        tools.path(session, "helm"), "template", _RELEASE, str(chart), "--values", str(file), "--no-hooks",
        "--set", "networkPolicy.enabled=true",
    ]  # fmt: skip
    rendered = session.door.read(argv).stdout
    ignored = ",".join(exceptions(chart.name))
    answer = session.door.read(
        [program, "score", "--output-format", "ci", "--ignore-test", ignored, "-"],
        stdin=rendered,
        accept=None,
    )
    critical = [line for line in answer.stdout.splitlines() if line.startswith("[CRITICAL]")]
    return check(
        AREA, subject, words, answer.ok and not critical, "\n".join(critical) or answer.last_lines(4)
    )


def _diagnostic(file: Path) -> bool:
    """Whether the pod is only there to be looked into: without probes, on purpose."""
    import yaml

    mode = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("diagnosticMode") or {}
    return bool(mode.get("enabled"))


def exceptions(chart: str) -> tuple[str, ...]:
    """Pure: names of kube-score's tests that are left out for a chart."""
    return (*EXCEPTIONS[""], *EXCEPTIONS.get(chart, {}))


def for_dry_run(objects: Iterable[Mapping[str, Any]]) -> Iterator[Manifest]:
    """Pure: the objects, and for each workload its pod, since it is pods that Pod Security refuses.

    What is another's goes: a node port may be taken by the release that runs, an account does not exist
    after a dry run, a priority class is the cluster's own.
    """
    for one in objects:
        manifest = copy.deepcopy(dict(one))
        manifest["metadata"].pop("namespace", None)
        if manifest["kind"] == "Service":
            for port in manifest["spec"].get("ports", []):
                port.pop("nodePort", None)
        yield from _with_pod(manifest)


def _with_pod(manifest: Manifest) -> Iterator[Manifest]:
    if manifest["kind"] == "Pod":
        _leave_out(manifest["spec"])
    yield manifest
    if manifest["kind"] in _WORKLOADS:
        spec = copy.deepcopy(manifest["spec"]["template"]["spec"])
        _leave_out(spec)
        claims = [one["metadata"]["name"] for one in manifest["spec"].get("volumeClaimTemplates", [])]
        spec["volumes"] = [
            *spec.get("volumes", []),
            *({"name": one, "persistentVolumeClaim": {"claimName": one}} for one in claims),
        ]
        name = f"{manifest['metadata']['name']}-pod"
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def _leave_out(spec: Manifest) -> None:
    for key in ("serviceAccountName", "priorityClassName"):
        spec.pop(key, None)


def _restricted(session: Session) -> tuple[Cluster | None, str]:
    """The cluster, where our namespace is there and enforces `restricted`; else why not."""
    name = session.settings.namespace
    try:
        cluster = clusters.connect(session, may_repair=False)
        argv = cluster.kubectl("get", "namespace", name, "--ignore-not-found", "-o", "json")
        text = session.door.read(argv).stdout
    except DeliveryError as error:
        return None, error.what
    labels = json.loads(text)["metadata"].get("labels", {}) if text.strip() else {}
    if labels.get(_ENFORCE) != "restricted":
        return None, f"namespace {name} is not there, or does not enforce Pod Security restricted"
    return cluster, ""
