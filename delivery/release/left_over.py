"""Releases of ours that are no longer wanted: their variable has a value now, or deploy.yaml dropped them."""

from __future__ import annotations

from dataclasses import dataclass

from delivery.release.state import NamespaceState
from delivery.settings import Settings


@dataclass(frozen=True)
class LeftOver:
    """One such release. `removable` says that it keeps no data, so that a deploy may take it away."""

    name: str
    reason: str
    removable: bool

    def line(self, namespace: str) -> str:
        """What a person is told, with the way to be rid of it."""
        if self.removable:
            return f"{self.name} is left over: {self.reason}; ./inv deploy.all removes it"
        return (
            f"{self.name} is left over: {self.reason}; it may hold data and is left alone"
            f" (helm uninstall {self.name} -n {namespace})"
        )


def left_over(settings: Settings, state: NamespaceState) -> tuple[LeftOver, ...]:
    """Pure: releases there are that are ours and not wanted, by name.

    Ours are those that deploy.yaml names, and those with a record of ours.
    """
    wanted = {service.name for service in settings.wanted_services()}
    ours = settings.services.keys() | state.records.keys()
    return tuple(_left_over(settings, name) for name in sorted(state.releases.keys() & ours - wanted))


def _left_over(settings: Settings, name: str) -> LeftOver:
    service = settings.services.get(name)
    if service is None:
        return LeftOver(name, "deploy.yaml does not name it", removable=False)
    return LeftOver(name, f"{service.unless} is given", removable=bool(service.stands_in))
