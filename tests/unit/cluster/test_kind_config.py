"""kind's configuration from ports, and a kind cluster as Docker describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from delivery.cluster.kind_config import as_yaml, kind_config, merged, reserved_ports, seen
from delivery.cluster.provider import ClusterState, HostPort

LABELS = {"io.x-k8s.kind.cluster": "todo", "io.x-k8s.kind.role": "control-plane"}


def container(**changes: Any) -> dict[str, Any]:
    """What `docker inspect` says of a node, as far as it is read."""
    binding = [{"HostIp": "127.0.0.1", "HostPort": "30100"}]
    base = {
        "Id": "c0ffee",
        "Name": "/todo-control-plane",
        "Config": {"Labels": LABELS},
        "State": {"Running": True, "StartedAt": "2026-11-24T06:38:36.123456789Z"},
        "HostConfig": {"PortBindings": {"30000/tcp": binding}},
        "NetworkSettings": {"Ports": {"30000/tcp": binding, "6443/tcp": None}},
    }
    return merged(base, changes)


def test_node_ports_are_published_on_this_machine_only() -> None:
    assert kind_config({30001: 30001, 30000: 30100}) == {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "networking": {"apiServerAddress": "127.0.0.1"},
        "nodes": [
            {
                "role": "control-plane",
                "extraPortMappings": [
                    {
                        "containerPort": 30000,
                        "hostPort": 30100,
                        "listenAddress": "127.0.0.1",
                        "protocol": "TCP",
                    },
                    {
                        "containerPort": 30001,
                        "hostPort": 30001,
                        "listenAddress": "127.0.0.1",
                        "protocol": "TCP",
                    },
                ],
            }
        ],
    }


def test_what_a_node_image_needs_is_laid_over_it() -> None:
    extra = {
        "networking": {"disableDefaultCNI": True},
        "kubeadmConfigPatches": ["kind: ClusterConfiguration\n"],
        "nodes": [{"labels": {"tier": "one"}}],
    }
    found = kind_config({30000: 30000}, extra)
    assert found["networking"] == {"apiServerAddress": "127.0.0.1", "disableDefaultCNI": True}
    assert found["kubeadmConfigPatches"] == ["kind: ClusterConfiguration\n"]
    assert found["nodes"][0]["labels"] == {"tier": "one"}
    assert found["nodes"][0]["extraPortMappings"][0]["hostPort"] == 30000


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": ["x"]}, {"a": ["y"]}, {"a": ["x", "y"]}),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"c": 3}]}, {"a": [{"b": 1, "c": 3}, {"b": 2}]}),
        ({"a": [{"b": 1}]}, {"a": [{"c": 3}, {"d": 4}]}, {"a": [{"b": 1, "c": 3}, {"d": 4}]}),
    ],
)
def test_mappings_are_laid_over_each_other(
    base: Mapping[str, Any], over: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    assert merged(base, over) == expected


def test_kind_reads_the_same_configuration_back() -> None:
    config = kind_config({30000: 30000})
    assert yaml.safe_load(as_yaml(config)) == config


def test_a_running_cluster_has_the_ports_that_docker_bound() -> None:
    found = seen([container()])
    assert found.state is ClusterState.RUNNING
    assert found.nodes == ("todo-control-plane",)
    assert found.published == {30000: HostPort("127.0.0.1", 30100)}
    assert found.identity == "c0ffee"


def test_a_stopped_cluster_has_the_ports_that_docker_will_bind() -> None:
    found = seen([container(State={"Running": False}, NetworkSettings={"Ports": None})])
    assert found.state is ClusterState.STOPPED
    assert found.published == {30000: HostPort("127.0.0.1", 30100)}


def test_one_stopped_node_stops_the_cluster() -> None:
    worker = container(Id="worker", Name="/todo-worker", State={"Running": False})
    found = seen([container(), worker])
    assert found.state is ClusterState.STOPPED
    assert found.nodes == ("todo-control-plane", "todo-worker")


def test_a_load_balancer_is_no_node() -> None:
    balancer = container(
        Name="/lb", Config={"Labels": {**LABELS, "io.x-k8s.kind.role": "external-load-balancer"}}
    )
    assert seen([container(), balancer]).nodes == ("todo-control-plane",)


def test_no_containers_no_cluster() -> None:
    assert seen([]).state is ClusterState.ABSENT


def test_ports_of_stopped_clusters_stay_reserved() -> None:
    assert reserved_ports(
        [container(State={"Running": False}), container(HostConfig={"PortBindings": None})]
    ) == {30100}
