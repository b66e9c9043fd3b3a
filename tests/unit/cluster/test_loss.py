"""Before a cluster is removed, what goes with it is listed."""

from __future__ import annotations

from delivery.cluster.loss import loss_lines


def test_namespaces_and_volumes_are_named_and_system_ones_are_not() -> None:
    names = ("kube-system", "default", "todo")
    items = [{"kind": "Namespace", "metadata": {"name": name}} for name in names]
    volume = {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data-database-0", "namespace": "todo"},
        "status": {"capacity": {"storage": "1Gi"}},
    }
    assert loss_lines({"items": [*items, volume]}) == [
        "namespace todo with all that is in it",
        "data of volume todo/data-database-0 (1Gi)",
    ]


def test_an_empty_cluster_loses_nothing() -> None:
    assert loss_lines({"items": []}) == ["no namespaces or volumes of yours"]
