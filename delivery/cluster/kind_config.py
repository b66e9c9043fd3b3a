"""The configuration that `kind create cluster` is given, and what containers say about a kind cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from delivery.cluster.provider import ClusterState, HostPort, Seen

CLUSTER_LABEL = "io.x-k8s.kind.cluster"
_ROLE_LABEL = "io.x-k8s.kind.role"
_BALANCER = "external-load-balancer"
_LOCALHOST = "127.0.0.1"


def kind_config(ports: Mapping[int, int], extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A one-node cluster with node ports published on this machine only.

    `ports` maps node ports to host ports; `extra` is what the node image needs, laid over it.
    """
    mappings = [
        {"containerPort": node, "hostPort": host, "listenAddress": _LOCALHOST, "protocol": "TCP"}
        for node, host in sorted(ports.items())
    ]
    own: dict[str, Any] = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "networking": {"apiServerAddress": _LOCALHOST},
        "nodes": [{"role": "control-plane", "extraPortMappings": mappings}],
    }
    return merged(own, extra or {})


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: mappings are merged, lists of mappings by position, other lists joined."""
    result = dict(base)
    for key, value in over.items():
        there = result.get(key)
        if isinstance(there, Mapping) and isinstance(value, Mapping):
            result[key] = merged(there, value)
        elif isinstance(there, list) and isinstance(value, Sequence) and not isinstance(value, str):
            result[key] = _merged_lists(there, value)
        else:
            result[key] = value
    return result


def as_yaml(config: Mapping[str, Any]) -> str:
    """The configuration as kind reads it."""
    import yaml

    return yaml.safe_dump(dict(config), sort_keys=False)


def seen(containers: Sequence[Mapping[str, Any]]) -> Seen:
    """A kind cluster, from `docker inspect` of its containers."""
    nodes = [c for c in containers if c["Config"]["Labels"].get(_ROLE_LABEL) != _BALANCER]
    if not nodes:
        return Seen(ClusterState.ABSENT)
    running = all(container["State"]["Running"] for container in containers)
    return Seen(
        state=ClusterState.RUNNING if running else ClusterState.STOPPED,
        nodes=tuple(sorted(container["Name"].lstrip("/") for container in nodes)),
        published=_published(nodes),
        identity=" ".join(sorted(container["Id"] for container in nodes)),
        started_at=max(container["State"]["StartedAt"] for container in nodes),
    )


def reserved_ports(containers: Iterable[Mapping[str, Any]]) -> set[int]:
    """Host ports that stopped containers will want again."""
    return {
        int(binding["HostPort"])
        for container in containers
        for bindings in (container["HostConfig"].get("PortBindings") or {}).values()
        for binding in bindings or ()
        if binding.get("HostPort")
    }


def _published(nodes: Iterable[Mapping[str, Any]]) -> dict[int, HostPort]:
    found: dict[int, HostPort] = {}
    for node in nodes:
        # What Docker bound when the node runs, else what it will bind.
        bound = node["NetworkSettings"].get("Ports") or node["HostConfig"].get("PortBindings") or {}
        for inner, bindings in bound.items():
            port, _, protocol = inner.partition("/")
            if protocol == "tcp" and bindings:
                found[int(port)] = HostPort(bindings[0].get("HostIp", ""), int(bindings[0]["HostPort"]))
    return found


def _merged_lists(base: list[Any], over: Sequence[Any]) -> list[Any]:
    if all(isinstance(item, Mapping) for item in (*base, *over)):
        pairs = [merged(a, b) for a, b in zip(base, over, strict=False)]
        return [*pairs, *base[len(over) :], *over[len(base) :]]
    return [*base, *over]
