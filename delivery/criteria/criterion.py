"""What a criterion is, what measuring it gives, and the pure judgement over that."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from delivery.errors import DeliveryError

if TYPE_CHECKING:
    from delivery.criteria.subject import Subject

Unit = Literal["s", "bytes", "count"]
MB = 1000**2


class State(Enum):
    """What came of a criterion. Only PASSED is a pass."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_MEASURED = "not measured"


class NotMeasured(DeliveryError):
    """It could not be measured here; what is in the way is no fault of the app."""


@dataclass(frozen=True)
class Measurement:
    """One figure. Its worst sample, `value`, must be at most `limit`; without a limit it is only told.

    `samples` are all that were taken, in their order; `limit_of` says whose limit it is.
    """

    name: str
    value: float
    unit: Unit = "s"
    limit: float | None = None
    samples: tuple[float, ...] = ()
    limit_of: str = "plan"

    @classmethod
    def worst_of(
        cls, name: str, samples: tuple[float, ...], limit: float | None, unit: Unit = "s"
    ) -> Measurement:
        """The worst of several samples counts."""
        return cls(name, max(samples), unit, limit, samples)

    @property
    def within(self) -> bool:
        """Whether it keeps its limit; a figure that is no number keeps none."""
        return self.limit is None or (math.isfinite(self.value) and self.value <= self.limit)


@dataclass(frozen=True)
class Proof:
    """A statement that must hold, and what was seen. `told` ones are not judged."""

    statement: str
    holds: bool
    seen: str = ""
    told: bool = False


@dataclass(frozen=True)
class Picture:
    """A screenshot."""

    caption: str
    path: Path


@dataclass(frozen=True)
class Outcome:
    """What measuring gave. `evidence` are lines that a person can check, `method` says how it was done."""

    measurements: tuple[Measurement, ...] = ()
    proofs: tuple[Proof, ...] = ()
    evidence: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    method: str = ""


@dataclass(frozen=True)
class Criterion:
    """One of the plan's. `needs` are services that must serve; `quiet` asks for a machine without other work.

    `browser` says that it opens one. `expected_s` is what it takes on two cores, for telling what remains.
    """

    id: str
    title: str
    statement: str
    measure: Callable[[Subject], Outcome]
    needs: tuple[str, ...] = ()
    quiet: bool = True
    browser: bool = False
    expected_s: float = 10.0


@dataclass(frozen=True)
class Result:
    """What came of one criterion. `reasons` say why it did not pass; `allowed` accepts that all the same."""

    id: str
    title: str
    statement: str
    state: State
    reasons: tuple[str, ...] = ()
    outcome: Outcome = field(default_factory=Outcome)
    duration_s: float = 0.0
    allowed: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the run may be called good with this."""
        return self.state is State.PASSED or (self.allowed and self.state is State.NOT_MEASURED)


def judge(criterion: Criterion, outcome: Outcome) -> Result:
    """Pure: passed where every limit is kept and every statement holds, and something was judged at all."""
    broken = [
        f"{one.name}: {shown(one.value, one.unit)} is over {shown(one.limit, one.unit)}"
        for one in outcome.measurements
        if not one.within and one.limit is not None
    ]
    broken += [_untrue(one) for one in outcome.proofs if not one.holds and not one.told]
    judged = any(one.limit is not None for one in outcome.measurements)
    judged = judged or any(not one.told for one in outcome.proofs)
    if not judged:
        return unmeasured(criterion, "nothing was measured that could be judged")
    state = State.FAILED if broken else State.PASSED
    return Result(criterion.id, criterion.title, criterion.statement, state, tuple(broken), outcome)


def unmeasured(criterion: Criterion, why: str) -> Result:
    """The result of a criterion that could not be measured."""
    return Result(criterion.id, criterion.title, criterion.statement, State.NOT_MEASURED, (why,))


def failed(criterion: Criterion, why: str) -> Result:
    """The result of a criterion whose measurement broke off by a fault of the app."""
    return Result(criterion.id, criterion.title, criterion.statement, State.FAILED, (why,))


def percentile(samples: tuple[float, ...], percent: float) -> float:
    """The nearest-rank percentile."""
    ranked = sorted(samples)
    return ranked[max(0, math.ceil(percent / 100 * len(ranked)) - 1)]


def shown(value: float | None, unit: Unit) -> str:
    """A figure as a person reads it."""
    if value is None:
        return "-"
    if unit == "bytes":
        return f"{value / MB:.0f} MB" if value >= MB else f"{value / 1000:.0f} kB"
    if unit == "count":
        return f"{value:g}"
    if value < 1:
        return f"{value * 1000:.0f} ms" if value >= 0.0095 else f"{value * 1000:.1f} ms"
    return f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def _untrue(proof: Proof) -> str:
    return f"not so: {proof.statement}" + (f" ({proof.seen})" if proof.seen else "")
