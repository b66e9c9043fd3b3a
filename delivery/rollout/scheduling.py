"""Whether any node could ever take a pod: known from the nodes at once, where waiting changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from delivery.rollout.objects import Node, Placement, Requirement, Taint, Toleration

# Taints that come and go with a node's condition. Source: node lifecycle controller, well-known taints.
_OF_CONDITIONS = "node.kubernetes.io/"
_KEEPS_AWAY = ("NoSchedule", "NoExecute")
_READABLE = {"cpu": ("CPUs", 1), "memory": ("MiB of memory", 1024**2), "ephemeral-storage": ("MiB", 1024**2)}

# Operators of node affinity. Source: component-helpers nodeaffinity; a missing label is None.
_OPERATORS: Mapping[str, Callable[[str | None, tuple[str, ...]], bool]] = {
    "In": lambda label, values: label in values,
    "NotIn": lambda label, values: label not in values,
    "Exists": lambda label, _: label is not None,
    "DoesNotExist": lambda label, _: label is None,
    "Gt": lambda label, values: _compared(label, values, 1),
    "Lt": lambda label, values: _compared(label, values, -1),
}


def no_node_fits(placement: Placement, nodes: Sequence[Node]) -> str:
    """Why no node can ever take the pod, or an empty string where one might once it has room."""
    reasons = [_hindrance(placement, node) for node in nodes]
    if not reasons or not all(reasons):
        return ""
    return "; ".join(dict.fromkeys(reasons))


def keeping_away_now(placement: Placement, nodes: Sequence[Node]) -> str:
    """Conditions of nodes that keep the pod away while they last; the scheduler does not always name them."""
    taints = [(node, taint) for node in nodes for taint in node.taints if taint.effect in _KEEPS_AWAY]
    return "; ".join(
        f"node {node.name} has {taint.key.removeprefix(_OF_CONDITIONS)}"
        for node, taint in taints
        if taint.key.startswith(_OF_CONDITIONS)
        and not any(_tolerates(one, taint) for one in placement.tolerations)
    )


def _hindrance(placement: Placement, node: Node) -> str:
    for key, value in placement.selector.items():
        if node.labels.get(key) != value:
            return f"node {node.name} has no label {key}={value}"
    if placement.affinity and not any(_holds(term, node) for term in placement.affinity):
        return f"node {node.name} does not fulfil the pod's node affinity"
    for taint in node.taints:
        if _keeps_away(taint, placement.tolerations):
            return f"node {node.name} has the taint {taint.key}, which the pod does not tolerate"
    for name, wanted in placement.requests.items():
        there = node.allocatable.get(name)
        if wanted and (there is None or wanted > there):
            unit, divisor = _READABLE.get(name, (name, 1))
            has = f"{float((there or 0) / divisor):g}"
            return f"the pod wants {float(wanted / divisor):g} {unit}, node {node.name} has {has} in all"
    return ""


def _holds(term: tuple[Requirement, ...], node: Node) -> bool:
    """All requirements of one term; an empty term matches nothing."""
    return bool(term) and all(_fulfils(one, node) for one in term)


def _fulfils(one: Requirement, node: Node) -> bool:
    label = node.name if one.field_name else node.labels.get(one.key)
    operator = _OPERATORS.get(one.operator)
    # An operator that we don't know is no reason to call a pod hopeless.
    return operator is None or operator(label, one.values)


def _compared(label: str | None, values: tuple[str, ...], sign: int) -> bool:
    try:
        return label is not None and (int(label) - int(values[0])) * sign > 0
    except (ValueError, IndexError):
        return False


def _keeps_away(taint: Taint, tolerations: Sequence[Toleration]) -> bool:
    lasting = taint.effect in _KEEPS_AWAY and not taint.key.startswith(_OF_CONDITIONS)
    return lasting and not any(_tolerates(one, taint) for one in tolerations)


def _tolerates(one: Toleration, taint: Taint) -> bool:
    if one.effect and one.effect != taint.effect:
        return False
    if one.key and one.key != taint.key:
        return False
    return one.operator == "Exists" or (bool(one.key) and one.value == taint.value)
