"""What a rollback would change: values, image, Secret, plain configuration."""

from __future__ import annotations

from collections.abc import Iterator

from delivery.cluster import Cluster
from delivery.release import helm
from delivery.release.record import Entry
from delivery.release.values import difference
from delivery.rollback.restore import missing_parts
from delivery.session import Session
from delivery.settings import Service


def preview(session: Session, cluster: Cluster, service: Service, entry: Entry) -> Iterator[str]:
    """A line per difference between what runs and the revision: image, Secret name and config are values."""
    now = helm.current_values(session, cluster, service.name)
    then = helm.current_values(session, cluster, service.name, entry.revision)
    yield f"{service.name} → revision {entry.revision}, verified {entry.verified_at or 'at an unknown time'}"
    changes = difference(now, then)
    yield from (f"    {line}" for line in changes or ("the same values; other files of the chart differ",))
    for part in missing_parts(session, cluster, entry):
        yield f"    {part} is gone and would be made again first"
