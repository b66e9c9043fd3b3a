"""Parses what flags carry: ``--set PATH=VALUE``, lists of names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from delivery.errors import InvalidInput


@dataclass(frozen=True)
class Given:
    """A value of a flag that has a name of its own, for instance ``--provider``; faults name it."""

    value: Any
    flag: str


def assignments(texts: Iterable[str]) -> dict[str, Any]:
    """`a.b=3` as ``{"a.b": 3}``; the value is read as YAML, so ``null`` is None.

    Raises InvalidInput naming all bad ones.
    """
    found: dict[str, Any] = {}
    faults = []
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or not path or ".." in path or path.startswith(".") or path.endswith("."):
            faults.append(f"--set {text}: not of the form PATH=VALUE")
        else:
            found[path] = value_of(value)
    if faults:
        raise InvalidInput.of(
            "the command line", faults, "example: --set services.frontend.values.replicaCount=3"
        )
    return found


def value_of(text: str) -> object:
    """What a text on the command line or in the environment stands for: YAML, or else the text itself."""
    import yaml

    try:
        return yaml.safe_load(text) if text.strip() else text
    except yaml.YAMLError:
        return text


def split_names(text: str) -> tuple[str, ...]:
    """Names with commas or blanks between them."""
    return tuple(text.replace(",", " ").split())
