"""Results as a run would make them, and helm for the chart."""

from __future__ import annotations

from typing import Any

import pytest

from delivery.bench.measurement import Measured
from delivery.bench.results import Conditions, Results
from delivery.bench.scenarios import Scenario
from tests.unit.charts.conftest import helm

CRASH = Scenario("crash", "crashes at <once>", ready=False)
SLOW = Scenario("slow", "starts slowly", ready=True)


def conditions(**fields: Any) -> Conditions:
    base = {
        "when": "2026-11-24T10:00+00:00", "kubernetes": "v1.34.4", "helm": "v4.1.4", "cpus": 2,
        "load": (1.5, 9.25),        "helm_timeout_s": 300.0, "repeat": 1, "lanes": 3,
    }  # fmt: skip
    return Conditions(**{**base, **fields})


def failed(engine: str = "ours", **fields: Any) -> Measured:
    """A fault that was judged well."""
    base: dict[str, Any] = {
        "ready": False, "right": True, "verdict_s": 6.14, "total_s": 16.0, "back": True, "serves": True,
        "words": "CRASH_LOOP" if engine == "ours" else "context deadline exceeded",
    }  # fmt: skip
    return Measured("crash", engine, fields.pop("round", 1), **{**base, **fields})


def came_up(engine: str = "ours", **fields: Any) -> Measured:
    """A good upgrade that was judged well."""
    base = {"ready": True, "right": True, "verdict_s": 20.0, "total_s": 20.0, "back": False, "serves": True}
    return Measured("slow", engine, fields.pop("round", 1), **{**base, **fields})


def results(
    *measured: Measured, engines: tuple[str, ...] = ("ours", "helm-rollback"), **fields: Any
) -> Results:
    return Results(conditions(**fields), (CRASH, SLOW), engines, measured)


@pytest.fixture
def whole() -> Results:
    """Two cases under two engines; helm calls the crash a success."""
    return results(
        failed(),
        failed(
            "helm-rollback", ready=True, right=False, verdict_s=3.4, total_s=3.4, back=False, serves=False
        ),
        came_up(),
        came_up("helm-rollback", verdict_s=18.0, total_s=18.0),
    )


__all__ = ["helm"]
