"""A snapshot of a crashing backend, with a text of the test's choice wherever a secret may lie by mistake."""

from __future__ import annotations

from typing import Any

from delivery.ai.snapshot import Snapshot

PLANTED = "pl4nted-S3cret-value"
POD = "backend-7d9f8b6c5f-x2x9z"


def item(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": {}},
        **fields,
    }


def snapshot_with(planted: str) -> Snapshot:
    """A crashing backend, with a secret wherever one may be found by mistake."""
    container = {
        "name": "backend", "image": "todo-backend:phase4-abc123",
        "env": [
            {"name": "GREETING", "value": planted}, {"name": "API_TOKEN", "value": "short"},
            {"name": "LOG_LEVEL", "value": "debug"}, {"name": "URL", "value": f"postgresql://u:{planted}@db/x"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "backend-secrets-1", "key": "k"}}},
        ],
        "args": ["--token", planted],
    }  # fmt: skip
    template = {"metadata": {"labels": {}}, "spec": {"containers": [container]}}
    deployment = item("Deployment", "backend", spec={"replicas": 1, "selector": {}, "template": template})
    deployment["metadata"]["annotations"] = {"note": planted, "kubectl.kubernetes.io/last-applied": planted}
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": f"back-off, token={planted}"}}
    last = {"terminated": {"exitCode": 1, "reason": "Error", "message": f"password: {planted}"}}
    status = {"name": "backend", "ready": False, "restartCount": 3, "state": state, "lastState": last}
    pod = item(
        "Pod",
        POD,
        status={"phase": "Running", "containerStatuses": [status]},
        spec={"containers": [container]},
    )
    pod["metadata"] |= {
        "annotations": {"a": planted},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "x", "uid": "u"}],
    }
    event = item(
        "Event", "e1", type="Warning", reason="BackOff", message=f"failed with {planted}",
        involvedObject={"kind": "Pod", "name": POD}, lastTimestamp="2026-11-24T12:00:00Z", count=4,
    )  # fmt: skip
    config = item("ConfigMap", "backend-config", data={"SETTING": planted, "OTHER": "x"})
    log = f"starting\nusing {planted}\nTraceback: KeyError OPENAI_API_KEY\n"
    return Snapshot(
        namespace="todo", items=(deployment, pod, event, config), logs={(POD, "backend"): log},
        secrets={"backend-secrets-1": frozenset({"openai-api-key"})},
    )  # fmt: skip
