"""One measurement: install what is well, upgrade, then look at what is left, in the same way for all."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from delivery.bench.engines import Engine, Told, trouble_of
from delivery.bench.scenarios import NEW, OLD
from delivery.bench.trial import PORT, Trial
from delivery.errors import DeliveryError, EnvironmentFault
from delivery.release.namespace import LABELS

BENCH_LABEL = "todo-delivery/bench"
_ASKS, _EVERY_S = 10, 1.0
# Endpoints follow their pods a moment later; this is no engine's fault.
_CALM_S, _PATIENCE_S = 3.0, 20.0


@dataclass(frozen=True)
class Measured:
    """A case under one engine. `trouble` says why there is no measurement; all else is empty then.

    `serves`: three seconds after the engine's end, each of ten requests in ten seconds was answered by the
    revision that should serve. `back`: the live Deployment is the old one again. `cut`: helm had less than
    its own time.
    """

    fault: str
    engine: str
    round: int
    ready: bool = False
    right: bool = False
    verdict_s: float = 0.0
    total_s: float = 0.0
    back: bool = False
    serves: bool = False
    cut: bool = False
    words: str = ""
    trouble: str = ""

    def said(self) -> str:
        """One line while the benchmark runs."""
        if self.trouble:
            return f"not measured: {self.trouble}"
        verdict = "ready" if self.ready else "failed"
        left = "serves" if self.serves else "does not serve"
        return f"{'' if self.right else 'wrong: '}{verdict} after {self.verdict_s} s, {left}"


def prepare(trial: Trial, engine: Engine) -> str:
    """Make the namespace and the first revision; returns what went wrong, or an empty string."""
    try:
        _make_namespace(trial)
        engine.install(trial)
        _await_first(trial)
    except DeliveryError as error:
        return trouble_of(error)
    return ""


def measure(trial: Trial, engine: Engine, number: int) -> Measured:
    """Upgrade, and look at what the engine left; the namespace goes afterwards."""
    try:
        told = engine.upgrade(trial)
        return _measured(trial, engine, number, told)
    except DeliveryError as error:
        return Measured(trial.fault.name, engine.name, number, trouble=trouble_of(error))
    finally:
        _remove_namespace(trial)


def _measured(trial: Trial, engine: Engine, number: int, told: Told) -> Measured:
    wanted = NEW if trial.fault.ready else OLD
    cut = engine.name != "ours" and not told.ready and told.verdict_s >= trial.helm_timeout_s - 1
    return Measured(
        trial.fault.name, engine.name, number,
        ready=told.ready,
        right=told.ready is trial.fault.ready,
        verdict_s=round(told.verdict_s, 1),
        total_s=round(told.total_s, 1),
        back=_live_version(trial) == OLD,
        serves=_serves(trial, wanted),
        cut=cut,
        words=told.words,
    )  # fmt: skip


def _make_namespace(trial: Trial) -> None:
    labels = {**LABELS, BENCH_LABEL: "verdict"}
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": trial.name, "labels": labels}}
    argv = trial.cluster.kubectl("create", "--filename", "-")
    trial.session.door.mutate(argv, stdin=json.dumps(manifest))


def _remove_namespace(trial: Trial) -> None:
    argv = trial.cluster.kubectl("delete", "namespace", trial.name, "--wait=false", "--ignore-not-found")
    trial.session.door.mutate(argv, accept=None)


def _live_version(trial: Trial) -> str:
    argv = trial.cluster.kubectl(
        "get", "deployment", trial.name, "--namespace", trial.name,
        "-o", "jsonpath={.spec.template.metadata.labels.version}",
    )  # fmt: skip
    return trial.session.door.read(argv).stdout.strip()


def _answer(trial: Trial) -> str:
    """What the Service answers; the API server asks it for us, so that no port is needed."""
    path = f"/api/v1/namespaces/{trial.name}/services/{trial.name}:{PORT}/proxy/version"
    argv = trial.cluster.kubectl("get", "--raw", path, "--request-timeout=10s")
    answer = trial.session.door.read(argv, accept=None, timeout_s=20)
    return answer.stdout.strip() if answer.ok else answer.last_lines(1)


def _await_first(trial: Trial) -> None:
    until = time.monotonic() + _PATIENCE_S
    while (answer := _answer(trial)) != OLD:
        if time.monotonic() > until:
            raise EnvironmentFault("the first revision does not serve", answer)
        time.sleep(_EVERY_S)


def _serves(trial: Trial, wanted: str) -> bool:
    time.sleep(_CALM_S)
    for _ in range(_ASKS):
        asked_at = time.monotonic()
        if _answer(trial) != wanted:
            return False
        time.sleep(max(0.0, asked_at + _EVERY_S - time.monotonic()))
    return True
