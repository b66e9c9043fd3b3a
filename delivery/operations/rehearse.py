"""A rehearsal: a fault is deployed on purpose, by the same code as any deploy, and must be taken back."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from delivery.cluster import Cluster
from delivery.errors import (
    CheckFailed,
    Course,
    DeliveryError,
    DeployFailed,
    DeployFailedRolledBack,
    Interrupted,
    InvalidInput,
)
from delivery.image import Image, ensure_on_nodes
from delivery.operations.deploy import deploy
from delivery.operations.plan_report import plan_lines, plan_of_all
from delivery.operations.rehearsal_faults import FAULTS, Fault, build_buggy, remove_buggy
from delivery.operations.rehearsal_report import Check, Rehearsal, rehearsal_json, rehearsal_lines
from delivery.operations.report import check_output
from delivery.paths import ROOT
from delivery.release.access import connect_to_change, way_in
from delivery.release.drift_facts import with_drift
from delivery.release.live import differing, live_spec
from delivery.release.record import Entry
from delivery.release.state import read_state
from delivery.release.values import merged
from delivery.rollout import probe
from delivery.session import Session

_STAYS = "the fault may still be deployed: ./inv deploy.all"


@dataclass(frozen=True)
class _Before:
    """What served before: it must be so again."""

    entry: Entry
    live: Mapping[str, str]


def rehearse(session: Session, scenario: str, output: str = "text") -> None:
    """Deploy a fault on purpose, see it found and taken back, and print how that went.

    Raises InvalidInput for an unknown scenario, for a cluster that this kit did not make, and where the app
    is not as it should be; CheckFailed where the rehearsal did not go as promised.
    """
    check_output(output)
    fault = _fault(scenario)
    cluster = connect_to_change(session)
    _ensure_ours(cluster)
    _ensure_well(session)
    before = _before(session, cluster, fault)
    with _beside(session, output), _faulty(session, cluster, fault, before) as faulty:
        if session.dry_run:
            deploy(faulty, [fault.service])
            return
        with never_left(session, partial(deploy, session, [fault.service])):
            caught = _deployed(faulty, fault)
            checks = _checks(session, cluster, fault, before, caught)
            done = Rehearsal(scenario, fault.title, caught.course, checks)
            _make_well(session, fault, done, caught)
    if output == "json":
        session.console.line(json.dumps(rehearsal_json(done), indent=2))
    else:
        for line in rehearsal_lines(done):
            session.console.line(line)
    if not done.passed:
        raise CheckFailed(
            f"the rehearsal of {scenario} did not go as promised", str(caught.error or ""), "./inv deploy.all"
        )


def _beside(session: Session, output: str) -> contextlib.AbstractContextManager[None]:
    """A deploy's own lines are no part of a document."""
    return session.console.answer_beside() if output == "json" else contextlib.nullcontext()


@dataclass(frozen=True)
class _Caught:
    """How the faulty deploy ended; `error` is None where it was called a success."""

    error: DeployFailed | DeployFailedRolledBack | None = None

    @property
    def course(self) -> Course:
        return self.error.course if self.error else Course()


def _fault(scenario: str) -> Fault:
    if scenario not in FAULTS:
        raise InvalidInput(f"no scenario {scenario or '(none)'}", "", f"--scenario {' | '.join(FAULTS)}")
    return FAULTS[scenario]


def _ensure_ours(cluster: Cluster) -> None:
    """Also a context that was named is refused: nobody breaks somebody else's cluster on purpose."""
    if not cluster.owned:
        raise InvalidInput(
            f"a rehearsal breaks the app on purpose, and context {cluster.context} is not this kit's own",
            "only a cluster that this kit made may be rehearsed on",
            "./inv deploy.all --cluster rehearsal --yes, then ./inv rollback.rehearse --cluster rehearsal",
        )


def _ensure_well(session: Session) -> None:
    """Only what is verified and not drifted can be as it was afterwards."""
    plan = plan_of_all(session)
    if plan.differs:
        raise InvalidInput(
            "the app is not as it should be, so nothing can be rehearsed", "\n".join(plan_lines(plan)),
            "./inv deploy.all",
        )  # fmt: skip


def _before(session: Session, cluster: Cluster, fault: Fault) -> _Before:
    entry = read_state(session, cluster).record(fault.service).newest()
    if entry is None:
        raise InvalidInput(f"{fault.service} is not deployed", "", "./inv deploy.all")
    return _Before(entry, live_spec(session, cluster, fault.service))


