"""What goes wrong beside the app: quota, Pod Security, webhooks, broken charts, a cluster that is away.

One small service in a namespace of its own stands for all: what is tried is the engine, not the app.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cluster.admission import HANG, REFUSE, configuration, webhook_server
from tests.cluster.conftest import Deployment, wait_for

pytestmark = pytest.mark.cluster

NAMESPACE = "verdicts"
VALUES = "services.demo-model.values"
CRASH = f"{VALUES}.command=['python','-c','raise SystemExit(\"no luck today\")']"
STEADY = "services.demo-model.rollout.stabilityS=2"
UPGRADE = "--install --namespace"
LOOK = "get deployments,statefulsets,replicasets,pods,events"
WEBHOOK = "verdicts.test"


@dataclass(frozen=True)
class Small:
    """The small service in a namespace."""

    deployed: Deployment
    namespace: str

    @property
    def node(self) -> str:
        """The container of the cluster's one node."""
        return f"{self.deployed.kit.cluster}-control-plane"

    def arguments(self, *settings: str) -> list[str]:
        sets = [word for one in (*settings, STEADY) for word in ("--set", one)]
        return ["deploy.all", "--services", "demo-model", "--namespace", self.namespace, *sets]

    def deploy(self, *settings: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = self.deployed.kit.run(*self.arguments(*settings), check=check)
        assert "Traceback" not in done.stderr
        return done

    def start(self, *settings: str) -> subprocess.Popen[str]:
        """A deploy that has just begun to watch."""
        process = self.deployed.kit.start(*self.arguments(*settings), "--verbose")
        wait_for(process, UPGRADE)
        wait_for(process, LOOK)
        return process

    def row(self) -> dict[str, Any]:
        """What deploy.status says of it; the others are absent from this namespace."""
        answer = self.deployed.kit.run(
            "deploy.status", "--namespace", self.namespace, "--output", "json", check=False
        )
        rows = json.loads(answer.stdout)
        return next(row for row in rows if row["service"] == "demo-model")

    def apply(self, *manifests: dict[str, Any]) -> None:
        items = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self.deployed.kubectl(
            "apply", "--filename", "-", "--namespace", self.namespace, stdin=json.dumps(items)
        )


def output(process: subprocess.Popen[str]) -> str:
    text, _ = process.communicate(timeout=300)
    assert "Traceback" not in text
    return text


@pytest.fixture(scope="module")
def small(deployed: Deployment) -> Iterator[Small]:
    """The service as it is well, in its own namespace."""
    made = Small(deployed, NAMESPACE)
    made.deploy()
    yield made
    deployed.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture(scope="module")
def webhook(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An admission webhook on this machine, asked about the namespace's pods."""
    template = "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}"
    gateway = subprocess.run(
        ["docker", "inspect", "--format", template, small.node], check=True, capture_output=True, text=True
    ).stdout.strip()
    with webhook_server(gateway, tmp_path_factory.mktemp("webhook")) as (url, bundle):
        small.apply(configuration(WEBHOOK, NAMESPACE, url, bundle))
        time.sleep(1)
        yield
        small.deployed.kubectl("delete", "validatingwebhookconfiguration", WEBHOOK)


def taken_back(small: Small, code: str, words: str, *settings: str) -> str:
    """The deploy fails with this code, says why, and the service is back as it was."""
    before = small.row()
    done = small.deploy(*settings, check=False)
    assert done.returncode == 3, done.stderr
    assert code in done.stderr
    assert words in done.stderr
    assert "next:" in done.stderr
    after = small.row()
    assert (after["ready"], after["verified"], after["release"]) == (True, True, "deployed")
    assert after["revision"] == before["revision"] + 2
    return done.stderr


def test_a_quota_that_is_used_up(small: Small) -> None:
    metadata, hard = {"name": "tight", "namespace": NAMESPACE}, {"limits.memory": "500Mi"}
    small.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}})
    try:
        taken_back(small, "QUOTA_EXCEEDED", "tight", f"{VALUES}.resources.limits.memory=600Mi")
    finally:
        small.deployed.kubectl("delete", "resourcequota", "tight", "--namespace", NAMESPACE)


def test_a_pod_that_pod_security_refuses(small: Small) -> None:
    setting = f"{VALUES}.securityContext.allowPrivilegeEscalation=true"
    taken_back(small, "POD_SECURITY", "allowPrivilegeEscalation", setting)


def test_a_webhook_that_denies(small: Small, webhook: None) -> None:
    taken_back(
        small, "WEBHOOK_DENIED", "not on my watch", f"{VALUES}.podAnnotations.{REFUSE}=not on my watch"
    )


def test_a_webhook_that_does_not_answer(small: Small, webhook: None) -> None:
    taken_back(small, "WEBHOOK_AWAY", "pods.admission.test", f"{VALUES}.podAnnotations.{HANG}=please")


