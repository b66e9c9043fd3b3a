"""Lays flags and variables over deploy.yaml, and remembers for each path which of them it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from delivery.settings.flags import Given, value_of
from delivery.settings.schema import SETTINGS_SCHEMA, Fault, near_miss

PREFIX = "DELIVERY_"
NOT_SETTINGS = frozenset({"DELIVERY_CACHE", "DELIVERY_DATA"})
_AS_WRITTEN = frozenset({"env", "secret", "bases", "buildArgs", "standsIn"})


class Document:
    """deploy.yaml as a dictionary, with what was laid over it."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self._given: dict[tuple[str, ...], str] = {}
        self._made_for: dict[tuple[str, ...], str] = {}

    def put(self, path: Sequence[str], value: object, source: str) -> None:
        """Set one value. None takes the key out; among chart values it stays, as Helm reads it so."""
        node = self.tree
        for depth, piece in enumerate(path[:-1], start=1):
            inner = node.get(piece)
            if not isinstance(inner, dict):
                inner = node[piece] = {}
                self._made_for[tuple(path[:depth])] = source
            node = inner
        if value is None and not _is_chart_value(path):
            node.pop(path[-1], None)
        else:
            node[path[-1]] = value
        below = len(path)
        self._given = {at: by for at, by in self._given.items() if at[:below] != tuple(path)}
        self._given[tuple(path)] = source

    def source(self, path: tuple[str, ...]) -> str:
        """The flag or variable that the value at `path` came from; empty: deploy.yaml."""
        for length in range(len(path), 0, -1):
            found = self._given.get(path[:length]) or self._made_for.get(path[:length])
            if found:
                return found
        return ""

    def told(self, fault: Fault) -> str:
        """The fault as a line that begins with its source."""
        if fault.path in self._given:
            return f"{self._given[fault.path]}: {fault.what}"
        return f"{self.source(fault.path) or 'deploy.yaml'}: {fault}"


def lay_flags(document: Document, flags: Mapping[str, Any]) -> None:
    """Lay the flags that were given over the document: path → value, or `Given`."""
    for path, value in flags.items():
        given = value if isinstance(value, Given) else Given(value, f"--set {path}")
        document.put(path.split("."), given.value, given.flag)


def lay_variables(document: Document, origin: str, variables: Mapping[str, str]) -> list[str]:
    """Lay `DELIVERY_CLUSTER__MEMORY_MB=4096` over `cluster.memoryMb`; unknown names are faults."""
    faults = []
    for name in sorted(variables):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        path = setting_path(name)
        fault = _unknown_setting(path, document.tree)
        if fault:
            faults.append(f"{origin}: {name}: {fault}")
        else:
            document.put(path, value_of(variables[name]), f"{origin}: {name}")
    return faults


def setting_path(name: str) -> list[str]:
    """The path that a DELIVERY_ variable stands for.

    `__` parts levels and `_` words. A service's name has dashes for `_`. Names that are the user's own
    (below a service's env, secret, bases, buildArgs and standsIn, and in chart values) are taken as written.
    """
    pieces = name.removeprefix(PREFIX).split("__")
    if pieces[0].lower() != "services":
        return [_camel(piece) for piece in pieces]
    path = ["services", *[piece.lower().replace("_", "-") for piece in pieces[1:2]]]
    path += [_camel(piece) for piece in pieces[2:3]]
    own = pieces[3:]
    if own and path[2] in _AS_WRITTEN:
        own = ["__".join(own)]
    elif own and path[2] == "rollout":
        own = [_camel(own[0]), *own[1:]]
    return path + own


def _is_chart_value(path: Sequence[str]) -> bool:
    return len(path) > 3 and path[0] == "services" and path[2] == "values"


def _unknown_setting(path: Sequence[str], tree: Mapping[str, Any]) -> str:
    if path[0] == "services":
        services = tree.get("services")
        if not isinstance(services, dict) or len(path) < 2 or path[1] in services:
            return ""
        return "no such service" + _meant(near_miss(path[1], services))
    node = schema = json.loads(SETTINGS_SCHEMA.read_text(encoding="utf-8"))
    for piece in path:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        known = node.get("properties", {})
        if piece not in known:
            return "no such setting" + _meant(near_miss(piece, known))
        node = known[piece]
    return ""


def _meant(hint: str) -> str:
    return f"; did you mean {hint}?" if hint else ""


def _camel(piece: str) -> str:
    first, *rest = piece.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)
