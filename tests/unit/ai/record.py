"""Records a namespace for the tests of the rules: python -m tests.unit.ai.record NAMESPACE NAME.

Needs kubectl, helm and KUBECONFIG of a cluster of your own. Values of Secrets are never asked for; addresses
and the node's identity are replaced. The namespace of broken.json.gz is made from tests/data/ai/broken.yaml.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from typing import Any

from delivery.ai.collect import KINDS
from delivery.paths import ROOT

FOLDER = ROOT / "tests" / "data" / "ai"
_KEYS = '{{range .items}}{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}{{"\\n"}}{{end}}'
_NODE_IDENTITY = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage")
_ADDRESS = re.compile(r"\b172\.\d+\.\d+\.\d+\b|\bfc00:[0-9a-f:]+")
_DOCUMENTATION = "192.0.2.7"
_NODE = "lab-control-plane"


def asked(*arguments: str) -> str:
    done = subprocess.run(["kubectl", *arguments], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def record(namespace: str) -> dict[str, Any]:
    items = json.loads(asked("get", KINDS, "-n", namespace, "-o", "json"))["items"]
    nodes = json.loads(asked("get", "nodes", "-o", "json"))["items"]
    name = nodes[0]["metadata"]["name"]
    raw = f"/api/v1/nodes/{name}/proxy"
    cadvisor = [
        line
        for line in asked("get", "--raw", f"{raw}/metrics/cadvisor").splitlines()
        if "periods_total{" in line and f'namespace="{namespace}"' in line
    ]
    helm = subprocess.run(
        ["helm", "list", "-n", namespace, "-o", "json", "--deployed", "--failed", "--pending"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    summary = json.loads(asked("get", "--raw", f"{raw}/stats/summary"))
    own = [one for one in summary["pods"] if one["podRef"]["namespace"] == namespace]
    return {
        "items": [masked(one) for one in items],
        "nodes": [masked(one) for one in nodes],
        "labels": json.loads(asked("get", "namespace", namespace, "-o", "json"))["metadata"]["labels"],
        "secrets": asked("get", "secrets", "-n", namespace, "-o", f"go-template={_KEYS}"),
        "summary": {"pods": own},
        "cadvisor": "\n".join(cadvisor),
        "releases": helm.stdout,
        "logs": logs(namespace, items),
    }


def logs(namespace: str, items: list[dict[str, Any]]) -> dict[str, str]:
    """The end of the logs of containers that were started more than once."""
    found = {}
    for pod in (one for one in items if one["kind"] == "Pod"):
        for status in pod["status"].get("containerStatuses") or ():
            if status["restartCount"]:
                name = pod["metadata"]["name"]
                text = asked("logs", name, "-c", status["name"], "-n", namespace, "--tail", "20")
                found[f"{name}/{status['name']}"] = text
    return found


def masked(item: dict[str, Any]) -> dict[str, Any]:
    text = json.loads(_ADDRESS.sub(_DOCUMENTATION, json.dumps(item)))
    annotations = text["metadata"].get("annotations") or {}
    annotations.pop("kubectl.kubernetes.io/last-applied-configuration", None)
    if text["metadata"]["name"] == "kube-root-ca.crt":
        text["data"] = {"ca.crt": "masked"}
    status = text.get("status")
    info = status.get("nodeInfo", {}) if isinstance(status, dict) else {}
    info.update({key: "masked" for key in _NODE_IDENTITY if key in info})
    return dict(text)


if __name__ == "__main__":
    document = json.dumps(record(sys.argv[1]), separators=(",", ":"))
    name = json.loads(asked("get", "nodes", "-o", "json"))["items"][0]["metadata"]["name"]
    document = document.replace(name, _NODE)
    path = FOLDER / f"{sys.argv[2]}.json.gz"
    with gzip.GzipFile(path, "wb", mtime=0) as packed:
        packed.write(document.encode())
    sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")
