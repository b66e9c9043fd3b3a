"""Checks what the parts of deploy.yaml say of each other and of files; a schema can't."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from delivery.settings.overrides import Document
from delivery.settings.schema import Fault, near_miss

# What decides an image; a service that runs another's has none of these.
IMAGE_KEYS = ("dockerfile", "context", "image", "bases", "buildArgs")


def reference_faults(document: Document, root: Path) -> list[Fault]:
    """Names in deploy.yaml that lead nowhere, twice to the same, or in a circle."""
    services: dict[str, Any] = document.tree["services"]
    faults = []
    for name, service in services.items():
        for key in ("chart", "dockerfile"):
            if key in service and not (root / service[key]).exists():
                faults.append(Fault(("services", name, key), f"{service[key]} does not exist"))
        for other in service.get("after", []):
            if other not in services:
                faults.append(Fault(("services", name, "after"), _no_service(other, services)))
        faults += _image_faults(name, services)
        if service.get("standsIn") and not service.get("unless"):
            faults.append(Fault(("services", name, "standsIn"), "needs unless: who would end it otherwise?"))
    faults += _port_faults(services)
    return faults or _cycle_faults(document, services)


def _no_service(other: str, services: Mapping[str, Any]) -> str:
    hint = near_miss(other, services)
    return f"no service {other}" + (f"; did you mean {hint}?" if hint else "")


def _image_faults(name: str, services: Mapping[str, Any]) -> list[Fault]:
    service, owner = services[name], services[name].get("imageOf")
    if not owner:
        return []
    if owner not in services:
        return [Fault(("services", name, "imageOf"), _no_service(owner, services))]
    if "imageOf" in services[owner]:
        return [Fault(("services", name, "imageOf"), f"{owner} has no image of its own")]
    return [
        Fault(("services", name, key), f"is {owner}'s, whose image it runs (imageOf)")
        for key in IMAGE_KEYS
        if key in service
    ]


def _port_faults(services: Mapping[str, Any]) -> list[Fault]:
    taken: dict[int, str] = {}
    faults = []
    for name, service in services.items():
        port = service.get("nodePort")
        if port in taken:
            faults.append(Fault(("services", name, "nodePort"), f"{port} is {taken[port]}'s already"))
        elif port:
            taken[port] = name
    return faults


def _cycle_faults(document: Document, services: Mapping[str, Any]) -> list[Fault]:
    from graphlib import CycleError, TopologicalSorter

    try:
        TopologicalSorter({name: s.get("after", []) for name, s in services.items()}).prepare()
    except CycleError as cycle:
        paths = [("services", name, "after") for name in cycle.args[1]]
        # What a flag or a variable changed is the likelier cause.
        path = next(filter(document.source, paths), paths[0])
        return [Fault(path, f"after goes in a circle: {' → '.join(cycle.args[1])}")]
    return []
