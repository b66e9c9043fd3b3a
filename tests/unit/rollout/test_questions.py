"""What is asked from the cluster: what a finding needs, and nothing else."""

from __future__ import annotations

import pytest

from delivery.rollout.memory import Memory
from delivery.rollout.questions import Questions, questions
from delivery.rollout.verdict import baseline_of
from tests.unit.rollout.builders import Item, event, facts_of, pod, rollout, running, waiting

SPEC = {
    "initContainers": [
        {"name": "migrate", "image": "web:1", "envFrom": [{"secretRef": {"name": "for-migrate"}}]}
    ],
    "volumes": [
        {"name": "files", "secret": {"secretName": "for-files"}},
        {"name": "settings", "configMap": {"name": "settings"}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
    ],
}
APP = {"image": "web:1", "envFrom": [{"secretRef": {"name": "for-app"}}]}


def asked(*items: Item) -> Questions:
    return questions(facts_of(rollout(*items)), Memory())


def web(status: Item | None = None, image: str = "web:1", unschedulable: str = "") -> Item:
    return pod(status, spec=SPEC, container={**APP, "image": image}, unschedulable=unschedulable)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([web(waiting())], Questions()),
        ([web(running())], Questions()),
        ([web(waiting("CreateContainerConfigError", "x"))], Questions(secrets=("for-app",))),
        (
            [web(waiting()), event("FailedMount", "x")],
            Questions(secrets=("for-files",), config_maps=("settings",), claims=True),
        ),
        ([web(unschedulable="Insufficient cpu")], Questions(claims=True, nodes=True)),
        ([web(waiting("ErrImagePull", "x"))], Questions(images=("web:1",))),
        ([web(waiting("ErrImagePull", "x"), image="registry.example.org/web:1")], Questions()),
        ([web(waiting("CrashLoopBackOff"))], Questions()),
    ],
    ids=["it starts", "it runs", "environment", "mount", "no node", "image", "image of a registry", "crash"],
)
def test_only_what_a_finding_needs_is_asked(items: list[Item], expected: Questions) -> None:
    assert asked(*items) == expected


def test_nothing_is_asked_about_a_revision_that_the_controller_has_not_seen() -> None:
    facts = facts_of(rollout(web(unschedulable="Insufficient cpu"), observed=1))
    assert questions(facts, Memory()) == Questions()


def test_an_event_of_before_the_apply_raises_no_question() -> None:
    items = rollout(web(waiting()), event("FailedMount", "x"))
    assert questions(facts_of(items), Memory(baseline_of(facts_of(items)))) == Questions()
