"""Pods in rows: ready, restarts, age, use. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from delivery.ai.amounts import cores, memory
from delivery.ai.snapshot import Item, Snapshot, Use, release_of
from delivery.rollout.quantities import stamp

_HEAD: tuple[str, ...] = ("POD", "READY", "STATUS", "RESTARTS", "AGE", "CPU", "MEMORY")


def pods_of(snapshot: Snapshot, subject: str) -> list[Item]:
    """The pods of a release, workload or name; all where no subject is named."""
    return [one for one in snapshot.of("Pod") if _belongs(one, subject)]


def _belongs(pod: Item, subject: str) -> bool:
    name = pod["metadata"]["name"]
    owners = [one["name"] for one in pod["metadata"].get("ownerReferences") or ()]
    own = subject in ("", name, release_of(pod))
    return own or any(one == subject or one.startswith(f"{subject}-") for one in owners)


def pod_rows(snapshot: Snapshot, subject: str = "") -> list[str]:
    """Header and a row per pod."""
    rows = [_HEAD, *(_row(snapshot, pod) for pod in pods_of(snapshot, subject))]
    return _aligned(rows) if len(rows) > 1 else ["no pods"]


def usage_rows(snapshot: Snapshot, subject: str = "", *, by_cpu: bool = False) -> list[str]:
    """The same, those that use most first, with who measured."""
    if snapshot.uses is None:
        return ["The use of CPU and memory is not measured: neither metrics-server nor the kubelets answer."]
    pods = sorted(
        pods_of(snapshot, subject),
        key=lambda pod: -(used(snapshot, pod).cpu if by_cpu else used(snapshot, pod).memory),
    )
    return [
        *_aligned([_HEAD, *(_row(snapshot, pod) for pod in pods)]),
        f"by {'CPU' if by_cpu else 'memory'}, {snapshot.uses.label()}",
    ]


def used(snapshot: Snapshot, pod: Item) -> Use:
    """What all containers of a pod use together."""
    name, uses = pod["metadata"]["name"], snapshot.uses.by_container if snapshot.uses else {}
    own = [one for (of, _), one in uses.items() if of == name]
    return Use((sum(one.cpu for one in own),), (sum(one.memory for one in own),))


def _row(snapshot: Snapshot, pod: Item) -> tuple[str, ...]:
    status = pod.get("status") or {}
    containers = status.get("containerStatuses") or ()
    ready = sum(bool(one.get("ready")) for one in containers)
    wanted = len(pod["spec"].get("containers") or ())
    restarts = sum(one.get("restartCount", 0) for one in containers)
    age_s = max(0.0, snapshot.now - stamp(pod["metadata"].get("creationTimestamp")))
    use = used(snapshot, pod)
    measured = snapshot.uses is not None and use.memory > 0
    return (
        pod["metadata"]["name"], f"{ready}/{wanted}", _state(pod), str(restarts), age(age_s),
        cores(use.cpu) if measured else "-", memory(use.memory) if measured else "-",
    )  # fmt: skip


def _state(pod: Item) -> str:
    """As kubectl prints it: the reason of the first container that waits or ended, else the phase."""
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for one in chain(status.get("initContainerStatuses") or (), status.get("containerStatuses") or ()):
        for kind, detail in (one.get("state") or {}).items():
            reason = detail.get("reason", "")
            if kind == "waiting" and reason not in ("", "PodInitializing", "ContainerCreating"):
                return str(reason)
            if kind == "terminated" and detail.get("exitCode"):
                return str(reason or "Error")
    return str(status.get("phase", "Pending"))


def age(seconds: float) -> str:
    """`42s`, `7m`, `3h`, `2d`."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f}{unit}"
    return f"{seconds:.0f}s"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return list(_lines(rows, widths))


def _lines(rows: list[tuple[str, ...]], widths: list[int]) -> Iterator[str]:
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
