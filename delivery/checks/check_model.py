"""What a check is: one statement about one thing, and what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from delivery.errors import (
    CheckFailed,
    DeliveryError,
    EnvironmentFault,
    Interrupted,
    InvalidInput,
    ToolMissing,
)
from delivery.session import Session

OK, FAILED, NOT_CHECKED = "ok", "failed", "not checked"
_MARKS = {OK: "✓", FAILED: "✗", NOT_CHECKED: "–"}


@dataclass(frozen=True)
class Check:
    """A statement and whether it holds. `not checked` is no pass: `seen` says why."""

    area: str
    subject: str
    statement: str
    state: str
    seen: str = ""

    def line(self) -> str:
        """The check as a person reads it; what was seen is told where it failed."""
        seen = self.seen if self.state != OK else ""
        first, *more = seen.splitlines() or [""]
        text = f"{_MARKS[self.state]} {self.subject}: {self.statement}" + (f"  ({first})" if first else "")
        return "\n".join([text, *(f"    {line}" for line in more)])


@dataclass(frozen=True)
class Area:
    """One `verify` task: its name and how its checks are made."""

    name: str
    title: str
    checks: Callable[[Session], Sequence[Check]]


def check(area: str, subject: str, statement: str, holds: bool, seen: object = "") -> Check:
    """A check from a yes or no."""
    return Check(area, subject, statement, OK if holds else FAILED, str(seen) if seen else "")


def look(session: Session, areas: Iterable[Area], output: str = "text") -> None:
    """Make the checks of all areas, print them, raise CheckFailed where one does not hold.

    An area that can't be looked at is one check that is not made; the others go on.
    """
    if output not in ("text", "json"):
        raise InvalidInput(f"--output {output}", "", "text or json")
    found: list[Check] = []
    for area in areas:
        with session.console.step(area.title):
            made = _made(session, area)
        found += made
        if output == "text":
            for one in made:
                session.console.line(one.line())
    if output == "json":
        session.console.line(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    bad = [one for one in found if one.state != OK]
    counts: Mapping[str, int] = {state: sum(one.state == state for one in found) for state in _MARKS}
    words = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    if bad:
        names = ", ".join(dict.fromkeys(one.area for one in bad))
        raise CheckFailed(f"checks do not hold: {names}", words, "mend what the lines with ✗ and – name")
    session.console.note(words)


def _made(session: Session, area: Area) -> Sequence[Check]:
    try:
        return area.checks(session)
    except Interrupted:
        raise
    except (EnvironmentFault, ToolMissing) as missing:
        return [Check(area.name, area.name, "can be looked at", NOT_CHECKED, _told(missing))]
    except CheckFailed as fault:
        return [Check(area.name, area.name, "can be looked at", FAILED, _told(fault))]


def _told(error: DeliveryError) -> str:
    return f"{error.what}: {error.why}" if error.why else error.what
