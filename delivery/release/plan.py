"""The plan of a deploy: what each release should be, and what that takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from delivery.cluster import Cluster
from delivery.image import Image
from delivery.release.addresses import filled_in
from delivery.release.drift import Drift
from delivery.release.helm import Release, current_values
from delivery.release.inputs import CA_FILE_NAME, Inputs, ca_entries, release_inputs, secret_of
from delivery.release.record import Record
from delivery.release.small_nodes import small_values
from delivery.release.state import NamespaceState
from delivery.release.values import (
    SecretRef,
    check_values,
    difference,
    merged,
    release_digest,
    service_values,
)
from delivery.secret import SecretData
from delivery.session import Session
from delivery.settings import Service


class Action(Enum):
    """What a release needs."""

    INSTALL = "install"
    UPGRADE = "upgrade"
    MEND = "mend"
    VERIFY = "verify"
    NONE = "nothing"

    @property
    def applies(self) -> bool:
        """Whether helm is called for it."""
        return self in (Action.INSTALL, Action.UPGRADE, Action.MEND)

    @property
    def changes_what_was(self) -> bool:
        """Whether there was something before, which may come back."""
        return self in (Action.UPGRADE, Action.MEND)


@dataclass(frozen=True)
class ReleasePlan:
    """One release as it should be, and the way there."""

    service: Service
    image: Image
    values: Mapping[str, Any]
    secret: SecretData | None
    secret_name: str
    digest: str
    action: Action
    changes: tuple[str, ...]
    record: Record
    drift: Drift = field(default_factory=Drift)


def make_plan(
    session: Session,
    cluster: Cluster | None,
    state: NamespaceState,
    services: Sequence[Service],
    images: Sequence[Image],
) -> tuple[ReleasePlan, ...]:
    """Plans for these services, in their order; `images` holds the image of each, shared ones once.

    Raises InvalidInput naming every fault of the values, before anything is changed.
    """
    inputs = release_inputs(session, cluster)
    by_owner = {image.service: image for image in images}
    return tuple(
        _release_plan(session, cluster, state, (service, by_owner[service.image_owner]), inputs)
        for service in services
    )


def decide(
    release: Release | None, verified_digest: str, digest: str, *, ready: bool, drifted: bool = False
) -> Action:
    """Pure: what a release needs. `verified_digest` is empty unless the newest revision was verified."""
    if release is None:
        return Action.INSTALL
    if verified_digest != digest or release.status == "failed":
        return Action.UPGRADE
    if drifted:
        return Action.MEND
    return Action.NONE if ready else Action.VERIFY


def repairs(release: Release | None) -> tuple[str, ...]:
    """Pure: what a deploy does to a release before anything else."""
    if release is None or not release.stuck:
        return ()
    return (f"first: the release is {release.status} and is repaired",)


def _release_plan(
    session: Session,
    cluster: Cluster | None,
    state: NamespaceState,
    wanted: tuple[Service, Image],
    inputs: Inputs,
) -> ReleasePlan:
    service, image = wanted
    # An embedded service's Secret is made by the kit once, not from the env.
    secret = None if service.name in inputs.embedded else secret_of(session, service, inputs)
    name = inputs.embedded.get(service.name) or (secret.name if secret else "")
    files = dict.fromkeys(ca_entries(session, service, inputs), CA_FILE_NAME)
    reference = SecretRef(name, files) if name else None
    pulled = cluster.pull_reference(image.reference) if cluster else image.reference
    values = service_values(service, pulled, reference, filled_in(service, inputs.addresses, inputs.env))
    if inputs.small:
        values = merged(small_values(service.chart), values)
    check_values(service, values)
    digest = release_digest(service.chart, values)
    release = state.releases.get(service.name)
    record = state.record(service.name)
    newest = record.newest()
    verified = newest.digest if newest and release and newest.revision == release.revision else ""
    drift = state.drift(service.name)
    action = decide(release, verified, digest, ready=state.ready(service.name), drifted=drift.drifted)
    old = current_values(session, cluster, service.name) if cluster and action is Action.UPGRADE else {}
    changes = difference(old, values) if action in (Action.INSTALL, Action.UPGRADE) else ()
    changes = (*repairs(release), *changes)
    return ReleasePlan(service, image, values, secret, name, digest, action, changes, record, drift)
