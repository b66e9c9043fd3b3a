"""How a rehearsal went, for a person and for a program. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from delivery.errors import Course


@dataclass(frozen=True)
class Check:
    """One thing that was promised, whether it was kept, and what was seen."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Rehearsal:
    """One fault, from its apply to what served afterwards."""

    scenario: str
    title: str
    course: Course
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether all promises were kept."""
        return all(one.passed for one in self.checks)


def rehearsal_lines(done: Rehearsal) -> Iterator[str]:
    """Line by line, with the seconds of each part."""
    yield f"Rehearsal {done.scenario}: {done.title}"
    for one in done.checks:
        yield f"  {'✓' if one.passed else '✗'} {one.name:<24} {one.detail}"
    course = done.course
    yield (
        f"  verdict {course.verdict_s:.1f} s, evidence {course.evidence_s:.1f} s,"
        f" rolled back and proven {course.back_s:.1f} s"
    )


def rehearsal_json(done: Rehearsal) -> dict[str, Any]:
    """The same as a document; its form is in schemas/rehearsal.schema.json."""
    course = done.course
    return {
        "scenario": done.scenario,
        "title": done.title,
        "passed": done.passed,
        "code": course.code or None,
        "evidence": course.evidence or None,
        "seconds": {
            "verdict": round(course.verdict_s, 1),
            "evidence": round(course.evidence_s, 1),
            "rollback": round(course.back_s, 1),
        },
        "checks": [asdict(one) for one in done.checks],
    }
