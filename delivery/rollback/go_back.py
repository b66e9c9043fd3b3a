"""One release back to a verified revision: restored, rolled back, watched, asked, compared, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from delivery.cluster import Cluster
from delivery.console import Step
from delivery.errors import DeployFailed
from delivery.release import helm
from delivery.release.drift import Drift
from delivery.release.drift_facts import drift_now
from delivery.release.live import differing, live_spec
from delivery.release.lock import Held
from delivery.release.record import Entry, now, write_record
from delivery.release.state import read_state
from delivery.release.take_over import take_over_edits
from delivery.release.verify import look_before, verify, while_applying
from delivery.rollback.restore import CannotRestore, restore
from delivery.session import Session
from delivery.settings import Service


def go_back_to_first(
    session: Session, cluster: Cluster, held: Held, service: Service, entries: Sequence[Entry]
) -> Entry:
    """Go back to the first of these revisions for which all is there.

    Raises CannotRestore where there is none, DeployFailed where what came back does not serve.
    """
    gone = CannotRestore(f"helm keeps no verified revision of {service.name}", "", "./inv rollback.history")
    for entry in entries:
        try:
            with session.console.step(f"Roll back {service.name}") as step:
                return go_back(session, cluster, held, service, entry, step)
        except CannotRestore as fault:
            session.console.warn(f"{fault.what}: {fault.why}")
            gone = fault
    raise gone


def go_back(
    session: Session, cluster: Cluster, held: Held, service: Service, entry: Entry, step: Step
) -> Entry:  # fmt: skip
    """Go back to a verified revision, and return the new one that is the same.

    Raises CannotRestore before anything is changed, DeployFailed where what came back does not serve.
    """
    step.note(f"image and Secret of revision {entry.revision}")
    entry = restore(session, cluster, service, entry)
    watched = look_before(session, cluster, service)
    held.ensure()
    take_over_edits(session, cluster, drift_now(session, cluster, service.name))
    step.note(f"helm rollback to revision {entry.revision}")
    meanwhile = while_applying(session, cluster, service, watched, step)
    helm.rollback(session, cluster, service.name, entry.revision, meanwhile)
    verify(session, cluster, service, watched, step)
    live = live_spec(session, cluster, service.name)
    _ensure_same(
        session, service, entry, drift_now(session, cluster, service.name), differing(entry.spec, live)
    )
    state = read_state(session, cluster)
    revision = state.releases[service.name].revision
    back = replace(entry, revision=revision, restores=entry.origin, verified_at=now(), spec=live)
    held.ensure()
    write_record(session, cluster, state.record(service.name).with_entry(back))
    step.detail = f"revision {revision} is what revision {entry.origin} was, verified"
    return back


def _ensure_same(
    session: Session, service: Service, entry: Entry, drift: Drift, differ: tuple[str, ...]
) -> None:
    """What helm names must be so again. What other controllers put beside it is theirs, and is only told.

    `differ` are objects whose digests are not those of the record; they decide where drift can't be told.
    """
    wrong = [one.line() for one in drift.named()] or (differ if drift.unknown else ())
    if wrong:
        raise DeployFailed(
            f"{service.name} serves again, but not as revision {entry.revision} was verified",
            "somebody changes these beside helm, and it is still so:\n" + "\n".join(wrong),
            "find out who does (./inv deploy.plan names the manager), then run ./inv deploy.all",
        )
    for one in drift.foreign():
        session.console.warn(f"{one.manager}'s own, it stays: {one.line()}")
    if differ and not drift.foreign():
        session.console.warn(
            f"{service.name}: beside what the chart names, {', '.join(differ)} differ from how revision"
            f" {entry.revision} was verified"
        )
