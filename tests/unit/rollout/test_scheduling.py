"""Whether any node can ever take a pod."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from delivery.rollout.objects import Node, Placement, Requirement, Taint, Toleration
from delivery.rollout.scheduling import keeping_away_now, no_node_fits

SMALL = Node("small", {"disk": "ssd", "cores": "2"}, {"cpu": Fraction(2), "memory": Fraction(4 * 1024**3)})
LARGE = Node("large", {"disk": "hdd", "cores": "8"}, {"cpu": Fraction(8), "memory": Fraction(4 * 1024**3)})


def node(**changes: Any) -> Node:
    return Node(**{"name": "n", "labels": {}, "allocatable": {"cpu": Fraction(2)}, **changes})


def term(key: str, operator: str, *values: str, field_name: bool = False) -> Placement:
    return Placement(affinity=((Requirement(key, operator, values, field_name),),))


@pytest.mark.parametrize(
    ("placement", "fits"),
    [
        (Placement(), True),
        (Placement(requests={"cpu": Fraction(8)}), True),
        (Placement(requests={"cpu": Fraction(9)}), False),
        (Placement(requests={"nvidia.com/gpu": Fraction(1)}), False),
        (Placement(requests={"nvidia.com/gpu": Fraction(0)}), True),
        (Placement(selector={"disk": "ssd"}), True),
        (Placement(selector={"disk": "none"}), False),
        (Placement(requests={"cpu": Fraction(4)}, selector={"disk": "ssd"}), False),
        (term("disk", "In", "ssd", "nvme"), True),
        (term("disk", "In", "nvme"), False),
        (term("disk", "NotIn", "ssd", "hdd"), False),
        (term("zone", "NotIn", "a"), True),
        (term("disk", "Exists"), True),
        (term("zone", "Exists"), False),
        (term("disk", "DoesNotExist"), False),
        (term("cores", "Gt", "4"), True),
        (term("cores", "Gt", "8"), False),
        (term("cores", "Lt", "4"), True),
        (term("disk", "Lt", "4"), False),
        (term("metadata.name", "In", "large", field_name=True), True),
        (term("metadata.name", "In", "other", field_name=True), False),
        (term("disk", "AnOperatorOfTheFuture"), True),
        (Placement(affinity=((), (Requirement("zone", "Exists"),))), False),
        (Placement(affinity=((Requirement("zone", "Exists"),), (Requirement("disk", "Exists"),))), True),
    ],
    ids=str,
)
def test_a_pod_is_hopeless_only_where_every_node_lacks_what_it_wants(
    placement: Placement, fits: bool
) -> None:
    assert (no_node_fits(placement, (SMALL, LARGE)) == "") is fits


@pytest.mark.parametrize(
    ("taint", "toleration", "fits"),
    [
        (Taint("gpu", "yes", "NoSchedule"), None, False),
        (Taint("gpu", "yes", "NoExecute"), None, False),
        (Taint("gpu", "yes", "PreferNoSchedule"), None, True),
        (Taint("gpu", "yes", "NoSchedule"), Toleration("gpu", "Equal", "yes", "NoSchedule"), True),
        (Taint("gpu", "yes", "NoSchedule"), Toleration("gpu", "Equal", "no"), False),
        (Taint("gpu", "yes", "NoSchedule"), Toleration("gpu", "Exists"), True),
        (Taint("gpu", "yes", "NoSchedule"), Toleration("", "Exists"), True),
        (Taint("gpu", "yes", "NoSchedule"), Toleration("gpu", "Exists", "", "NoExecute"), False),
        (Taint("node.kubernetes.io/disk-pressure", "", "NoSchedule"), None, True),
        (Taint("node.kubernetes.io/not-ready", "", "NoExecute"), None, True),
    ],
)
def test_a_lasting_taint_keeps_a_pod_away_and_one_of_a_nodes_condition_does_not(
    taint: Taint, toleration: Toleration | None, fits: bool
) -> None:
    placement = Placement(tolerations=(toleration,) if toleration else ())
    assert (no_node_fits(placement, (node(taints=(taint,)),)) == "") is fits


def test_a_cordoned_node_may_come_back() -> None:
    assert no_node_fits(Placement(), (node(cordoned=True),)) == ""


def test_without_nodes_nothing_is_known() -> None:
    assert no_node_fits(Placement(requests={"cpu": Fraction(99)}), ()) == ""


def test_memory_is_told_in_units_that_people_read() -> None:
    told = no_node_fits(Placement(requests={"memory": Fraction(8 * 1024**3)}), (SMALL,))
    assert told == "the pod wants 8192 MiB of memory, node small has 4096 in all"


def test_the_conditions_that_keep_a_pod_away_for_now_are_named() -> None:
    full = node(
        taints=(Taint("node.kubernetes.io/disk-pressure", "", "NoSchedule"), Taint("own", "", "NoSchedule"))
    )
    assert keeping_away_now(Placement(), [full]) == f"node {full.name} has disk-pressure"
    tolerant = Placement(tolerations=(Toleration(operator="Exists"),))
    assert keeping_away_now(tolerant, [full]) == ""
    assert keeping_away_now(Placement(), [node()]) == ""
