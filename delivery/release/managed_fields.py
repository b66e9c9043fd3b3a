"""Who owns which field of a live object: the API server's own book, `metadata.managedFields`. Pure.

Format: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy. `f:` is a field,
`k:` an item of a list by its keys, `v:` an item by its value, `.` the item or the field itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str, ...]
Tree = Mapping[str, Any]
HELM = "helm"
_APPLY = "Apply"
_ITSELF = "."
# Kubernetes' own controllers: what they fill in is no edit.
_CONTROLLERS = "kube-"
# Each kubectl command names itself: kubectl-edit, kubectl-set, kubectl-patch, kubectl-rollout, kubectl.
_BY_HAND = "kubectl"
# A scaler's, and what `kubectl rollout restart` writes: neither says anything of what runs.
_NOT_EDITS = (
    ("f:spec", "f:replicas"),
    ("f:spec", "f:template", "f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt"),
)


def helm_fields(managed: Sequence[Mapping[str, Any]]) -> Tree:
    """What helm owns of an object."""
    found = [one for one in managed if (one["manager"], one["operation"]) == (HELM, _APPLY)]
    return dict(found[0].get("fieldsV1") or {}) if found else {}


def others(managed: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries of people and of controllers that are not Kubernetes' own; status left out."""
    return [
        one
        for one in managed
        if (one["manager"], one["operation"]) != (HELM, _APPLY)
        and one.get("subresource", "") == ""
        and not one["manager"].startswith(_CONTROLLERS)
    ]


def by_hand(manager: str) -> bool:
    """Whether a person wrote it: with kubectl, whatever its command."""
    return manager.startswith(_BY_HAND)


def beside(tree: Tree, named: Tree, at: Path = ()) -> Iterator[Path]:
    """Paths in `tree` that `named` does not have, each once: what holds others stands for them.

    Labels and annotations of an object itself are left out, as are fields that are no edits.
    """
    for key, inner in tree.items():
        path = (*at, key)
        if key == _ITSELF or path in _NOT_EDITS or path == ("f:metadata",):
            continue
        known = named.get(key)
        if known is None and (not inner or _ITSELF in inner):
            yield path
        else:
            yield from beside(inner, known or {}, path)


def value_at(item: object, path: Path) -> object:
    """The value at a path of `managedFields`, or None."""
    for part in path:
        kind, _, text = part.partition(":")
        if kind == "f":
            item = item.get(text) if isinstance(item, Mapping) else None
        elif kind == "k":
            wanted = json.loads(text)
            rows = item if isinstance(item, list) else []
            item = next((row for row in rows if wanted.items() <= row.items()), None)
        elif kind == "v":
            return json.loads(text)
    return item


def words(path: Path) -> Path:
    """The same path as differences name it: an item of a list by its keys' values."""
    return tuple(_word(part) for part in path if part != _ITSELF)


def _word(part: str) -> str:
    kind, _, text = part.partition(":")
    if kind == "k":
        keys = json.loads(text)
        return f"[{keys['name'] if 'name' in keys else ','.join(str(value) for value in keys.values())}]"
    return f"[{text}]" if kind in ("v", "i") else text


def leaves(tree: Tree, at: Path = ()) -> Iterator[Path]:
    """All paths of a tree."""
    for key, inner in tree.items():
        if inner:
            yield from leaves(inner, (*at, key))
        else:
            yield (*at, key)


def taken_over(managed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """The book with everything that people wrote given to helm, or None where that is nothing.

    Helm's next apply then takes away what the chart does not name, in the same step as all else. Only so:
    what another manager owns stays, whatever helm applies (server-side apply).
    """
    given: dict[str, Any] = {}
    kept: list[dict[str, Any]] = []
    for one in managed:
        mine = by_hand(one["manager"]) and one.get("subresource", "") == ""
        moved, left = _split(one.get("fieldsV1") or {}) if mine else ({}, one.get("fieldsV1") or {})
        given = _united(given, moved)
        if left or not mine:
            kept.append({**one, "fieldsV1": left})
    if not given:
        return None
    for one in kept:
        if (one["manager"], one["operation"]) == (HELM, _APPLY):
            one["fieldsV1"] = _united(one["fieldsV1"], given)
            return kept
    return None


def _split(tree: Tree, at: Path = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is given to helm, and what stays: labels and annotations of the object, and what is no edit."""
    moved: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for key, inner in tree.items():
        path = (*at, key)
        if path == ("f:metadata",) or path in _NOT_EDITS:
            left[key] = inner
        elif not inner:
            moved[key] = inner
        else:
            one, other = _split(inner, path)
            if one:
                moved[key] = one
            if other:
                left[key] = other
    return moved, left


def _united(one: Tree, other: Tree) -> dict[str, Any]:
    result = dict(one)
    for key, inner in other.items():
        result[key] = _united(result.get(key) or {}, inner)
    return result
