"""What a finding tells to run exists: tasks of this kit, verbs of kubectl, keys of the charts' values."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from delivery.ai.changes import proposed
from delivery.ai.log_causes import _ROWS
from delivery.ai.rules import Topic, findings
from delivery.paths import ROOT
from delivery.rollout.words import WORDS
from tasks import ns
from tests.unit.ai.snapshots import SERVICES, at_the_end, recorded
from tests.unit.ai.test_recorded_rollouts import FIRST
from tests.unit.ai.test_rules import CASES, CATALOGUES

KUBECTL = {"get", "describe", "logs", "delete", "scale", "uncordon", "rollout", "top", "create"}
TASKS = set(ns.task_names)


def all_fixes() -> Iterator[str]:
    yield from (entry.fix for one in CATALOGUES for entry in one.entries.values())
    yield from (fix for _, _, fix in _ROWS)
    yield from (words.next for words in WORDS.values())
    for case in CASES:
        yield from (one.fix for one in findings(case.snapshot, tuple(Topic)) if one.code == case.code)
    for name in FIRST:
        yield from (one.fix for one in findings(at_the_end(name)))
    for text in (
        "scale frontend to 3 replicas",
        "deploy backend",
        "undo backend",
        "restart backend",
        "delete it",
    ):
        yield proposed(recorded("healthy"), text, "backend")


FIXES = sorted(set(all_fixes()))


def test_there_are_fixes() -> None:
    assert len(FIXES) > 80


@pytest.mark.parametrize("fix", FIXES)
def test_the_commands_of_a_fix_exist(fix: str) -> None:
    assert set(re.findall(r"\./inv (?!print )([a-z][a-z.-]*[a-z])", fix)) <= TASKS
    assert set(re.findall(r"\bkubectl ([a-z]+)\b", fix)) <= KUBECTL
    for flag in re.findall(r" (--[a-z-]+)", fix):
        assert flag in FLAGS, flag


FLAGS = {"--services", "--service", "--set", "--dry-run", "--show-labels", "--replicas"}


def paths() -> Iterator[tuple[str, str]]:
    for fix in FIXES:
        yield from re.findall(r"services\.([a-z-]+)\.values\.([A-Za-z.]+)", fix)


@pytest.mark.parametrize(("service", "path"), sorted(set(paths())))
def test_values_that_a_fix_sets_are_keys_of_that_chart(service: str, path: str) -> None:
    assert service in SERVICES
    values = yaml.safe_load((ROOT / "helm" / service / "values.yaml").read_text(encoding="utf-8"))
    for key in path.rstrip(".").split("."):
        assert key in values, f"{path} is no value of the chart {service}"
        values = values[key]
