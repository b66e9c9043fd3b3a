"""For each recorded rollout the right finding comes first, and a healthy one has none above info."""

from __future__ import annotations

import pytest

from delivery.ai.answer import Severity
from delivery.ai.rules import findings
from tests.unit.ai.snapshots import NAMES, at_the_end

FIRST = {
    "command-not-found": "NOT_RUNNABLE",
    "configmap-missing": "CONFIGMAP_MISSING",
    "crash-loop": "CRASH_LOOP",
    "crash-loop-after-3s": "CRASH_LOOP",
    "exit-zero-loop": "CRASH_LOOP",
    "image-name-invalid": "IMAGE_INVALID",
    "image-never-pull": "IMAGE_NOT_LOADED",
    "image-not-found": "IMAGE_NOT_FOUND",
    "init-fails": "CRASH_LOOP",
    "liveness-kills": "PROBE_KILLED",
    "never-ready": "NOT_READY",
    "oom-killed": "OOM_KILLED",
    "pod-security-violation": "POD_SECURITY",
    "port-clash-hostport": "UNSCHEDULABLE",
    "pvc-missing": "PVC_MISSING",
    "quota-exceeded": "QUOTA_EXCEEDED",
    "runs-as-root-refused": "RUNS_AS_ROOT",
    "secret-key-missing": "SECRET_KEY_MISSING",
    "secret-missing": "SECRET_MISSING",
    "secret-volume-missing": "SECRET_MISSING",
    "startup-kills": "PROBE_KILLED",
    "unschedulable-cpu": "NO_NODE_FITS",
    "unschedulable-selector": "NO_NODE_FITS",
}
WELL = ["crash-once-then-well", "ok", "ok-two-replicas", "slow-start-then-ready"]


def test_every_recording_has_its_finding() -> None:
    assert sorted([*FIRST, *WELL]) == NAMES


@pytest.mark.parametrize("name", FIRST)
def test_the_right_finding_comes_first(name: str) -> None:
    first = findings(at_the_end(name))[0]
    assert first.code == FIRST[name]
    assert first.severity > Severity.INFO
    assert first.evidence
    assert first.why
    assert "./inv" in first.fix


@pytest.mark.parametrize("name", WELL)
def test_a_healthy_one_has_none_above_info(name: str) -> None:
    assert [one for one in findings(at_the_end(name)) if one.severity > Severity.INFO] == []


def test_a_crash_that_was_survived_is_told_as_info() -> None:
    assert [one.code for one in findings(at_the_end("crash-once-then-well"))] == ["CRASHED"]


def test_what_was_not_listed_is_not_called_missing() -> None:
    """The recordings hold no Secrets, claims or Services: only those that were asked for are known."""
    codes = {one.code for name in WELL for one in findings(at_the_end(name))}
    assert not codes & {"SECRET_MISSING", "CONFIGMAP_MISSING", "PVC_MISSING", "SERVICE_ACCOUNT_MISSING"}
