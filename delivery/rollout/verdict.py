"""The verdict over a rollout's facts: pure, without a clock of its own.

Plain on purpose: states that do not heal by themselves fail at once, all else waits for the time given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from delivery.rollout.facts import ContainerFacts, PodFacts, RolloutFacts

# Waiting reasons that a rollout does not recover from, with a stable code for each.
# Source: kubelet's container states, pkg/kubelet/images/types.go and pkg/kubelet/kuberuntime.
TERMINAL_REASONS = {
    "InvalidImageName": "IMAGE_INVALID",
    "ErrImageNeverPull": "IMAGE_NOT_LOADED",
    "ErrImagePull": "IMAGE_NOT_FOUND",
    "ImagePullBackOff": "IMAGE_NOT_FOUND",
    "CreateContainerConfigError": "CONTAINER_CONFIG",
    "CreateContainerError": "CONTAINER_START",
    "RunContainerError": "CONTAINER_START",
    "StartError": "CONTAINER_START",
    "CrashLoopBackOff": "CRASH_LOOP",
}
# One crash is forgiven: an app may start before its database answers.
CRASHES_FORGIVEN = 1
NONE_BEFORE: Mapping[str, int] = MappingProxyType({})
# "failed to sync secret cache" heals by itself.
_HEALS = "failed to sync"


class RolloutState(Enum):
    """What can be said of a rollout."""

    READY = "ready"
    PROGRESSING = "progressing"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """A state, and for a failure its code, the object at fault and the words of the cluster."""

    state: RolloutState
    code: str = ""
    object: str = ""
    message: str = ""
    container: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.object}: {self.message}" if self.code else self.message


def judge(facts: RolloutFacts | None, before: Mapping[str, int] = NONE_BEFORE) -> Verdict:
    """Ready when every replica of the newest revision is available and no other is left.

    `before` holds the crashes that `crash_counts` saw when the watch began; only later ones count.
    """
    if facts is None:
        return Verdict(RolloutState.PROGRESSING, message="no workload yet")
    if not facts.observed:
        return Verdict(RolloutState.PROGRESSING, message="the controller has not seen the change yet")
    if facts.condition:
        return Verdict(RolloutState.FAILED, "ROLLOUT_REFUSED", f"{facts.kind}/{facts.name}", facts.condition)
    failure = next(_failures(facts, before), None)
    if failure:
        return failure
    if facts.updated == facts.total == facts.available == facts.wanted:
        return Verdict(RolloutState.READY, message=f"{facts.available} of {facts.wanted} available")
    return Verdict(RolloutState.PROGRESSING, message=_progress(facts))


def crash_counts(facts: RolloutFacts | None) -> dict[str, int]:
    """`pod/container` → crashes so far."""
    pods = facts.pods if facts else ()
    return {f"{pod.name}/{one.name}": one.crashes for pod in pods for one in pod.containers}


def failing_pods(facts: RolloutFacts | None) -> tuple[str, ...]:
    """Names of the pods that a verdict would fall over."""
    pods = facts.pods if facts else ()
    return tuple(pod.name for pod in pods if any(_failure_code(one, 0) for one in pod.containers))


def _failures(facts: RolloutFacts, before: Mapping[str, int]) -> Iterator[Verdict]:
    for pod in facts.pods:
        for container in pod.containers:
            code = _failure_code(container, before.get(f"{pod.name}/{container.name}", 0))
            if code:
                yield Verdict(
                    RolloutState.FAILED, code, f"pod {pod.name}, container {container.name}",
                    _words(container), container.name,
                )  # fmt: skip


def _failure_code(container: ContainerFacts, crashes_before: int) -> str:
    if container.ready:
        return ""
    crashes = container.crashes - crashes_before
    if container.state == "waiting" and _HEALS not in container.message:
        code = TERMINAL_REASONS.get(container.reason, "")
        if code and (code != "CRASH_LOOP" or crashes > 0):
            return code
    return "CRASH_LOOP" if crashes > CRASHES_FORGIVEN else ""


def _words(container: ContainerFacts) -> str:
    ended = f" (exit code {container.exit_code})" if container.exit_code is not None else ""
    return f"{container.reason or container.state}{ended} {container.message}".strip()


def _progress(facts: RolloutFacts) -> str:
    waiting = next((text for pod in facts.pods for text in _waits(pod)), "")
    counted = f"{facts.available} of {facts.wanted} available, {facts.updated} updated"
    old = facts.total - facts.updated
    if old > 0:
        counted += f", {old} old"
    return f"{counted}; {waiting}" if waiting else counted


def _waits(pod: PodFacts) -> Iterator[str]:
    if pod.unschedulable:
        yield f"pod {pod.name} is unschedulable: {pod.unschedulable}"
    for container in pod.containers:
        if not container.ready and container.state != "terminated":
            yield f"{container.name} {container.reason or 'not ready'} {container.message}".strip()
