"""The scenarios of bench.verdict, from bench/faults.yaml: what goes wrong, and what must be said of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery.errors import InvalidInput
from delivery.paths import ROOT
from delivery.release.values import merged

FAULTS = ROOT / "bench" / "faults.yaml"
CHART = ROOT / "bench" / "chart"
OLD, NEW = "old", "new"
_RELEASE = "@release"


@dataclass(frozen=True)
class Scenario:
    """One case: values of both revisions, those of the upgrade alone, and whether it becomes ready.

    The image of `late_image_s` appears on the node so many seconds after the upgrade began.
    """

    name: str
    title: str
    ready: bool
    chart: Mapping[str, Any] = field(default_factory=dict)
    upgrade: Mapping[str, Any] = field(default_factory=dict)
    late_image_s: float = 0.0

    def values(self, version: str, release: str) -> dict[str, Any]:
        """The values of a revision, OLD or NEW."""
        over = self.upgrade if version == NEW else {}
        filled: dict[str, Any] = _filled(merged(self.chart, over), release)
        return {**filled, "version": version}


@dataclass(frozen=True)
class Scenarios:
    """All cases, and the service whose image they run."""

    image_of: str
    cases: tuple[Scenario, ...]

    def chosen(self, names: Collection[str]) -> tuple[Scenario, ...]:
        """The named cases, or all. Raises InvalidInput for an unknown name."""
        unknown = set(names) - {one.name for one in self.cases}
        if unknown:
            there = ", ".join(one.name for one in self.cases)
            raise InvalidInput(f"no case {', '.join(sorted(unknown))}", f"cases: {there}")
        return tuple(one for one in self.cases if not names or one.name in names)


def read_scenarios(path: Path = FAULTS) -> Scenarios:
    """The cases as they are written down."""
    import yaml

    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    cases = tuple(
        Scenario(
            name, row["title"], {"ready": True, "failed": False}[row["right"]], row.get("chart", {}),
            row.get("upgrade", {}), float(row.get("lateImageS", 0)),
        )
        for name, row in document["cases"].items()
    )  # fmt: skip
    return Scenarios(document["imageOf"], cases)


def _filled(value: Any, release: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(one, release) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, release) for one in value]
    return release if value == _RELEASE else value
