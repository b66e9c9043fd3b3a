"""Memory of pods by the kubelets' own figures, sampled while something else goes on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.criteria.criterion import NotMeasured
from delivery.criteria.subject import Subject
from delivery.errors import DeliveryError, Interrupted
from delivery.rollout.quantities import stamp

_PAUSE_S = 1.0
# The kubelet looks at a container's memory about every ten seconds.
_FRESH_S = 25.0


@dataclass(frozen=True)
class MemoryReading:
    """Bytes in use, of each pod of the namespace and of all nodes; `taken` is when the oldest figure was."""

    pods: Mapping[str, int]
    nodes: int
    taken: float

    @property
    def total(self) -> int:
        """All pods together."""
        return sum(self.pods.values())


def reading(summaries: Iterable[Mapping[str, Any]], namespace: str) -> MemoryReading:
    """Pure: a reading from the kubelets' `/stats/summary`; the working set is what evictions go by."""
    pods: dict[str, int] = {}
    nodes, times = 0, []
    for summary in summaries:
        nodes += int(summary["node"]["memory"]["workingSetBytes"])
        for pod in summary["pods"]:
            memory = pod.get("memory", {})
            if pod["podRef"]["namespace"] == namespace and "workingSetBytes" in memory:
                pods[pod["podRef"]["name"]] = int(memory["workingSetBytes"])
                times.append(stamp(memory.get("time")))
    return MemoryReading(pods, nodes, min(times, default=0.0))


class MemorySampler:
    """Takes a reading each second, in a thread of its own, while the block runs."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.readings: list[MemoryReading] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> MemorySampler:
        self.readings.append(self.take())  # the first in this thread, so that a refusal is told
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def take(self) -> MemoryReading:
        """One reading now. Raises NotMeasured where the kubelets may not be asked."""
        summaries = []
        for node in self._subject.cluster.nodes():
            argv = self._subject.cluster.kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary")
            answer = self._subject.session.door.read(argv, accept=None)
            if not answer.ok:
                raise NotMeasured(f"the kubelet of {node} does not tell its figures", answer.last_lines(2))
            summaries.append(json.loads(answer.stdout))
        return reading(summaries, self._subject.settings.namespace)

    def catch_up(self) -> None:
        """Take readings until every figure was taken after this call."""
        now, until = time.time(), time.monotonic() + _FRESH_S
        while time.monotonic() < until:
            if self.readings and self.readings[-1].taken >= now - 1:
                return
            self._ended.wait(_PAUSE_S)

    def _run(self) -> None:
        while not self._ended.wait(_PAUSE_S):
            try:
                self.readings.append(self.take())
            except Interrupted:
                return
            except DeliveryError:
                continue
