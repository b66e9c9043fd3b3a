"""Which services a command is about."""

from __future__ import annotations

from collections.abc import Collection

from delivery.errors import InvalidInput
from delivery.settings import Service, Settings
from delivery.settings.schema import near_miss


def select(
    settings: Settings, names: Collection[str], *, with_dependencies: bool = True
) -> tuple[Service, ...]:
    """The wanted services of these names, in the order of their dependencies; all where none is named.

    Raises InvalidInput for an unknown name.
    """
    wanted = {service.name: service for service in settings.wanted_services()}
    for name in names:
        if name not in wanted:
            hint = near_miss(name, wanted)
            raise InvalidInput(
                f"no service {name}",
                f"services: {', '.join(wanted)}",
                f"did you mean {hint}?" if hint else "",
            )
    chosen = set(names) or set(wanted)
    if with_dependencies:
        chosen = _closure(chosen, wanted)
    return tuple(service for name, service in wanted.items() if name in chosen)


def _closure(chosen: set[str], wanted: dict[str, Service]) -> set[str]:
    reached = {other for name in chosen for other in wanted[name].after if other in wanted} | chosen
    return reached if reached == chosen else _closure(reached, wanted)
