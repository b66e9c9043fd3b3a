"""SC-010: how fast the health checks answer through the node ports."""

from __future__ import annotations

from typing import Any

from delivery.criteria.criterion import Criterion, Measurement, NotMeasured, Outcome, percentile
from delivery.criteria.health_latency import latencies
from delivery.criteria.subject import BACKEND, FRONTEND, Subject

REQUESTS = 200


def measure(subject: Subject) -> Outcome:
    """Two hundred requests to the liveness path of each service; the slowest counts."""
    limit_s = subject.settings.budgets.health_s
    figures: list[Measurement] = []
    evidence = []
    for name in (FRONTEND, BACKEND):
        path = liveness_path(subject, name)
        samples = latencies(subject.address(name), path, REQUESTS)
        figures += [
            Measurement.worst_of(f"{name} slowest", samples, limit_s),
            Measurement(f"{name} p50", percentile(samples, 50)),
            Measurement(f"{name} p95", percentile(samples, 95)),
        ]
        way = "node port" if subject.published(name) else "port-forward, the cluster publishes no port here"
        evidence.append(f"{REQUESTS} × GET {subject.address(name)}{path} ({way})")
    return Outcome(tuple(figures), (), tuple(evidence), (), "one after another, a new connection each")


def liveness_path(subject: Subject, name: str) -> str:
    """The path that the kubelet asks whether a service lives."""
    (workload,) = subject.objects("deployment", name)
    return path_of(workload, name)


def path_of(workload: dict[str, Any], name: str) -> str:
    """Pure: the path in the liveness probe of a Deployment. Raises NotMeasured where it has none."""
    container = workload["spec"]["template"]["spec"]["containers"][0]
    path = container.get("livenessProbe", {}).get("httpGet", {}).get("path")
    if not path:
        raise NotMeasured(f"{name} has no liveness probe over HTTP")
    return str(path)


CRITERION = Criterion(
    "SC-010", "Health checks", "Health checks respond in <1s", measure, (FRONTEND, BACKEND), expected_s=6,
)  # fmt: skip
