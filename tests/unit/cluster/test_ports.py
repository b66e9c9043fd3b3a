"""Host ports: the node port's own number where it is free, else a near one."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from delivery.cluster.ports import any_free, choose_ports, is_free, moved


def all_but(*taken: int) -> Callable[[int], bool]:
    return lambda port: port not in taken


@pytest.mark.parametrize(
    ("taken", "reserved", "expected"),
    [
        ((), (), {30000: 30000, 30001: 30001}),
        ((30000,), (), {30000: 30100, 30001: 30001}),
        ((30000, 30001), (), {30000: 30100, 30001: 30101}),
        ((), (30000, 30001), {30000: 30100, 30001: 30101}),
        ((30000, 30100), (30001, 30101), {30000: 30200, 30001: 30201}),
    ],
)
def test_a_taken_port_moves_by_hundreds(
    taken: tuple[int, ...], reserved: tuple[int, ...], expected: dict[int, int]
) -> None:
    assert choose_ports([30001, 30000], reserved, all_but(*taken)) == expected


def test_a_port_that_moves_leaves_the_others_theirs() -> None:
    assert choose_ports([30000, 30100], (), all_but(30000)) == {30000: 30200, 30100: 30100}


def test_where_all_are_taken_the_system_gives_one() -> None:
    chosen = choose_ports([30000], (), lambda _: False)
    assert chosen[30000] > 1023


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_a_port_that_the_system_gives_is_free() -> None:
    assert is_free(any_free())


def test_moved_ports_are_named_and_others_not() -> None:
    assert moved({30000: 30100, 30001: 30001}) == "30000 is taken on this machine, 30100 stands in"
    assert moved({30000: 30000}) == ""
