"""Asks the cluster what a verdict needs to know. Of Secrets it asks the names of keys, never a value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from delivery.cluster import Cluster
from delivery.errors import DeliveryError, Interrupted
from delivery.rollout.objects import Answers, Node, Taint
from delivery.rollout.quantities import quantity
from delivery.rollout.questions import Questions
from delivery.session import Session

# The object's name first, so that one without keys is told from one that is absent.
_KEYS = "{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}"
_MORE_KEYS = "{{range $key, $value := .binaryData}} {{$key}}{{end}}"
_PATIENCE_S = 10.0
_TIMEOUT = "--request-timeout=8s"

Answer = TypeVar("Answer")


def ask(session: Session, cluster: Cluster, questions: Questions) -> Answers:
    """The answers that can be had; a question that is refused or lost stays open, and graces decide."""
    namespace = session.settings.namespace

    def keys(kind: str, name: str) -> frozenset[str] | None:
        template = _KEYS + (_MORE_KEYS if kind == "configmap" else "")
        argv = cluster.kubectl("get", kind, name, "--namespace", namespace, "--ignore-not-found")
        argv += ["-o", f"go-template={template}", _TIMEOUT]
        return parse_keys(session.door.read(argv, timeout_s=_PATIENCE_S).stdout)

    def items(kinds: str) -> list[Mapping[str, Any]]:
        argv = cluster.kubectl("get", kinds, "--namespace", namespace, "-o", "json", _TIMEOUT)
        return list(json.loads(session.door.read(argv, timeout_s=_PATIENCE_S).stdout)["items"])

    nodes = ("nodes",) if questions.nodes else ()
    claims = ("persistentvolumeclaims",) if questions.claims else ()
    return Answers(
        secrets=_each(questions.secrets, partial(keys, "secret")),
        config_maps=_each(questions.config_maps, partial(keys, "configmap")),
        claims=_each(claims, lambda kinds: parse_claims(items(kinds))).get("persistentvolumeclaims"),
        nodes=_each(nodes, lambda kinds: parse_nodes(items(kinds))).get("nodes"),
        images=_each(questions.images, lambda reference: _on_nodes(cluster, reference)),
    )


def parse_keys(text: str) -> frozenset[str] | None:
    """The keys of one object; None where there is no such object."""
    words = text.split()
    return frozenset(words[1:]) if words else None


def parse_claims(items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Volume claims and their phases."""
    return {one["metadata"]["name"]: one.get("status", {}).get("phase", "") for one in items}


def parse_nodes(items: Sequence[Mapping[str, Any]]) -> tuple[Node, ...]:
    """Nodes as the scheduler sees them."""
    return tuple(
        Node(
            name=one["metadata"]["name"],
            labels=dict(one["metadata"].get("labels") or {}),
            allocatable={
                name: quantity(value) for name, value in one.get("status", {}).get("allocatable", {}).items()
            },
            taints=tuple(
                Taint(taint["key"], taint.get("value", ""), taint.get("effect", ""))
                for taint in one.get("spec", {}).get("taints") or ()
            ),
            cordoned=bool(one.get("spec", {}).get("unschedulable")),
        )
        for one in items
    )


def answers_json(answers: Answers) -> dict[str, Any]:
    """The answers as a document, for evidence; `answers_from` reads it. Keys of Secrets, no values."""
    return {
        "secrets": _listed(answers.secrets),
        "configMaps": _listed(answers.config_maps),
        "claims": None if answers.claims is None else dict(answers.claims),
        "images": {reference: dict(nodes) for reference, nodes in answers.images.items()},
        "nodes": None if answers.nodes is None else [_node_json(one) for one in answers.nodes],
    }


def answers_from(document: object) -> Answers:
    """The answers of such a document; empty where it is none."""
    if not isinstance(document, dict):
        return Answers()
    nodes = document.get("nodes")
    return Answers(
        secrets=_keyed(document.get("secrets")),
        config_maps=_keyed(document.get("configMaps")),
        claims=document.get("claims"),
        images=document.get("images") or {},
        nodes=None if nodes is None else parse_nodes(nodes),
    )


def _listed(known: Mapping[str, frozenset[str] | None]) -> dict[str, list[str] | None]:
    return {name: None if keys is None else sorted(keys) for name, keys in known.items()}


def _keyed(known: Mapping[str, list[str] | None] | None) -> dict[str, frozenset[str] | None]:
    return {name: None if keys is None else frozenset(keys) for name, keys in (known or {}).items()}


def _node_json(node: Node) -> dict[str, Any]:
    """As the API server has it, as far as `parse_nodes` reads it."""
    taints = [{"key": one.key, "value": one.value, "effect": one.effect} for one in node.taints]
    return {
        "metadata": {"name": node.name, "labels": dict(node.labels)},
        "spec": {"taints": taints, "unschedulable": node.cordoned},
        "status": {"allocatable": {name: str(float(value)) for name, value in node.allocatable.items()}},
    }


def _each(names: Sequence[str], question: Callable[[str], Answer]) -> dict[str, Answer]:
    """The answers by name; one that can't be had is left out."""
    answers = {}
    for name in names:
        try:
            answers[name] = question(name)
        except Interrupted:
            raise
        except (DeliveryError, ValueError):
            continue
    return answers


def _on_nodes(cluster: Cluster, reference: str) -> dict[str, bool]:
    return {node: bool(image_id) for node, image_id in cluster.node_image_ids(reference).items()}
