"""What a report says of where it was made: platform, versions, machine."""

from __future__ import annotations

import json
import os
import platform
from typing import Any

from delivery import tools
from delivery.criteria.platforms import Platform, system_release, this_system
from delivery.criteria.subject import Subject
from delivery.paths import ROOT

# What uname, Docker and Kubernetes call the same processors.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def here(subject: Subject) -> Platform:
    """The platform of this run; asked once."""
    return subject.once("platform", lambda: _here(subject))


def _here(subject: Subject) -> Platform:
    docker = tools.path(subject.session, "docker")
    engine = json.loads(subject.session.door.read([docker, "version", "--format", "{{json .Server}}"]).stdout)
    nodes = json.loads(
        subject.session.door.read(subject.cluster.kubectl("get", "nodes", "-o", "json")).stdout
    )
    info = nodes["items"][0]["status"]["nodeInfo"]
    return Platform(
        this_system(), system_release(), _architecture(platform.machine()), engine.get("Version", ""),
        _architecture(engine.get("Arch", "")), subject.cluster.provider,
        info["containerRuntimeVersion"].replace("://", " "), info["kubeletVersion"],
    )  # fmt: skip


def versions(subject: Subject) -> dict[str, str]:
    """What was measured, and with what."""
    found = {"commit": _commit(subject)}
    found |= {row.name: row.found for row in tools.status(subject.session) if row.found and row.fits}
    for name, facts in sorted(subject.state.rollouts.items()):
        if facts.image:
            found[f"image of {name}"] = facts.image
    return found


def machine(load: tuple[float, float, float] | None = None) -> dict[str, Any]:
    """Processors, and how busy they were: figures of a busy machine are worse than the app's."""
    busy = load or (os.getloadavg() if hasattr(os, "getloadavg") else (0.0, 0.0, 0.0))
    return {"cpus": os.cpu_count() or 1, "load": [round(one, 2) for one in busy]}


def _commit(subject: Subject) -> str:
    answer = subject.session.door.read(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*"], accept=None
    )
    return answer.stdout.strip() if answer.ok else ""


def _architecture(name: str) -> str:
    return _ARCHITECTURES.get(name, name)
