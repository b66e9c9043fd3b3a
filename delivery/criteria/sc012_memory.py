"""SC-012: what the whole app takes of memory while it is used."""

from __future__ import annotations

from collections.abc import Sequence

from delivery.criteria.criterion import MB, Criterion, Measurement, NotMeasured, Outcome
from delivery.criteria.journey import journey
from delivery.criteria.memory_usage import MemoryReading
from delivery.criteria.subject import BACKEND, FRONTEND, Subject


def measure(subject: Subject) -> Outcome:
    """The highest sum over all pods of the namespace, by the kubelet's figures, during the journey."""
    made = journey(subject)
    if not made.memory:
        raise NotMeasured("memory could not be read", made.no_memory)
    return outcome(made.memory, subject.settings.budgets.memory_mb)


def outcome(readings: Sequence[MemoryReading], limit_mb: float) -> Outcome:
    """Pure: what is judged of the readings."""
    peak = max(readings, key=lambda one: one.total)
    totals = tuple(float(one.total) for one in readings)
    nodes = tuple(float(one.nodes) for one in readings)
    return Outcome(
        (
            Measurement("all pods of the app", peak.total, "bytes", limit_mb * MB, totals),
            Measurement.worst_of("all nodes, Kubernetes included", nodes, None, "bytes"),
        ),
        (),
        tuple(f"{size / MB:6.0f} MB  {pod}" for pod, size in sorted(peak.pods.items(), key=_by_size)),
        (),
        "the kubelets' working sets, a reading a second during the journey of SC-007",
    )


def _by_size(entry: tuple[str, int]) -> int:
    return -entry[1]


CRITERION = Criterion(
    "SC-012", "Memory", "Runs with 2GB available RAM", measure, (FRONTEND, BACKEND),
    browser=True, expected_s=15,
)  # fmt: skip
