"""Snapshots of recorded namespaces: what a look at that cluster gave, through the kit's own parsers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from delivery.ai.answer import Finding
from delivery.ai.collect import KINDS, with_answers
from delivery.ai.rules import Topic, findings
from delivery.ai.snapshot import Item, Snapshot, Uses, latest
from delivery.ai.usage import parse_summary, parse_throttling
from delivery.paths import ROOT
from delivery.release.helm import parse_releases
from delivery.release.state import our_records
from delivery.rollout.answers import parse_keys
from delivery.rollout.objects import RolloutFacts
from tests.unit.rollout.recordings import LAB, NAMES, recording

FOLDER = ROOT / "tests" / "data" / "ai"
SERVICES = ("database", "demo-model", "backend", "frontend")
NAMESPACES = {"broken": "broken"}


@cache
def recorded(name: str) -> Snapshot:
    """A namespace of tests/data/ai."""
    with gzip.open(FOLDER / f"{name}.json.gz", "rt", encoding="utf-8") as packed:
        document = json.load(packed)
    return parsed(document, NAMESPACES.get(name, "todo"))


def parsed(document: Mapping[str, Any], namespace: str) -> Snapshot:
    items = document["items"]
    lines = [line for line in document["secrets"].splitlines() if line.strip()]
    uses = parse_summary(document["summary"], namespace)
    throttling = parse_throttling(document["cadvisor"], namespace)
    snapshot = Snapshot(
        namespace=namespace,
        items=tuple(items),
        secrets={line.split()[0]: parse_keys(line) or frozenset() for line in lines},
        nodes=tuple(document["nodes"]),
        labels=document["labels"],
        uses=Uses(uses, "the kubelet", 0.0, throttling),
        releases=parse_releases(document["releases"]),
        records=our_records(items),
        logs={(key.split("/")[0], key.split("/")[1]): text for key, text in document["logs"].items()},
        services=SERVICES,
        now=latest(items),
        listed=frozenset(KINDS.split(",")),
    )
    return replace(snapshot, facts=with_answers(snapshot))


def at_the_end(name: str) -> Snapshot:
    """The last line of a rollout's recording, with what that cluster would have answered."""
    items = recording(name)[-1][1]
    listed = frozenset({"deployments", "replicasets", "pods", "events"})
    snapshot = Snapshot(namespace="lab", items=tuple(items), now=latest(items), listed=listed)
    facts = with_answers(snapshot)
    from delivery.rollout.memory import Memory
    from delivery.rollout.questions import questions

    return replace(snapshot, facts=replace(facts, answers=LAB.answers(questions(facts, Memory()))))


def changed(snapshot: Snapshot, kind: str, name: str, change: Callable[[Any], None]) -> Snapshot:
    """The same with one object changed by hand, its facts read anew."""
    items: list[Item] = json.loads(json.dumps(snapshot.items))
    hit = [one for one in items if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    assert hit, f"there is no {kind}/{name}"
    for one in hit:
        change(one)
    made = replace(snapshot, items=tuple(items), facts=RolloutFacts())
    return replace(made, facts=with_answers(made))


def without(snapshot: Snapshot, kind: str, name: str) -> Snapshot:
    """The same without one object."""
    items = [one for one in snapshot.items if (one["kind"], one["metadata"]["name"]) != (kind, name)]
    made = replace(snapshot, items=tuple(items))
    return replace(made, facts=with_answers(made))


def on(snapshot: Snapshot, code: str, *topics: Topic) -> list[Finding]:
    """The findings of a code, over all topics unless some are named."""
    return [one for one in findings(snapshot, topics or tuple(Topic)) if one.code == code]


__all__ = ["NAMES", "at_the_end", "changed", "on", "recorded", "without"]
