"""Verdicts over recordings of real rollouts: at which recorded second which verdict falls."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from delivery.paths import ROOT
from delivery.rollout import RolloutState, judge
from delivery.rollout.facts import parse_facts
from delivery.rollout.verdict import crash_counts, failing_pods

RECORDINGS = ROOT / "tests" / "data" / "rollout"


def recording(name: str) -> Iterator[tuple[float, list[Mapping[str, Any]]]]:
    with gzip.open(RECORDINGS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield record["t"], record["items"]


def first(name: str, wanted: RolloutState) -> tuple[float, str] | None:
    for second, items in recording(name):
        verdict = judge(parse_facts(items))
        if verdict.state is wanted:
            return second, verdict.code
    return None


@pytest.mark.parametrize(
    ("name", "code", "by_second"),
    [
        ("crash-loop", "CRASH_LOOP", 8),
        ("exit-zero-loop", "CRASH_LOOP", 10),
        ("init-fails", "CRASH_LOOP", 8),
        ("image-not-found", "IMAGE_NOT_FOUND", 8),
        ("secret-missing", "CONTAINER_CONFIG", 8),
        ("pod-security-violation", "ROLLOUT_REFUSED", 3),
    ],
)
def test_a_fault_is_told_within_seconds(name: str, code: str, by_second: float) -> None:
    found = first(name, RolloutState.FAILED)
    assert found
    assert found[1] == code
    assert found[0] <= by_second


@pytest.mark.parametrize("name", ["ok", "ok-two-replicas", "crash-once-then-well", "slow-start-then-ready"])
def test_a_rollout_that_comes_well_is_never_called_failed(name: str) -> None:
    assert first(name, RolloutState.FAILED) is None
    assert first(name, RolloutState.READY)


@pytest.mark.parametrize(
    "name", ["crash-loop", "image-not-found", "secret-missing", "pod-security-violation"]
)
def test_a_fault_is_never_called_ready_once_the_change_is_seen(name: str) -> None:
    seen = [judge(parse_facts(items)).state for second, items in recording(name) if second > 1]
    assert RolloutState.READY not in seen


def test_a_crash_before_the_watch_began_does_not_count() -> None:
    _, items = list(recording("crash-loop"))[-1]
    facts = parse_facts(items)
    assert judge(facts).state is RolloutState.FAILED
    assert judge(facts, crash_counts(facts)).state is RolloutState.PROGRESSING
    assert failing_pods(facts)


def test_no_workload_is_progress_not_success() -> None:
    assert judge(parse_facts([])).state is RolloutState.PROGRESSING
