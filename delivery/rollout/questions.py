"""What must be asked from the cluster for a verdict: only what a finding needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from delivery.rollout.container_findings import config_trouble, has_registry, pull_trouble
from delivery.rollout.findings import Sight
from delivery.rollout.memory import Memory
from delivery.rollout.objects import Reference, RolloutFacts
from delivery.rollout.pod_findings import mount_trouble
from delivery.rollout.policy import DEFAULT_POLICY


@dataclass(frozen=True)
class Questions:
    """Secrets and ConfigMaps whose keys matter, images to look for, whether claims and nodes matter."""

    secrets: tuple[str, ...] = ()
    config_maps: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    claims: bool = False
    nodes: bool = False


def questions(facts: RolloutFacts, memory: Memory) -> Questions:
    """The questions that the facts raise; none while all goes well."""
    sights = [
        Sight(facts, workload, pod, DEFAULT_POLICY, memory)
        for workload in facts.workloads
        if workload.observed and workload.known
        for pod in workload.pods
    ]
    references = [one for sight in sights for one in _references(sight)]
    homeless = [sight for sight in sights if sight.pod.unschedulable]
    return Questions(
        secrets=_names(references, "Secret"),
        config_maps=_names(references, "ConfigMap"),
        images=tuple(dict.fromkeys(image for sight in sights for image in _images(sight))),
        claims=any(sight.pod.claims and (sight in homeless or mount_trouble(sight)) for sight in sights),
        nodes=bool(homeless),
    )


def _names(references: list[Reference], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in references if one.kind == kind))


def _references(sight: Sight) -> Iterator[Reference]:
    troubled = {one.name for one in sight.pod.containers if config_trouble(sight, one)}
    volumes = bool(mount_trouble(sight))
    for reference in sight.pod.references:
        if reference.container in troubled or (volumes and reference.volume):
            yield reference


def _images(sight: Sight) -> Iterator[str]:
    for container in sight.pod.containers:
        if pull_trouble(sight, container) and not has_registry(container.image):
            yield container.image
