"""Recordings of real rollouts, looked at as a watch would: every quarter of a second, as they were taken."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any

from delivery.paths import ROOT
from delivery.rollout.facts import parse_facts
from delivery.rollout.memory import Memory
from delivery.rollout.objects import Answers, Node
from delivery.rollout.policy import DEFAULT_POLICY, Policy
from delivery.rollout.questions import Questions, questions
from delivery.rollout.verdict import RolloutState, Verdict, judge

FOLDER = ROOT / "tests" / "data" / "rollout"
NAMES = sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz"))
EVERY_S = 0.25
Items = Sequence[Mapping[str, Any]]
# The one node of the recordings: two cores, 24 GiB.
NODE = Node(
    "lab-control-plane",
    {"kubernetes.io/hostname": "lab-control-plane", "kubernetes.io/os": "linux"},
    {"cpu": Fraction(2), "memory": Fraction(24 * 1024**3), "pods": Fraction(110)},
)


@cache
def recording(name: str) -> tuple[tuple[float, Items], ...]:
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return tuple((record["t"], record["items"]) for record in records)


@dataclass(frozen=True)
class Lab:
    """What the recorded cluster would have answered; the recordings hold no Secrets, claims or nodes."""

    secrets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    config_maps: Mapping[str, frozenset[str]] = field(default_factory=dict)
    images: frozenset[str] = frozenset({"registry.k8s.io/kube-proxy:v1.34.4"})

    def answers(self, asked: Questions) -> Answers:
        return Answers(
            secrets={name: self.secrets.get(name) for name in asked.secrets},
            config_maps={name: self.config_maps.get(name) for name in asked.config_maps},
            claims={} if asked.claims else None,
            nodes=(NODE,) if asked.nodes else None,
            images={one: {NODE.name: one in self.images} for one in asked.images},
        )


# "present" is the Secret of secret-key-missing: it is there, with a key that the pod does not ask for.
LAB = Lab(secrets={"present": frozenset({"key"})})


@dataclass(frozen=True)
class Look:
    """One look: when it was taken, the recorded second that it shows, and the verdict."""

    at_s: float
    recorded_s: float
    verdict: Verdict
    asked: Questions


def looks(
    name: str, *, every_s: float = EVERY_S, policy: Policy = DEFAULT_POLICY, until_s: float = 30.0,
    memory: Memory | None = None,
) -> Iterator[Look]:  # fmt: skip
    """All looks up to that second; beyond the last line its state goes on, as it did in the cluster."""
    lines, memory = recording(name), memory or Memory()
    at_s, line = lines[0][0], 0
    while at_s <= until_s:
        while line + 1 < len(lines) and lines[line + 1][0] <= at_s:
            line += 1
        facts = parse_facts(lines[line][1], at_s=at_s)
        assert facts
        asked = questions(facts, memory)
        verdict, memory = judge(replace(facts, answers=LAB.answers(asked)), policy, memory)
        yield Look(at_s, lines[line][0], verdict, asked)
        at_s += every_s


def decisive(
    name: str, *, every_s: float = EVERY_S, policy: Policy = DEFAULT_POLICY, until_s: float = 30.0
) -> Look | None:
    """The look at which the watch would have ended."""
    all_looks = looks(name, every_s=every_s, policy=policy, until_s=until_s)
    return next((one for one in all_looks if one.verdict.state is not RolloutState.PROGRESSING), None)
