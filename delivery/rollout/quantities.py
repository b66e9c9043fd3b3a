"""Kubernetes' quantities and times as numbers."""

from __future__ import annotations

import datetime
import re
from fractions import Fraction

# Source: apimachinery pkg/api/resource, "Quantity".
_SUFFIXES = {
    "": Fraction(1),
    **{
        name: Fraction(1000) ** power
        for name, power in zip("numkMGTPE", (-3, -2, -1, 1, 2, 3, 4, 5, 6), strict=True)
    },
    **{f"{name}i": Fraction(1024) ** (power + 1) for power, name in enumerate("KMGTPE")},
}
_QUANTITY = re.compile(r"^([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([numkMGTPE]|[KMGTPE]i)?)$")


def quantity(text: str | float) -> Fraction:
    """`1k`, `250m`, `64Mi`, `1e3` or `2` as a number; 0 for what is none."""
    match = _QUANTITY.match(str(text).strip())
    if not match:
        return Fraction(0)
    try:
        number = Fraction(match[1])
    except ValueError:
        return Fraction(0)
    return number * Fraction(10) ** int(match[2]) if match[2] else number * _SUFFIXES[match[3] or ""]


def stamp(text: str | None) -> float:
    """An RFC 3339 time of the cluster in seconds since 1970; 0 where there is none."""
    if not text:
        return 0.0
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
