"""How much CPU and memory containers use: metrics-server's answer where there is one, else the kubelets'."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from delivery.ai.snapshot import ContainerKey, Snapshot, Throttling, Use, Uses
from delivery.cluster import Cluster
from delivery.errors import CommandFailed, Interrupted, TimedOut
from delivery.rollout.quantities import quantity
from delivery.session import Session

_METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
_SUMMARY = "/api/v1/nodes/{node}/proxy/stats/summary"
_CADVISOR = "/api/v1/nodes/{node}/proxy/metrics/cadvisor"
_TIMEOUT_S = 10.0
_NODES = 10
_PERIODS = re.compile(
    r"^container_cpu_cfs_(?P<throttled>throttled_)?periods_total\{(?P<labels>[^}]*)\} (?P<count>[0-9.e+]+)",
    re.MULTILINE,
)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def measure(
    session: Session, cluster: Cluster, snapshot: Snapshot, samples: int, every_s: float
) -> Uses | None:  # fmt: skip
    """Use now, or over several looks; None where nobody measures."""
    nodes = sorted({pod["spec"].get("nodeName") or "" for pod in snapshot.of("Pod")} - {""})[:_NODES]
    looks: list[Mapping[ContainerKey, Use]] = []
    source, began = "", time.monotonic()
    for index in range(max(1, samples)):
        if index:
            session.door.check()
            time.sleep(every_s)
        source, found = _look(session, cluster, snapshot.namespace, nodes, source)
        if found is None:
            return None
        looks.append(found)
    throttling: dict[ContainerKey, Throttling] = {}
    for node in nodes:
        text = _raw(session, cluster, _CADVISOR.format(node=node))
        throttling |= parse_throttling(text or "", snapshot.namespace)
    return Uses(joined(looks), source, time.monotonic() - began, throttling)


def joined(looks: Iterable[Mapping[ContainerKey, Use]]) -> dict[ContainerKey, Use]:
    """Pure: all looks as rows of samples."""
    found: dict[ContainerKey, Use] = {}
    for look in looks:
        for key, use in look.items():
            found[key] = found[key].joined(use) if key in found else use
    return found


def _look(
    session: Session, cluster: Cluster, namespace: str, nodes: list[str], source: str
) -> tuple[str, dict[ContainerKey, Use] | None]:
    if source in ("", "metrics-server"):
        text = _raw(session, cluster, _METRICS.format(namespace=namespace))
        if text is not None:
            return "metrics-server", parse_metrics(json.loads(text))
    found: dict[ContainerKey, Use] = {}
    for node in nodes:
        text = _raw(session, cluster, _SUMMARY.format(node=node))
        if text is not None:
            found |= parse_summary(json.loads(text), namespace)
    return "the kubelet", found or None


def _raw(session: Session, cluster: Cluster, path: str) -> str | None:
    try:
        return session.door.read(cluster.kubectl("get", "--raw", path), timeout_s=_TIMEOUT_S).stdout
    except Interrupted:
        raise
    except (CommandFailed, TimedOut):
        return None


def parse_metrics(document: Mapping[str, Any]) -> dict[ContainerKey, Use]:
    """`PodMetricsList` of metrics.k8s.io/v1beta1."""
    return {
        (item["metadata"]["name"], one["name"]): Use(
            (float(quantity(one["usage"].get("cpu", 0))),), (float(quantity(one["usage"].get("memory", 0))),)
        )
        for item in document.get("items") or ()
        for one in item.get("containers") or ()
    }


def parse_summary(document: Mapping[str, Any], namespace: str) -> dict[ContainerKey, Use]:
    """The kubelet's `/stats/summary`: nano-cores and the working set."""
    return {
        (pod["podRef"]["name"], one["name"]): Use(
            (float((one.get("cpu") or {}).get("usageNanoCores", 0)) / 1e9,),
            (float((one.get("memory") or {}).get("workingSetBytes", 0)),),
        )
        for pod in document.get("pods") or ()
        if pod["podRef"].get("namespace") == namespace
        for one in pod.get("containers") or ()
    }


def parse_throttling(text: str, namespace: str) -> dict[ContainerKey, Throttling]:
    """cAdvisor's counters of CPU periods, in Prometheus' text format."""
    counts: dict[ContainerKey, list[int]] = {}
    for match in _PERIODS.finditer(text):
        labels = dict(_LABEL.findall(match["labels"]))
        key = (labels.get("pod", ""), labels.get("container", ""))
        if labels.get("namespace") == namespace and all(key):
            counts.setdefault(key, [0, 0])[bool(match["throttled"])] += int(float(match["count"]))
    return {key: Throttling(*both) for key, both in counts.items()}
