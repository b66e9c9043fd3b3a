"""A cluster is fitted to the machine, and the user is told."""

from __future__ import annotations

import pytest

from delivery.cluster.capacity import Size, fitted, scaled_line, this_machine
from delivery.errors import EnvironmentFault

ASKED = Size(4, 8192)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (Size(16, 65536), ASKED),
        (Size(2, 24105), Size(2, 8192)),  # two cores, plenty of memory
        (Size(8, 8192), Size(4, 6144)),  # 2 GiB stay with the host
        (Size(8, 9000), Size(4, 6952)),
        (Size(1, 4096), Size(1, 2048)),
        (Size(2, 3800), Size(2, 2776)),  # where it is tight, the host keeps 1 GiB
    ],
)
def test_the_cluster_gets_what_the_machine_has(machine: Size, expected: Size) -> None:
    assert fitted(ASKED, machine) == expected


def test_a_machine_that_is_too_small_is_refused_with_figures() -> None:
    with pytest.raises(EnvironmentFault) as caught:
        fitted(ASKED, Size(2, 2000))
    assert "2000 MB" in str(caught.value)


def test_scaling_down_is_told_in_a_line() -> None:
    machine = Size(2, 8192)
    line = scaled_line(ASKED, fitted(ASKED, machine), machine)
    assert line == (
        "asked for 4 CPUs and 8192 MB; this machine has 2 and 8192 MB, the cluster gets 2 and 6144 MB"
    )


def test_nothing_is_told_when_nothing_was_scaled() -> None:
    assert scaled_line(ASKED, ASKED, Size(16, 65536)) == ""


def test_this_machine_has_cpus_and_memory() -> None:
    found = this_machine()
    assert found.cpus >= 1
    assert found.memory_mb > 256
