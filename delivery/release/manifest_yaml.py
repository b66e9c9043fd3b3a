"""Reads helm's manifests as helm itself reads them.

Helm goes by sigs.k8s.io/yaml: an unquoted date or time of day stays text and `=` is text, where PyYAML makes
a date, a number of seconds and an error of them; `1e3` and `0o17` are numbers.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DIGITS = list("-+.0123456789")


def parse_manifest(text: str) -> list[dict[str, Any]] | str:
    """The objects of a release's manifest, or why they can't be read."""
    import yaml

    try:
        return [one for one in yaml.load_all(text, Loader=_loader()) if one]
    except (yaml.YAMLError, ValueError) as fault:
        return f"helm's manifest can't be read: {fault}"


def _as_text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


@cache
def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """PyYAML's safe loader with helm's idea of what is a number."""

    left_out = {_TAG + name for name in ("timestamp", "int", "float", "value")}
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in left_out]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for name, pattern in (("int", _INT), ("float", _FLOAT)):
        Loader.add_implicit_resolver(_TAG + name, re.compile(rf"(?:{pattern.pattern})$"), _DIGITS)
    for name in ("timestamp", "binary"):
        Loader.add_constructor(_TAG + name, _as_text)
    return Loader