@contextlib.contextmanager
def _faulty(session: Session, cluster: Cluster, fault: Fault, before: _Before) -> Iterator[Session]:
    """The session of a deploy that brings the fault about; its image is there while the block runs."""
    service = session.settings.services[fault.service]
    broken = replace(service, values=merged(service.values, fault.values))
    services = {**session.settings.services, fault.service: broken}
    faulty = replace(session, settings=replace(session.settings, services=services, rollback=True))
    if not fault.image or session.dry_run:
        yield faulty
        return
    image = build_buggy(session, before.entry.image)
    with image_of_fault(session, cluster, image):
        yield faulty


@contextlib.contextmanager
def image_of_fault(session: Session, cluster: Cluster, image: Image) -> Iterator[None]:
    """The faulty image is on the nodes while the block runs; where the fault stays, so does its image."""
    try:
        ensure_on_nodes(session, cluster, image)
        yield
    except (KeyboardInterrupt, Interrupted, FaultStays):
        raise  # its pods may still use it
    except BaseException:
        _remove_image(session, cluster, image)
        raise
    _remove_image(session, cluster, image)


def _remove_image(session: Session, cluster: Cluster, image: Image) -> None:
    cluster.remove_image(image.reference)
    remove_buggy(session, image)


def _deployed(session: Session, fault: Fault) -> _Caught:
    try:
        deploy(session, [fault.service])
    except (DeployFailed, DeployFailedRolledBack) as error:
        return _Caught(error)
    return _Caught()


def _checks(
    session: Session, cluster: Cluster, fault: Fault, before: _Before, caught: _Caught
) -> tuple[Check, ...]:
    name, course = fault.service, caught.course
    state = with_drift(session, cluster, read_state(session, cluster))
    newest, release = state.record(name).newest(), state.releases.get(name)
    verified = bool(newest and release and newest.revision == release.revision and state.ready(name))
    origin = newest.origin if newest else 0
    back = isinstance(caught.error, DeployFailedRolledBack) and origin == before.entry.origin and verified
    answer = _asked(session, cluster, fault)
    differ = differing(before.live, live_spec(session, cluster, name)) or tuple(
        one.line() for one in state.drift(name).differences
    )
    where = f"revision {newest.revision} is what revision {origin} was" if newest else "no revision"
    return (
        Check("the fault was found", course.code in fault.codes, _found(caught)),
        Check("the evidence names it", _told(course, fault), course.evidence or "none was saved"),
        Check("rolled back and proven", back, f"{where}, in {course.back_s:.1f} s"),
        Check("the old version serves", not answer, answer or _page(session, fault)),
        Check("all is as it was", not differ, ", ".join(differ) or "image, Secret, configuration, objects"),
    )


def _found(caught: _Caught) -> str:
    if caught.error is None:
        return "no: the deploy was called a success"
    return f"{caught.course.code or caught.error.what}, {caught.course.verdict_s:.1f} s after the apply"


def _told(course: Course, fault: Fault) -> bool:
    folder = ROOT / course.evidence if course.evidence else None
    return bool(folder) and any(fault.words in one.read_text() for one in Path(str(folder)).iterdir())


def _page(session: Session, fault: Fault) -> str:
    return f"GET {session.settings.services[fault.service].health_path} through its Service"


def _asked(session: Session, cluster: Cluster, fault: Fault) -> str:
    service = session.settings.services[fault.service]
    with way_in(session, cluster, service) as base:
        return probe(base + service.health_path)


def _make_well(session: Session, fault: Fault, done: Rehearsal, caught: _Caught) -> None:
    """A fault that was not found, or not taken back, is not left there."""
    if done.passed or isinstance(caught.error, DeployFailedRolledBack):
        return
    session.console.warn("the fault is still there: deploying what was there before")
    deploy(session, [fault.service])


@contextlib.contextmanager
def never_left(session: Session, make_well: Callable[[], None]) -> Iterator[None]:
    """Where the block is broken off by anything but its verdict, the fault goes, or it is said that it stays.

    Raises what broke it off, and FaultStays where `make_well` could not take the fault back either.
    """
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        session.console.warn(f"the rehearsal was broken off: {_STAYS}")
        raise
    except DeliveryError as error:
        session.console.warn(f"{error.what}: deploying what was there before the rehearsal")
        _or_stays(session, make_well, error)
        raise


def _or_stays(session: Session, make_well: Callable[[], None], broken: DeliveryError) -> None:
    try:
        make_well()
    except (KeyboardInterrupt, Interrupted):
        session.console.warn(f"the rehearsal was broken off: {_STAYS}")
        raise
    except DeliveryError as again:
        raise FaultStays(broken, again) from broken


class FaultStays(DeliveryError):
    """A fault that was deployed on purpose and could not be taken back; it ends as what broke it off."""

    def __init__(self, broken: DeliveryError, again: DeliveryError) -> None:
        super().__init__(broken.what, f"{broken.why}\n{again.what}\n{again.why}".strip(), _STAYS)
        self.exit_code = broken.exit_code
