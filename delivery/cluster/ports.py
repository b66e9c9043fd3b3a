"""Host ports for node ports: the same number where it is free, else another one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterable

_STRIDE = 100
_TRIES = 20


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Docker's proxy sets it as well: a connection in TIME_WAIT doesn't hold a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def any_free(address: str = "127.0.0.1") -> int:
    """A port that the system gives."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def choose_ports(
    node_ports: Iterable[int], reserved: Collection[int] = (), free: Callable[[int], bool] = is_free
) -> dict[int, int]:
    """Node port → host port. `reserved` are ports that belong to clusters which are stopped at the moment.

    A taken port moves by hundreds, so that 30000 and 30001 become 30100 and 30101.
    """
    chosen: dict[int, int] = {}
    wanted = sorted(set(node_ports))
    for node_port in wanted:
        others = {*reserved, *chosen.values(), *(port for port in wanted if port != node_port)}
        candidates = (node_port + _STRIDE * step for step in range(_TRIES))
        found = next((port for port in candidates if port not in others and free(port)), None)
        chosen[node_port] = found or any_free()
    return chosen


def moved(chosen: dict[int, int]) -> str:
    """A line for the user about ports that are not where they were wanted, or an empty string."""
    lines = [
        f"{node} is taken on this machine, {host} stands in" for node, host in chosen.items() if node != host
    ]
    return "; ".join(lines)
