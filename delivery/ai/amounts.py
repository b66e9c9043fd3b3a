"""CPU and memory as people write and read them."""

from __future__ import annotations

import math

MIB = 1024**2
GIB = 1024**3


def cores(value: float) -> str:
    """`250m`, or `2` where it is whole."""
    milli = round(value * 1000)
    return f"{milli // 1000}" if milli and milli % 1000 == 0 else f"{milli}m"


def memory(value: float) -> str:
    """`512Mi`, or `2Gi` where it is whole."""
    mib = math.ceil(value / MIB)
    return f"{mib // 1024}Gi" if mib and mib % 1024 == 0 else f"{mib}Mi"


def rounded_cores(value: float) -> float:
    """Up to the next 10 milli-cores, at least 10."""
    return max(10, math.ceil(value * 100) * 10) / 1000


def rounded_memory(value: float) -> float:
    """Up to the next 16 MiB, at least 32, in bytes."""
    return float(max(32, math.ceil(value / MIB / 16) * 16) * MIB)
