"""Runs criteria: those that bear company side by side first, then the timed ones, one at a time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from delivery.console import duration
from delivery.criteria.browser_window import prepare_browser
from delivery.criteria.criterion import Criterion, NotMeasured, Proof, Result, failed, judge, unmeasured
from delivery.criteria.sc008_persistence import CRITERION as PERSISTENCE
from delivery.criteria.sc009_platforms import CRITERION as PLATFORMS
from delivery.criteria.subject import Subject, why_not
from delivery.errors import CheckFailed, DeliveryError, EnvironmentFault, Interrupted, TimedOut, ToolMissing
from delivery.parallel import run_all

Keep = Callable[[Result], None]


class Progress:
    """What has been measured, and what remains; lanes share it."""

    def __init__(self, subject: Subject, criteria: Sequence[Criterion], keep: Keep) -> None:
        self._subject, self._keep = subject, keep
        self._left = {one.id: one for one in criteria}
        self._count = len(criteria)
        self._lock = threading.Lock()

    def done(self, result: Result) -> None:
        """Keep a result and say it, with what remains."""
        with self._lock:
            self._left.pop(result.id, None)
            self._subject.results.append(result)
            self._keep(result)
            left_s = sum(one.expected_s for one in self._left.values())
            rest = (
                f"{len(self._left)} of {self._count} remain, about {duration(left_s)}" if self._left else ""
            )
            words = result.state.value + (f": {result.reasons[0]}" if result.reasons else "")
            self._subject.session.console.note(f"  {result.id} {words}" + (f"   ({rest})" if rest else ""))

    def unmeasured(self, why: str) -> list[Result]:
        """Results for what was never come to."""
        with self._lock:
            return [unmeasured(one, why) for one in self._left.values()]


def measure_all(subject: Subject, criteria: Sequence[Criterion], progress: Progress) -> None:
    """Measure them; `progress` is told of each as soon as it is judged.

    Builds are timed too, so they keep to a lane of their own; beside them goes what is not timed. What
    deletes pods comes behind the timed ones, the platforms last, since they go by all others.
    """
    company = [one for one in criteria if not one.quiet]
    builds = [one for one in company if not one.needs]
    talk = [one for one in company if one.needs]
    last = [one for one in criteria if one in (PERSISTENCE, PLATFORMS)]
    timed = [one for one in criteria if one.quiet and one not in last]
    lanes = {"builds": builds, "logs": talk}
    jobs = {name: _lane(subject, lane, progress) for name, lane in lanes.items() if lane}
    if jobs:
        jobs["browser"] = partial(_prepare, subject, timed)
        run_all(subject.session.door, jobs)
    for criterion in (*timed, *sorted(last, key=lambda one: one is PLATFORMS)):
        progress.done(measure_one(subject, criterion))


def measure_one(subject: Subject, criterion: Criterion) -> Result:
    """One criterion, judged. A fault of the app fails it, what is in the way leaves it unmeasured."""
    began = time.monotonic()
    away = why_not(subject, criterion.needs)
    if away:
        return unmeasured(criterion, away)
    with subject.session.console.step(f"{criterion.id} {criterion.title}", criterion.expected_s):
        result = _measured(subject, criterion)
    return replace(result, duration_s=time.monotonic() - began)


def _measured(subject: Subject, criterion: Criterion) -> Result:
    before = restarts(subject)
    try:
        outcome = criterion.measure(subject)
        ended = [one for one, count in restarts(subject).items() if count > before.get(one, 0)]
    except Interrupted:
        raise
    except (NotMeasured, EnvironmentFault, ToolMissing) as missing:
        return unmeasured(criterion, _told(missing))
    except (CheckFailed, TimedOut) as fault:
        return failed(criterion, _told(fault))
    # A restarted node starts every container anew.
    if criterion.needs and criterion is not PERSISTENCE:
        words = "no container of the app ended meanwhile"
        outcome = replace(outcome, proofs=(*outcome.proofs, Proof(words, not ended, ", ".join(ended))))
    return judge(criterion, outcome)


def restarts(subject: Subject) -> dict[str, int]:
    """How often each container of the namespace was started anew, by pod and container."""
    found = {}
    for pod in subject.objects("pods"):
        for status in pod.get("status", {}).get("containerStatuses", []):
            found[f"{pod['metadata']['name']}/{status['name']}"] = int(status["restartCount"])
    return found


def _prepare(subject: Subject, timed: Sequence[Criterion]) -> None:
    """Have the browser ready before the timed ones; what is in its way they tell themselves."""
    if any(one.browser for one in timed):
        with contextlib.suppress(NotMeasured):
            prepare_browser(subject.session)


def _lane(subject: Subject, lane: Sequence[Criterion], progress: Progress) -> Callable[[], None]:
    def run() -> None:
        for criterion in lane:
            progress.done(measure_one(subject, criterion))

    return run


def _told(error: DeliveryError) -> str:
    return f"{error.what}: {error.why}" if error.why else error.what
