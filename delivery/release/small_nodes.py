"""Small nodes: the charts' default requests are the plan's and want four CPUs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SMALL_FILE = "values-small.yaml"


def small_values(chart: Path) -> dict[str, Any]:
    """The chart's values for a small node; empty where it has none."""
    import yaml

    path = chart / SMALL_FILE
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}
