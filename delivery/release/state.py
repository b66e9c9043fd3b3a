"""What is in the namespace now: releases, records, rollouts; one call of kubectl, one of helm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.cluster import Cluster
from delivery.labels import INSTANCE_LABEL, MANAGED_BY_LABEL
from delivery.release.drift import Drift
from delivery.release.helm import Release, releases
from delivery.release.record import Record, parse_records
from delivery.rollout import RolloutFacts, RolloutState, glance
from delivery.rollout.facts import KINDS, parse_facts
from delivery.secret.data import MANAGED_BY
from delivery.session import Session


@dataclass(frozen=True)
class NamespaceState:
    """Releases, their records and their rollouts by name; all empty where there is no cluster yet.

    `drifts` is filled by those who look for drift.
    """

    releases: Mapping[str, Release] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    rollouts: Mapping[str, RolloutFacts] = field(default_factory=dict)
    drifts: Mapping[str, Drift] = field(default_factory=dict)

    def record(self, release: str) -> Record:
        """The record of a release; empty where there is none, or where it is of a former life.

        Helm counts from 1 again after an uninstall: a record beyond the release's revision is not its own.
        """
        record, there = self.records.get(release, Record(release)), self.releases.get(release)
        newest = record.newest()
        if there is None or (newest and newest.revision > there.revision):
            return Record(release)
        return record

    def drift(self, release: str) -> Drift:
        """What drifted of a release; nothing where nobody looked."""
        return self.drifts.get(release, Drift())

    def ready(self, release: str) -> bool:
        """Whether the release's workload serves in full."""
        return release in self.rollouts and glance(self.rollouts[release]).state is RolloutState.READY

    def answers(self, release: str) -> bool:
        """Whether it serves in full and has a pod: one that was scaled to nothing is complete, and away."""
        return self.ready(release) and any(pod.ready for pod in self.rollouts[release].pods)


def read_state(session: Session, cluster: Cluster) -> NamespaceState:
    """The state of our namespace; one that doesn't exist is empty."""
    argv = cluster.kubectl(
        "get", f"{KINDS},configmaps", "--namespace", session.settings.namespace, "-o", "json"
    )
    items = json.loads(session.door.read(argv).stdout)["items"]
    return NamespaceState(
        releases=releases(session, cluster),
        records=our_records(items),
        rollouts=parse_rollouts(items),
    )


def our_records(items: Sequence[Mapping[str, Any]]) -> dict[str, Record]:
    """The records among the objects of a namespace; a ConfigMap without our label is somebody else's."""
    maps = [item for item in items if item["kind"] == "ConfigMap"]
    return parse_records(
        [one for one in maps if one["metadata"].get("labels", {}).get(MANAGED_BY_LABEL) == MANAGED_BY]
    )


def parse_rollouts(items: Sequence[Mapping[str, Any]]) -> dict[str, RolloutFacts]:
    """The rollouts among the objects of a namespace, by release."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        release = item["metadata"].get("labels", {}).get(INSTANCE_LABEL)
        if release:
            groups.setdefault(release, []).append(item)
    facts = {release: parse_facts(group) for release, group in groups.items()}
    return {release: one for release, one in facts.items() if one}
