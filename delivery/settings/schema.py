"""Checks documents against a JSON schema; every fault has its path, a near-miss key gets a hint."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.paths import ROOT

SETTINGS_SCHEMA = ROOT / "schemas" / "settings.schema.json"
ENV_SCHEMA = ROOT / "schemas" / "env.schema.json"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the path of keys where."""

    path: tuple[str, ...]
    what: str

    def __str__(self) -> str:
        return f"{'.'.join(self.path) or 'the document'}: {self.what}"


def schema_faults(document: object, schema_file: Path, prefix: str = "") -> list[str]:
    """All faults of `document`, each as ``path: what is wrong``, in the order of their paths."""
    above = (prefix,) if prefix else ()
    return [str(Fault((*above, *one.path), one.what)) for one in find_faults(document, schema_file)]


def find_faults(document: object, schema_file: Path) -> list[Fault]:
    """All faults of `document`, in the order of their paths. Raises UnreadableSchema."""
    from jsonschema import Draft7Validator, Draft202012Validator
    from jsonschema.exceptions import UnknownType

    try:
        schema = json.loads(schema_file.read_text(encoding="utf-8"))
        kind = Draft7Validator if "draft-07" in schema.get("$schema", "") else Draft202012Validator
        errors = sorted(
            kind(schema).iter_errors(document), key=lambda error: [str(p) for p in error.absolute_path]
        )
    except (ValueError, UnknownType, re.error) as wrong:
        raise UnreadableSchema(f"{schema_file}: {type(wrong).__name__}: {wrong}") from wrong
    return [fault for error in errors for fault in _faults(error)]


class UnreadableSchema(ValueError):
    """A file that is no JSON schema."""


def near_miss(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was probably meant to be, or an empty string."""
    by_folded = {_folded(name): name for name in known}
    found = difflib.get_close_matches(_folded(word), by_folded, n=1, cutoff=0.8)
    return by_folded[found[0]] if found else ""


def _folded(word: str) -> str:
    return word.replace("-", "").replace("_", "").lower()


def _faults(error: Any) -> Iterator[Fault]:
    path = tuple(map(str, error.absolute_path))
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = error.schema.get("properties", {})
        for key in sorted(set(error.instance) - set(known), key=str):
            hint = near_miss(str(key), known)
            meant = f"; did you mean `{hint}`?" if hint else f"; known here: {', '.join(sorted(known))}"
            yield Fault((*path, str(key)), f"no such key{meant}")
    elif error.validator == "required":
        yield Fault((*path, error.message.split("'")[1]), "is missing")
    else:
        yield Fault(path, _plain(error))


def _plain(error: Any) -> str:
    shown = json.dumps(error.instance, default=str)
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    wanted = error.validator_value
    if error.validator == "type":
        names = wanted if isinstance(wanted, str) else " or ".join(wanted)
        return f"{shown} is not of type {names}"
    if error.validator == "enum":
        return f"{shown} is not one of {', '.join(map(str, wanted))}"
    if error.validator == "pattern":
        return f"{shown} does not match {wanted}"
    if error.validator in ("minimum", "maximum", "exclusiveMinimum"):
        return f"{shown} is out of range ({error.validator} {wanted})"
    return str(error.message)
