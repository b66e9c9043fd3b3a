"""How large a cluster may be on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass

from delivery.errors import EnvironmentFault

_SMALLEST_MB = 1800  # below this minikube refuses to start a control plane
_HOST_MB = 2048
_HOST_SHARE = 5  # at least a fifth stays with the host


@dataclass(frozen=True)
class Size:
    """CPUs and memory of a machine, or of the part of it that a cluster gets."""

    cpus: int
    memory_mb: int


def fitted(asked: Size, machine: Size) -> Size:
    """What of `asked` this machine can give. The host keeps 2 GiB or a fifth, whichever is more.

    Raises EnvironmentFault where too little is left for a control plane.
    """
    kept_mb = max(_HOST_MB, machine.memory_mb // _HOST_SHARE)
    left_mb = machine.memory_mb - kept_mb
    if left_mb < _SMALLEST_MB:
        left_mb = machine.memory_mb - _HOST_MB // 2
    if left_mb < _SMALLEST_MB:
        raise EnvironmentFault(
            "this machine is too small for a cluster",
            f"it has {machine.memory_mb} MB of memory; a control plane alone needs {_SMALLEST_MB} MB",
            "use a larger machine, or an existing cluster (--context NAME)",
        )
    return Size(max(1, min(asked.cpus, machine.cpus)), min(asked.memory_mb, left_mb))


def scaled_line(asked: Size, given: Size, machine: Size) -> str:
    """What the user is told when the cluster gets less than asked for, or an empty string."""
    if asked == given:
        return ""
    return (
        f"asked for {asked.cpus} CPUs and {asked.memory_mb} MB; this machine has {machine.cpus} and "
        f"{machine.memory_mb} MB, the cluster gets {given.cpus} and {given.memory_mb} MB"
    )


def this_machine() -> Size:
    """CPUs and memory that the operating system reports."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Size(os.cpu_count() or 1, memory // 2**20)
