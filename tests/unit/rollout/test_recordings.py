"""Every recording of a real rollout: at which second which verdict falls, and that no other falls before."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from delivery.rollout.policy import Policy, Quorum
from delivery.rollout.questions import Questions
from delivery.rollout.verdict import RolloutState
from tests.unit.rollout.recordings import NAMES, Look, decisive, looks


class Golden(NamedTuple):
    """What is right: `line_s` is the recorded second that shows it, `at_s` when it is told."""

    name: str
    state: str
    code: str
    line_s: float
    at_s: float


# Seconds since the apply, on a busy machine that made the pod 2 to 4 s late.
GOLDEN = [
    Golden("command-not-found", "failed", "NOT_RUNNABLE", 4.89, 4.92),
    Golden("configmap-missing", "failed", "CONFIGMAP_MISSING", 5.11, 5.25),
    Golden("crash-loop", "failed", "CRASH_LOOP", 7.65, 7.78),
    Golden("crash-loop-after-3s", "failed", "CRASH_LOOP", 12.54, 12.73),
    Golden("crash-once-then-well", "ready", "", 7.13, 12.06),
    Golden("exit-zero-loop", "failed", "CRASH_LOOP", 7.31, 7.46),
    Golden("image-name-invalid", "failed", "IMAGE_INVALID", 4.06, 4.18),
    Golden("image-never-pull", "failed", "IMAGE_NOT_LOADED", 2.83, 2.94),
    Golden("image-not-found", "failed", "IMAGE_NOT_FOUND", 5.31, 5.43),
    Golden("init-fails", "failed", "CRASH_LOOP", 4.9, 5.11),
    Golden("liveness-kills", "failed", "PROBE_KILLED", 11.11, 11.12),
    # Its probe's numbers are those of slow-start-then-ready, which needs 15 s: 30 s from its start are given.
    Golden("never-ready", "failed", "NOT_READY", 29.42, 33.29),
    Golden("ok", "ready", "", 5.74, 10.82),
    Golden("ok-two-replicas", "ready", "", 7.76, 12.64),
    Golden("oom-killed", "failed", "OOM_KILLED", 7.12, 7.26),
    Golden("pod-security-violation", "failed", "POD_SECURITY", 1.08, 1.08),
    # No room now may be room soon: 20 s after the last old pod has gone.
    Golden("port-clash-hostport", "failed", "UNSCHEDULABLE", 7.51, 27.64),
    Golden("pvc-missing", "failed", "PVC_MISSING", 0.6, 0.6),
    Golden("quota-exceeded", "failed", "QUOTA_EXCEEDED", 1.0, 1.0),
    Golden("runs-as-root-refused", "failed", "RUNS_AS_ROOT", 2.39, 2.55),
    Golden("secret-key-missing", "failed", "SECRET_KEY_MISSING", 2.95, 3.05),
    Golden("secret-missing", "failed", "SECRET_MISSING", 3.14, 3.17),
    Golden("secret-volume-missing", "failed", "SECRET_MISSING", 0.93, 0.93),
    Golden("slow-start-then-ready", "ready", "", 20.87, 26.01),
    Golden("startup-kills", "failed", "PROBE_KILLED", 13.08, 13.09),
    Golden("unschedulable-cpu", "failed", "NO_NODE_FITS", 1.61, 1.61),
    Golden("unschedulable-selector", "failed", "NO_NODE_FITS", 1.05, 1.05),
]
WELL = ["crash-once-then-well", "ok", "ok-two-replicas", "slow-start-then-ready"]
UNTIL_S = 60.0


def by_name(one: Golden) -> str:
    return one.name


def the_end(name: str, **options: float) -> Look:
    end = decisive(name, until_s=UNTIL_S, **options)  # type: ignore[arg-type]
    assert end, f"{name} has no verdict"
    return end


def test_every_recording_is_judged() -> None:
    assert [one.name for one in GOLDEN] == NAMES
    assert len(NAMES) == 27


@pytest.mark.parametrize("right", GOLDEN, ids=by_name)
def test_the_right_verdict_falls_at_the_right_second(right: Golden) -> None:
    end = the_end(right.name)
    assert (end.verdict.state.value, end.verdict.code) == (right.state, right.code)
    assert end.recorded_s == right.line_s
    assert end.at_s == pytest.approx(right.at_s, abs=0.01)


@pytest.mark.parametrize("right", GOLDEN, ids=by_name)
def test_looking_once_a_second_says_the_same_within_a_second(right: Golden) -> None:
    end = the_end(right.name, every_s=1.0)
    assert (end.verdict.state.value, end.verdict.code) == (right.state, right.code)
    assert end.at_s <= right.at_s + 1.0


@pytest.mark.parametrize("name", WELL)
@pytest.mark.parametrize("every_s", [0.25, 0.5, 1.0, 1.7, 3.0])
def test_what_comes_well_is_never_called_failed_however_seldom_one_looks(name: str, every_s: float) -> None:
    states = [one.verdict.state for one in looks(name, every_s=every_s, until_s=UNTIL_S)]
    assert RolloutState.FAILED not in states
    assert states[-1] is RolloutState.READY


def judged_wrong(stability_s: float, every_s: float) -> list[str]:
    """Recordings whose verdict is wrong with this window."""
    policy = Policy(stability_s=stability_s)
    ends = {one: decisive(one.name, every_s=every_s, until_s=UNTIL_S, policy=policy) for one in GOLDEN}
    return [one.name for one, end in ends.items() if end is None or end.verdict.state.value != one.state]


def test_a_window_of_four_seconds_would_do_for_the_recordings_and_three_would_not() -> None:
    # The other four are for what crashes later than any of them; bench.verdict tries 8 s of running.
    assert judged_wrong(4.0, every_s=0.25) == judged_wrong(4.0, every_s=1.0) == []
    assert judged_wrong(3.0, every_s=0.25) == ["crash-loop-after-3s"]


@pytest.mark.parametrize("right", [one for one in GOLDEN if one.state == "failed"], ids=by_name)
def test_a_fault_is_never_called_ready(right: Golden) -> None:
    assert RolloutState.READY not in [one.verdict.state for one in looks(right.name, until_s=UNTIL_S)]


@pytest.mark.parametrize("right", [one for one in GOLDEN if one.state == "failed"], ids=by_name)
def test_a_verdict_tells_what_why_and_what_next(right: Golden) -> None:
    verdict = the_end(right.name).verdict
    assert verdict.words
    assert verdict.words.what
    assert "./inv" in verdict.words.next
    assert verdict.object


@pytest.mark.parametrize(
    ("name", "first_crash_s"),
    [
        ("crash-loop", 4.29),
        ("crash-loop-after-3s", 7.57),
        ("exit-zero-loop", 6.37),
        ("init-fails", 3.78),
        ("oom-killed", 5.74),
        ("liveness-kills", 5.77),
        ("startup-kills", 7.6),
    ],
)
def test_a_crash_loop_is_told_within_15_seconds_of_the_first_crash(name: str, first_crash_s: float) -> None:
    assert the_end(name, every_s=1.0).at_s - first_crash_s <= 15


@pytest.mark.parametrize(
    ("name", "pod_seen_s"),
    [
        ("image-not-found", 2.18),
        ("image-never-pull", 0.94),
        ("secret-missing", 0.67),
        ("secret-key-missing", 2.05),
        ("secret-volume-missing", 0.93),
        ("configmap-missing", 1.25),
    ],
)
def test_what_is_missing_is_told_within_5_seconds_of_the_pod(name: str, pod_seen_s: float) -> None:
    assert the_end(name, every_s=1.0).at_s - pod_seen_s <= 5


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("secret-missing", "there is no Secret absent"),
        ("secret-key-missing", "Secret present has no key nokey"),
        ("configmap-missing", "there is no ConfigMap absent"),
        ("secret-volume-missing", "there is no Secret absent"),
        ("pvc-missing", "there is no volume claim absent"),
        ("image-not-found", "there is no image todo-backend:nope"),
        ("oom-killed", "container app runs out of memory"),
        ("init-fails", "init container init keeps ending"),
    ],
)
def test_a_verdict_names_the_thing_at_fault(name: str, words: str) -> None:
    verdict = the_end(name).verdict
    assert verdict.words
    assert verdict.words.what == words


def test_what_no_node_can_give_is_told_with_the_figures() -> None:
    words = the_end("unschedulable-cpu").verdict.words
    assert words
    assert "the pod wants 1000 CPUs, node lab-control-plane has 2 in all" in words.why
    words = the_end("unschedulable-selector").verdict.words
    assert words
    assert "node lab-control-plane has no label disk=none" in words.why


@pytest.mark.parametrize("name", WELL)
def test_while_all_goes_well_nothing_is_asked(name: str) -> None:
    assert {one.asked for one in looks(name)} == {Questions()}


def test_a_crash_that_was_forgiven_is_told_all_the_same() -> None:
    warnings = the_end("crash-once-then-well").verdict.warnings
    assert any(one.startswith("CRASHED ") for one in warnings)


def test_more_restarts_forgiven_wait_for_more_crashes() -> None:
    ends = [decisive("crash-loop-after-3s", policy=Policy(restarts_forgiven=count)) for count in (0, 1, 2)]
    assert [end and end.recorded_s for end in ends] == [7.57, 12.54, 26.52]


def test_with_quorum_all_one_pod_that_finds_no_node_fails_nothing() -> None:
    assert decisive("port-clash-hostport", policy=Policy(quorum=Quorum.ALL)) is None