@contextmanager
def chart_file(small: Small, name: str, text: str) -> Iterator[None]:
    """Another content of a file of the chart, or a further file, for the time of the block."""
    path = small.deployed.kit.folder / "helm" / "demo-model" / name
    old = path.read_text() if path.exists() else None
    path.write_text(text)
    try:
        yield
    finally:
        if old is None:
            path.unlink()
        else:
            path.write_text(old)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("templates/broken.yaml", "{{ .Values.no.such.value }}", "broken.yaml"),
        ("templates/broken.yaml", "{{ if }}", "broken.yaml"),
        ("templates/broken.yaml", "a: b: c", "broken.yaml"),
        ("values.schema.json", "{", "values.schema.json"),
        ("values.yaml", "a: b: c", "values.yaml"),
    ],
    ids=["no-value", "no-template", "no-yaml", "no-schema", "no-values"],
)
def test_a_broken_chart_is_told_before_anything_is_changed(
    small: Small, name: str, text: str, words: str
) -> None:
    before = small.row()["revision"]
    with chart_file(small, name, text):
        done = small.deploy(check=False)
    assert done.returncode == 2, done.stderr
    assert "next:" in done.stderr
    assert words in done.stderr
    assert small.row()["revision"] == before


HOOK = """
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-endless
  annotations: {"helm.sh/hook": post-upgrade}
spec:
  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      securityContext: {{ toYaml .Values.podSecurityContext | nindent 8 }}
      containers:
        - name: endless
          image: {{ .Values.image.repository }}:{{ .Values.image.tag }}
          command: [sleep, "600"]
          securityContext: {{ toYaml .Values.securityContext | nindent 12 }}
"""


def test_a_verdict_ends_a_helm_that_waits_for_a_hook(small: Small) -> None:
    began = time.monotonic()
    with chart_file(small, "templates/endless.yaml", HOOK):
        said = taken_back(small, "CRASH_LOOP", "no luck today", CRASH)
    # Helm alone would wait for the hook for minutes.
    assert time.monotonic() - began < 100
    assert len(re.findall("evidence: ", said)) == 1
    assert small.deployed.kit.left_processes() == []
    small.deployed.kubectl("delete", "job", "--all", "--namespace", NAMESPACE)


def in_node(small: Small, script: str) -> None:
    subprocess.run(["docker", "exec", small.node, "sh", "-c", script], check=True, timeout=60)


def hung(small: Small) -> None:
    in_node(small, "kill -STOP $(pidof kube-apiserver)")
    time.sleep(10)
    in_node(small, "kill -CONT $(pidof kube-apiserver)")


def killed(small: Small) -> None:
    in_node(small, "kill -KILL $(pidof kube-apiserver)")


@pytest.mark.parametrize("away", [hung, killed], ids=["hung", "killed"])
def test_an_api_server_that_is_away_while_watching_costs_time_only(
    small: Small, away: Callable[[Small], None]
) -> None:
    process = small.start(f"{VALUES}.podAnnotations.try={away.__name__}")
    time.sleep(1)
    away(small)
    said = output(process)
    assert process.returncode == 0, said
    assert small.row()["verified"]


@contextmanager
def disk_pressure(small: Small) -> Iterator[None]:
    """The node says that its disk is full. Its kubelet, which knows better, is held meanwhile."""
    condition = {"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure"}
    patch = json.dumps({"status": {"conditions": [condition]}})
    in_node(small, "kill -STOP $(pidof kubelet)")
    try:
        small.deployed.kubectl("patch", "node", small.node, "--subresource=status", "--patch", patch)
        taint = "--for=jsonpath={.spec.taints[0].key}=node.kubernetes.io/disk-pressure"
        small.deployed.kubectl("wait", taint, f"node/{small.node}", "--timeout=20s")
        yield
    finally:
        in_node(small, "kill -CONT $(pidof kubelet)")


def test_a_node_whose_disk_is_full(small: Small) -> None:
    # A port-forward, which proves the way back, needs the kubelet again, and a held one is missed after 40 s.
    hasty = "services.demo-model.rollout.graces.UNSCHEDULABLE=4"
    with disk_pressure(small):
        process = small.start(f"{VALUES}.podAnnotations.try=disk", hasty)
        wait_for(process, "✗ Release demo-model")
    said = output(process)
    assert process.returncode == 3, said
    assert "UNSCHEDULABLE" in said
    assert f"node {small.node} has disk-pressure" in said
    assert small.row()["verified"]


def test_a_namespace_that_is_deleted_while_watching(deployed: Deployment) -> None:
    gone = Small(deployed, "verdicts-gone")
    process = gone.start()
    deployed.kubectl("delete", "namespace", "verdicts-gone", "--wait=false")
    said = output(process)
    assert process.returncode in (4, 5), said
    assert "next:" in said
    deployed.kubectl("wait", "--for=delete", "namespace/verdicts-gone", "--timeout=120s")
    gone.deploy()
    assert gone.row()["verified"]
    deployed.kubectl("delete", "namespace", "verdicts-gone", "--wait=false")
