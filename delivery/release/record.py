"""The record of verified revisions: a ConfigMap per release.

revision → image, its ID, Secret, digest of chart and values, when it was verified. A rollback goes by it,
and so does pruning.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from delivery.cluster import Cluster
from delivery.release.helm import HISTORY_MAX
from delivery.secret.data import owner_labels
from delivery.session import Session

SUFFIX = "-record"


@dataclass(frozen=True)
class Entry:
    """One revision that was proven to serve.

    `spec` holds digests of its objects as they were then. `restores` is the earlier revision that this one is
    the same as, brought back or mended, else 0. `run` is the deploy that made it first, by its time.
    """

    revision: int
    image: str
    image_id: str
    secret: str
    digest: str
    verified_at: str = ""
    spec: Mapping[str, str] = field(default_factory=dict)
    restores: int = 0
    run: str = ""

    @property
    def origin(self) -> int:
        """The revision that was deployed first with what this one is."""
        return self.restores or self.revision


@dataclass(frozen=True)
class Record:
    """The verified revisions of a release, oldest first."""

    release: str
    entries: tuple[Entry, ...] = ()

    def newest(self) -> Entry | None:
        """The last revision that was verified."""
        return self.entries[-1] if self.entries else None

    def descended(self, entry: Entry) -> Entry:
        """The entry as it came about: one that is what the newest was, has its origin and its deploy.

        A mended or newly looked at revision changed nothing that one could go back from.
        """
        newest = self.newest()
        if newest is None or newest.digest != entry.digest:
            return entry
        restores = newest.origin if newest.origin != entry.revision else 0
        return replace(entry, restores=restores, run=newest.run)

    def with_entry(self, entry: Entry) -> Record:
        """The record with one more revision, and no more of them than helm keeps.

        Revisions only grow, so one at or above the new one is of a release that was uninstalled since.
        """
        kept = [old for old in self.entries if old.revision < entry.revision]
        return replace(self, entries=(*kept, entry)[-HISTORY_MAX:])


def parse_record(release: str, config_map: Mapping[str, Any]) -> Record:
    """A record from its ConfigMap; entries that this version can't read are left out."""
    entries = []
    for text in (config_map.get("data") or {}).values():
        try:
            entries.append(Entry(**json.loads(text)))
        except (ValueError, TypeError):
            continue
    return Record(release, tuple(sorted(entries, key=lambda entry: entry.revision)))


def parse_records(config_maps: Sequence[Mapping[str, Any]]) -> dict[str, Record]:
    """All records among the ConfigMaps of a namespace, by release."""
    names = [(one["metadata"]["name"], one) for one in config_maps]
    return {
        name.removesuffix(SUFFIX): parse_record(name.removesuffix(SUFFIX), one)
        for name, one in names
        if name.endswith(SUFFIX)
    }


def remove_record(session: Session, cluster: Cluster, release: str) -> None:
    """Forget a release that is no more."""
    argv = cluster.kubectl(
        "delete", "configmap", release + SUFFIX, "--namespace", session.settings.namespace,
        "--ignore-not-found",
    )  # fmt: skip
    session.door.mutate(argv)


def write_record(session: Session, cluster: Cluster, record: Record) -> None:
    """Put the record into the cluster."""
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": record.release + SUFFIX,
            "namespace": session.settings.namespace,
            "labels": owner_labels(record.release),
        },
        "data": {str(entry.revision): json.dumps(asdict(entry)) for entry in record.entries},
    }
    argv = cluster.kubectl("apply", "--server-side", "--force-conflicts", "--filename", "-")
    session.door.mutate(argv, stdin=json.dumps(manifest))


def now() -> str:
    """The time of a record, UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
