"""One release back to a verified revision: restored, rolled back, watched, asked, compared, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from delivery.cluster import Cluster
from delivery.console import Step
from delivery.errors import DeployFailed
from delivery.release import helm
from delivery.release.live import differing, live_spec
from delivery.release.lock import Held
from delivery.release.record import Entry, now, write_record
from delivery.release.state import read_state
from delivery.release.verify import look_before, verify
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
    step.note(f"helm rollback to revision {entry.revision}")
    helm.rollback(session, cluster, service.name, entry.revision)
    verify(session, cluster, service, watched, step)
    live = live_spec(session, cluster, service.name)
    _ensure_same(service, entry, differing(entry.spec, live))
    state = read_state(session, cluster)
    revision = state.releases[service.name].revision
    back = replace(entry, revision=revision, restores=entry.origin, verified_at=now(), spec=live)
    held.ensure()
    write_record(session, cluster, state.record(service.name).with_entry(back))
    step.detail = f"revision {revision} is what revision {entry.origin} was, verified"
    return back


def _ensure_same(service: Service, entry: Entry, differ: tuple[str, ...]) -> None:
    if differ:
        raise DeployFailed(
            f"{service.name} serves again, but not as revision {entry.revision} was verified",
            f"somebody changed these beside helm, and it is still so: {', '.join(differ)}",
            f"take the edits back (`helm get manifest {service.name}` says what should be) and deploy again",
        )
