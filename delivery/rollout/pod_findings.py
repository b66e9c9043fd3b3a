"""Findings on one pod: its node, its volumes, its sandbox, and its containers. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from delivery.rollout.container_findings import absence, container_findings
from delivery.rollout.findings import Finding, Sight
from delivery.rollout.objects import PodFacts
from delivery.rollout.scheduling import keeping_away_now, no_node_fits
from delivery.rollout.table import BY_CODE, MOUNT, Place, row_for

_PENDING = "Pending"
_BEYOND_MOUNT = ("Pulling", "Pulled", "Created", "Started")


def pod_findings(sight: Sight) -> Iterator[Finding]:
    """All findings on a pod, those that come first in its life first."""
    if sight.pod.unschedulable:
        yield _unschedulable(sight)
        return
    if not has_its_volumes(sight.pod):
        yield from _volumes(sight)
        yield from _told(sight, "FailedCreatePodSandBox")
    for container in sight.pod.containers:
        yield from container_findings(sight, container)


def has_its_volumes(pod: PodFacts) -> bool:
    """Whether the kubelet got beyond mounting: events of a mount that failed before it stay for an hour."""
    begun = any(one.state != "waiting" or one.ended or one.image_id for one in pod.containers)
    return begun or pod.sandbox or any(one.reason in _BEYOND_MOUNT for one in pod.events)


def mount_trouble(sight: Sight) -> str:
    """The last words on a volume that can't be mounted, or an empty string."""
    if has_its_volumes(sight.pod):
        return ""
    events = sight.new_events(*MOUNT.split())
    return max(events, key=lambda one: one.last_at).message if events else ""


def _volumes(sight: Sight) -> Iterator[Finding]:
    words = mount_trouble(sight)
    row = row_for(Place.EVENT, MOUNT.split()[0], words) if words else None
    if row is None:
        return
    own = tuple(one for one in sight.pod.references if one.volume)
    asked = absence(sight, own, words, "") if row.grace_s else None
    yield asked or _claim_missing(sight, words) or sight.finding(row, words)


def _claim_missing(sight: Sight, words: str) -> Finding | None:
    known = sight.facts.answers.claims
    for name in sight.pod.claims if known is not None else ():
        if name not in (known or {}):
            return sight.finding(BY_CODE["PVC_MISSING"], words, name=name)
    return None


def _told(sight: Sight, *reasons: str) -> Iterator[Finding]:
    for event in sight.new_events(*reasons)[-1:]:
        row = row_for(Place.EVENT, event.reason, event.message)
        if row:
            yield sight.finding(row, event.message)


def _unschedulable(sight: Sight) -> Finding:
    words = sight.pod.unschedulable
    for scaling in _told(sight, "TriggeredScaleUp", "Nominated"):
        return scaling
    missing = _claim_missing(sight, words)
    if missing:
        return missing
    nodes = sight.facts.answers.nodes or ()
    hopeless = no_node_fits(sight.pod.placement, nodes)
    if hopeless:
        return sight.finding(BY_CODE["NO_NODE_FITS"], f"{hopeless}\n{words}")
    row = row_for(Place.SCHEDULING, "Unschedulable", words) or BY_CODE["UNSCHEDULABLE"]
    if row.code == "UNSCHEDULABLE" and sight.workload.leaving:
        row = BY_CODE["ROOM_SOON"]
    unwell = keeping_away_now(sight.pod.placement, nodes)
    return sight.finding(row, f"{unwell}\n{words}" if unwell else words)
