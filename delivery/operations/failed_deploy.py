"""What follows a deploy that failed: all that it changed together goes back, and one error tells it all."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from delivery.cluster import Cluster
from delivery.errors import (
    Course,
    DeliveryError,
    DeployError,
    DeployFailed,
    DeployFailedRolledBack,
    EnvironmentFault,
    Interrupted,
)
from delivery.operations.explained import Explained, ask_model, explain_failures
from delivery.parallel import run_all
from delivery.release import helm
from delivery.release.lock import Held
from delivery.release.plan import ReleasePlan
from delivery.release.record import Entry, now
from delivery.rollback import go_back_to_first, of_record
from delivery.rollout import Clock
from delivery.session import Session

_FIX = "mend that, then run ./inv deploy.all"


class Abandoned(DeliveryError):
    """A release that is not waited for any more: another one failed, and both go back."""


class Attempts:
    """What a deploy has changed so far, and what of it failed; its threads share it. `run` is its time."""

    def __init__(self, *, rollback: bool) -> None:
        self.rollback = rollback
        self.run = now()
        self.applied: list[ReleasePlan] = []
        self.failures: dict[str, DeliveryError] = {}
        self._changed_and_failed = threading.Event()

    def fail(self, plan: ReleasePlan, error: DeliveryError) -> None:
        """A release failed. Where changes go back because of it, the others that can are not waited for."""
        self.failures[plan.service.name] = error
        if self.rollback and takes_back(self.applied, self.failures):
            self._changed_and_failed.set()

    def clock(self, plan: ReleasePlan) -> Clock:
        """The clock of a release's watch."""
        return _Clock(self._changed_and_failed) if self.goes_back(plan) else time

    def goes_back(self, plan: ReleasePlan) -> bool:
        """Whether a change of this release is taken back once any change of the same deploy failed.

        A database is left alone, unless it is what failed: its data went on.
        """
        own = takes_back([plan], self.failures)
        wanted = self.rollback and plan.action.changes_what_was and bool(plan.record.entries)
        return wanted and (own or not plan.service.embedded)

    def going_back(self) -> list[ReleasePlan]:
        """What is taken back now."""
        over = takes_back(self.applied, self.failures)
        return [plan for plan in self.applied if over and self.goes_back(plan)]


def takes_back(applied: Sequence[ReleasePlan], failures: Mapping[str, DeliveryError]) -> bool:
    """Pure: whether what was changed goes back, and so whether others are still waited for.

    Only where a change itself failed: what the environment broke off says nothing against a change.
    """
    return any(isinstance(failures.get(plan.service.name), DeployFailed) for plan in applied)


class _Clock:
    """Real time, until there is no use in waiting."""

    def __init__(self, over: threading.Event) -> None:
        self._over = over

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        if self._over.wait(seconds):
            raise Abandoned("another release of this deploy failed")


@dataclass(frozen=True)
class Way:
    """How going back went for one release: where it is now, or why it is not."""

    name: str
    back: Entry | None = None
    trouble: str = ""
    took_s: float = 0.0

    def __str__(self) -> str:
        if self.back:
            return (
                f"{self.name} is back at what revision {self.back.origin} was"
                f" (revision {self.back.revision} now), verified"
            )
        return self.trouble


def internal(name: str, error: Exception) -> DeliveryError:
    """What an error of our own is to a release: it may be changed, and nothing proves that it serves.

    One of the system, such as a full disk, says nothing against the release.
    """
    if isinstance(error, OSError):
        return EnvironmentFault(f"{name} was not deployed to its end", str(error), "run ./inv deploy.all")
    return DeployFailed(
        f"{name} was not deployed to its end: internal error",
        f"{type(error).__name__}: {error}",
        "run again with --verbose, report it",
    )


def settle(session: Session, cluster: Cluster, held: Held, attempts: Attempts) -> NoReturn:
    """Take back what a failed deploy changed, and raise.

    DeployFailedRolledBack where all of it is proven to serve as before, else DeployFailed; the failure itself
    where it was not the deploy's but the environment's.
    """
    failed = attempts.failures
    if not any(isinstance(error, DeployFailed) for error in failed.values()):
        left = [Way(name, trouble=_why_left(name, attempts)) for name in failed]
        raise told(list(failed.values()), left, type(next(iter(failed.values()))))
    # From the evidence alone, in milliseconds: going back waits for nobody's explanation.
    explained, story = explain_failures(session, failed), ask_model(session, failed)
    jobs = {
        one.service.name: partial(_way_back, session, cluster, held, one) for one in attempts.going_back()
    }
    ways = run_all(session.door, jobs)
    stuck = [Way(name, trouble=_why_left(name, attempts)) for name in failed if name not in ways]
    every = [*ways.values(), *stuck]
    proven = all(way.back for way in every)
    kind = DeployFailedRolledBack if proven else DeployFailed
    explained = replace(explained, words=story.text() if story else "")
    raise told(list(failed.values()), every, kind, explained)


def _why_left(name: str, attempts: Attempts) -> str:
    if not attempts.rollback:
        return f"{name} is left as it is: rollback is off"
    if all(plan.service.name != name for plan in attempts.applied):
        return f"{name} is left as it is: this deploy did not change it"
    if not isinstance(attempts.failures.get(name), DeployFailed):
        return f"{name} was changed and is not verified: nothing says that the change is bad, so it stays"
    return f"nothing to go back to: no revision of {name} was verified yet; it is left for you to look at"


def _way_back(session: Session, cluster: Cluster, held: Held, plan: ReleasePlan) -> Way:
    """Back to the newest verified revision for which all is there."""
    name, began = plan.service.name, time.monotonic()
    try:
        kept = {one.number for one in helm.history(session, cluster, name)}
        entries = of_record(plan.record, kept)
        back = go_back_to_first(session, cluster, held, plan.service, entries)
        return Way(name, back, took_s=time.monotonic() - began)
    except Interrupted:
        raise
    except DeliveryError as fault:
        return Way(name, trouble=f"{name} is not proven to be back: {fault.what}\n{fault.why}")


def told(
    errors: Sequence[DeliveryError], ways: Sequence[Way], kind: type[DeliveryError],
    explained: Explained | None = None,
) -> DeliveryError:  # fmt: skip
    """One error of all failures, of what explains them, and of what was done about them."""
    explained = explained or Explained()
    what = "; ".join(error.what for error in errors)
    why = [error.why for error in errors if error.why]
    lines = "\n".join([*why, *explained.lines(), *map(str, ways)])
    fix = explained.fix or next((error.fix for error in errors if error.fix), _FIX)
    if not issubclass(kind, DeployError):
        return kind(what, lines, fix)
    course = next((one.course for one in errors if isinstance(one, DeployError)), Course())
    return kind(what, lines, fix, replace(course, back_s=max((way.took_s for way in ways), default=0.0)))
