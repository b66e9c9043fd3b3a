"""The verdict: steadiness, what was there before, quorum, several workloads, times when nothing is seen."""

from __future__ import annotations

from typing import Any

import pytest

from delivery.rollout import glance
from delivery.rollout.facts import parse_facts
from delivery.rollout.policy import DEFAULT_POLICY, Policy, Quorum
from delivery.rollout.verdict import RolloutState, baseline_of, judge, stuck_pods
from tests.unit.rollout.builders import (
    NOT_FOUND,
    Item,
    Watching,
    back_off,
    condition,
    deployment,
    ended,
    event,
    facts_of,
    first_look,
    killed,
    pod,
    replica_set,
    rollout,
    running,
    told,
    waiting,
)
from tests.unit.rollout.recordings import recording

WELL = rollout(pod(running()), available=1)
QUIET_S = DEFAULT_POLICY.stability_s


def probing(kind: str, command: str = "health", **numbers: int) -> dict[str, Any]:
    return {f"{kind}Probe": {"exec": {"command": [command]}, **numbers}}


def test_ready_is_said_once_all_was_steady_for_its_time() -> None:
    watching = Watching()
    assert told(watching.at(0.0, WELL)) == "progressing"
    assert told(watching.at(QUIET_S - 0.1, WELL)) == "progressing"
    assert told(watching.at(QUIET_S, WELL)) == "ready"


def test_time_in_which_pods_are_ready_but_not_yet_available_counts_as_steady() -> None:
    watching = Watching()
    watching.at(0.0, rollout(pod(running())))
    assert told(watching.at(QUIET_S, rollout(pod(running())))) == "progressing"
    assert told(watching.at(QUIET_S + 1, WELL)) == "ready"


@pytest.mark.parametrize(
    "disturbed",
    [
        rollout(pod(running(restartCount=1, lastState={"terminated": {"exitCode": 1}})), available=1),
        rollout(pod(running(), name="web-2-b"), available=1),
        rollout(pod(running(ready=False))),
        rollout(pod(running()), killed(), available=1),
    ],
    ids=["a restart", "another pod", "not ready", "a kill under way"],
)
def test_steadiness_starts_anew(disturbed: list[Item]) -> None:
    watching = Watching()
    watching.at(0.0, WELL)
    watching.at(QUIET_S - 1, disturbed)
    assert told(watching.at(QUIET_S, disturbed)) == "progressing"
    assert told(watching.at(QUIET_S + 1, WELL)) == "progressing"


@pytest.mark.parametrize(
    ("numbers", "settling"),
    [
        ({"total": 2}, False),
        ({"updated": 0, "total": 1}, False),
        ({"available": 0}, False),
        ({"observed": 1}, False),
        ({"revision": "3"}, False),
        ({}, True),
    ],
    ids=["an old pod is left", "no new pod", "not available", "not observed", "no replica set", "complete"],
)
def test_only_a_complete_rollout_settles(numbers: dict[str, Any], settling: bool) -> None:
    verdict = Watching().at(0.0, rollout(pod(running()), **{"available": 1, **numbers}))
    assert verdict.state is RolloutState.PROGRESSING
    assert verdict.settling is settling


def test_no_workload_is_progress_and_never_success() -> None:
    watching = Watching()
    assert {told(watching.at(at_s, [])) for at_s in (0.0, 100.0)} == {"progressing"}
    assert judge(None)[0].state is RolloutState.PROGRESSING


@pytest.mark.parametrize(
    ("container", "needed_s"),
    [
        (probing("liveness", initialDelaySeconds=15, periodSeconds=10, failureThreshold=3), 46.0),
        ({**probing("liveness", periodSeconds=10), **probing("startup")}, QUIET_S),
        ({**probing("liveness", periodSeconds=10), **probing("readiness", timeoutSeconds=3)}, QUIET_S),
        ({**probing("liveness", periodSeconds=10), **probing("readiness", "other")}, 31.0),
        (probing("liveness", periodSeconds=1, failureThreshold=1), QUIET_S),
    ],
    ids=["its own", "startup asks the same", "readiness asks the same", "readiness asks another", "short"],
)
def test_steadiness_outlasts_a_liveness_probe_whose_answer_is_not_known(
    container: Item, needed_s: float
) -> None:
    items = rollout(pod(running(), container=container), available=1)
    watching = Watching()
    watching.at(0.0, items)
    assert told(watching.at(needed_s - 0.1, items)) == "progressing"
    assert told(watching.at(needed_s, items)) == "ready"


def test_a_liveness_probe_that_was_missed_keeps_the_verdict_open_until_it_could_have_killed() -> None:
    container = {**probing("liveness", periodSeconds=10, failureThreshold=3), **probing("startup")}
    missed = event("Unhealthy", "Liveness probe failed: 500", container="app", at="2026-01-01T10:00:12Z")
    items = rollout(
        pod(running(), container=container, spec={"terminationGracePeriodSeconds": 5}), missed, available=1
    )
    watching = Watching()
    watching.at(0.0, items)
    assert told(watching.at(35.0, items)) == "progressing"
    assert told(watching.at(36.0, items)) == "ready"


def test_misses_of_a_former_life_of_the_container_do_not_count() -> None:
    container = {**probing("liveness"), **probing("startup")}
    missed = event("Unhealthy", "Liveness probe failed: 500", container="app", at="2026-01-01T09:00:00Z")
    items = rollout(pod(running(), container=container), missed, available=1)
    watching = Watching()
    watching.at(0.0, items)
    assert told(watching.at(QUIET_S, items)) == "ready"


def test_a_grace_starts_anew_when_the_finding_disappears() -> None:
    network, well = rollout(pod(waiting("ErrImagePull", "i/o timeout"))), rollout(pod(running(ready=False)))
    watching = Watching()
    watching.at(0.0, network)
    watching.at(15.0, well)
    assert told(watching.at(25.0, network)) == "progressing"
    assert told(watching.at(44.9, network)) == "progressing"
    assert told(watching.at(45.0, network)) == "IMAGE_PULL_FAILING"


def test_a_grace_is_kept_per_object_and_code() -> None:
    one = pod(waiting("ErrImagePull", "i/o timeout"))
    other = pod(waiting("ErrImagePull", "i/o timeout"), name="web-2-b")
    watching = Watching()
    watching.at(0.0, rollout(one, wanted=2))
    watching.at(19.0, rollout(other, wanted=2))
    assert told(watching.at(21.0, rollout(other, wanted=2))) == "progressing"


def test_going_from_one_word_for_a_failed_pull_to_the_other_is_no_new_grace() -> None:
    watching = Watching()
    watching.at(0.0, rollout(pod(waiting("ErrImagePull", "i/o timeout"))))
    again = rollout(pod(waiting("ImagePullBackOff", "ErrImagePull: i/o timeout")))
    assert told(watching.at(20.0, again)) == "IMAGE_PULL_FAILING"


def test_time_in_which_nothing_was_seen_counts_for_no_grace_and_no_steadiness() -> None:
    network = rollout(pod(waiting("ErrImagePull", "i/o timeout")))
    watching = Watching()
    watching.at(0.0, network)
    watching.blind_for(30.0)
    assert told(watching.at(31.0, network)) == "progressing"
    assert told(watching.at(50.0, network)) == "IMAGE_PULL_FAILING"
    steady = Watching()
    steady.at(0.0, WELL)
    steady.blind_for(30.0)
    assert told(steady.at(31.0, WELL)) == "progressing"


def test_a_workload_that_disappears_fails_the_rollout_after_a_moment() -> None:
    watching = Watching()
    watching.at(0.0, WELL)
    assert told(watching.at(1.0, [])) == "progressing"
    assert told(watching.at(6.0, [])) == "WORKLOAD_GONE"


# ---- what was there before the apply


BEFORE: dict[str, list[Item]] = {
    "an old crash loop": rollout(pod(back_off(7))),
    "old crashes of a pod that is well": rollout(pod(running(restartCount=9)), available=1),
    "an image that was not found": rollout(pod(waiting("ErrImagePull", NOT_FOUND))),
    "kills told long ago": rollout(pod(running()), killed("liveness", 5), available=1),
    "a passed deadline": rollout(
        pod(waiting()), conditions=[condition("Progressing", "ProgressDeadlineExceeded", at="10:00")]
    ),
    "refused pods": [
        deployment(updated=0, total=1), replica_set("2", refusal="exceeded quota: q", at="10:00")
    ],
    "evicted pods": rollout(*(pod(name=f"web-2-{n}", phase="Failed", reason="Evicted") for n in "abcd")),
}  # fmt: skip


@pytest.mark.parametrize("items", BEFORE.values(), ids=BEFORE)
def test_what_was_there_before_the_apply_fails_no_new_rollout(items: list[Item]) -> None:
    watching = Watching(baseline=baseline_of(facts_of(items)))
    assert RolloutState.FAILED not in {watching.at(at_s, items).state for at_s in (0.0, 100.0, 4000.0)}


@pytest.mark.parametrize(
    ("before", "items", "code"),
    [
        (BEFORE["an old crash loop"], rollout(pod(back_off(9))), "CRASH_LOOP"),
        (BEFORE["an old crash loop"], rollout(pod(back_off(1), name="web-2-b")), "CRASH_LOOP"),
        (
            BEFORE["an image that was not found"],
            rollout(pod(waiting("ErrImagePull", NOT_FOUND), name="web-2-b")), "IMAGE_NOT_FOUND",
        ),
        (BEFORE["kills told long ago"], rollout(pod(running()), killed("liveness", 7)), "PROBE_KILLED"),
        (
            BEFORE["a passed deadline"],
            rollout(
                pod(waiting()), conditions=[condition("Progressing", "ProgressDeadlineExceeded", at="10:09")]
            ),
            "PROGRESS_DEADLINE",
        ),
        (
            BEFORE["refused pods"],
            [deployment(updated=0, total=1), replica_set("2", refusal="exceeded quota: q", at="10:09")],
            "QUOTA_EXCEEDED",
        ),
    ],
    ids=["two more ends", "another pod", "another pod's image", "two more kills", "a new deadline", "again"],
)  # fmt: skip
def test_the_same_fault_anew_fails_the_rollout(before: list[Item], items: list[Item], code: str) -> None:
    assert told(Watching(baseline=baseline_of(facts_of(before))).at(0.0, items)) == code


def test_one_more_end_of_a_pod_that_crashed_before_is_forgiven_like_any_first() -> None:
    watching = Watching(baseline=baseline_of(facts_of(rollout(pod(back_off(7))))))
    assert told(watching.at(0.0, rollout(pod(back_off(8))))) == "progressing"


def test_pods_that_sit_in_a_back_off_are_to_be_started_anew_and_others_not() -> None:
    items = rollout(
        pod(back_off(7)),
        pod(waiting("ImagePullBackOff", NOT_FOUND), name="web-2-b"),
        pod(running(restartCount=7), name="web-2-c"),
        pod(running(ready=False), name="web-2-d", container=probing("readiness")),
        pod(unschedulable="Insufficient cpu", name="web-2-e"),
        pod(waiting(), name="web-2-f"),
        pod(ended(1), name="web-2-g"),
        pod(back_off(7), name="web-1-a", owner="rs-web-1"),
    )
    assert stuck_pods(facts_of(items)) == ("web-2-a", "web-2-b")
    assert stuck_pods(None) == ()


# ---- crashes


@pytest.mark.parametrize(
    ("forgiven", "ends_at"),
    [(0, 1), (1, 2), (3, 4)],
)
def test_a_policy_says_how_many_ends_are_forgiven(forgiven: int, ends_at: int) -> None:
    watching = Watching(Policy(restarts_forgiven=forgiven))
    verdicts = [told(watching.at(float(n), rollout(pod(ended(1, restartCount=n))))) for n in range(ends_at)]
    assert verdicts == [*["progressing"] * (ends_at - 1), "CRASH_LOOP"]


def test_an_init_container_that_ends_well_has_not_crashed() -> None:
    done = ended(0, "Completed")
    assert first_look(rollout(pod(waiting("PodInitializing"), init=done))) == "progressing"
    assert Watching().at(0.0, rollout(pod(running(), init=done), available=1)).findings == ()


def test_a_sidecar_that_ends_has_crashed_even_with_code_0() -> None:
    spec = {"initContainers": [{"name": "migrate", "image": "web:1", "restartPolicy": "Always"}]}
    items = rollout(pod(running(), init=ended(0, "Completed", restartCount=1), spec=spec))
    assert first_look(items) == "CRASH_LOOP"


def test_a_pod_that_is_told_to_stop_is_not_looked_at() -> None:
    items = rollout(
        pod(ended(143, restartCount=3), leaving=True), pod(running(), name="web-2-b"), available=1
    )
    assert told(Watching().at(0.0, items)) == "progressing"
    assert first_look(items, Policy(stability_s=0.0)) == "ready"


def test_old_pods_are_not_looked_at() -> None:
    old = pod(back_off(9), name="web-1-a", owner="rs-web-1")
    assert first_look(rollout(old, pod(waiting()), total=2)) == "progressing"


# ---- readiness


def test_the_readiness_window_is_the_probes_own_where_that_is_longer() -> None:
    slow = probing("readiness", initialDelaySeconds=60, periodSeconds=20, failureThreshold=3)
    items = rollout(pod(running(ready=False), container=slow))
    watching = Watching()
    watching.at(0.0, items)
    # 60 + 1 + (3 + 1 - 3) * 20 + 10 + 1
    assert told(watching.at(91.9, items)) == "progressing"
    assert told(watching.at(92.0, items)) == "NOT_READY"


def test_what_the_readiness_probe_said_last_is_told() -> None:
    said = event(
        "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", container="app"
    )
    items = rollout(pod(running(ready=False), container=probing("readiness")), said)
    watching = Watching()
    watching.at(0.0, items)
    verdict = watching.at(30.0, items)
    assert verdict.words
    assert "statuscode: 503" in verdict.words.why


def test_a_startup_probe_holds_the_readiness_window_back() -> None:
    container = {**probing("readiness"), **probing("startup")}
    starting = running(ready=False) | {"started": False}
    watching = Watching()
    items = rollout(pod(starting, container=container))
    assert {told(watching.at(at_s, items)) for at_s in (0.0, 500.0)} == {"progressing"}


def test_a_watch_that_began_late_believes_the_clusters_own_times() -> None:
    said = event("Unhealthy", "Readiness probe failed", container="app", at="2026-01-01T10:00:40Z")
    items = rollout(pod(running(ready=False), container=probing("readiness")), said)
    assert first_look(items) == "NOT_READY"


def test_a_pod_that_was_ready_for_long_gets_its_window_when_it_no_longer_is() -> None:
    said = event("Unhealthy", "Readiness probe failed", container="app", at="2026-01-01T11:00:00Z")
    unready = pod(running(ready=False), container=probing("readiness"))
    unready["status"]["conditions"][0]["lastTransitionTime"] = "2026-01-01T10:59:59Z"
    assert first_look(rollout(unready, said)) == "progressing"


@pytest.mark.parametrize("offset_h", [-9, 0, 9])
def test_a_clock_of_the_cluster_that_is_wrong_changes_no_verdict(offset_h: int) -> None:
    hour = f"2026-01-{10 + offset_h:02d}T10"
    said = event("Unhealthy", "Readiness probe failed", container="app", at=f"{hour}:00:20Z")
    items = rollout(
        pod(running(ready=False, started_at=f"{hour}:00:00Z"), container=probing("readiness")), said
    )
    items[-2]["status"]["conditions"][0]["lastTransitionTime"] = f"{hour}:00:00Z"
    watching = Watching()
    assert told(watching.at(7.0, items)) == "progressing"
    assert told(watching.at(36.9, items)) == "progressing"
    assert told(watching.at(37.0, items)) == "NOT_READY"


# ---- several pods, several workloads


BAD, GOOD = pod(back_off(2)), pod(running(), name="web-2-b")


def test_one_pod_beyond_hope_is_enough_unless_the_policy_wants_all() -> None:
    assert first_look(rollout(BAD, GOOD, wanted=2, available=1)) == "CRASH_LOOP"
    every = Policy(quorum=Quorum.ALL)
    assert first_look(rollout(BAD, GOOD, wanted=2, available=1), every) == "progressing"
    both = rollout(BAD, pod(back_off(2), name="web-2-b"), wanted=2)
    assert first_look(both, every) == "CRASH_LOOP"


def test_a_quorum_is_about_pods_not_about_what_concerns_the_whole_workload() -> None:
    deadline = [condition("Progressing", "ProgressDeadlineExceeded")]
    items = rollout(BAD, GOOD, wanted=2, available=1, conditions=deadline)
    assert first_look(items, Policy(quorum=Quorum.ALL)) == "PROGRESS_DEADLINE"
    assert first_look(items) == "CRASH_LOOP"


def second(**numbers: Any) -> list[Item]:
    return [deployment("worker", **numbers), replica_set("2", owner="worker")]


def test_all_workloads_of_a_release_count() -> None:
    failing = pod(back_off(2), name="worker-2-a", owner="rs-worker-2")
    well = pod(running(), name="worker-2-a", owner="rs-worker-2")
    assert first_look([*WELL, *second(), failing]) == "CRASH_LOOP"
    at_once = Policy(stability_s=0.0)
    assert first_look([*WELL, *second(), well], at_once) == "progressing"
    assert first_look([*WELL, *second(available=1), well], at_once) == "ready"


def test_zero_replicas_are_complete_without_any_pod() -> None:
    assert first_look(rollout(wanted=0), Policy(stability_s=0.0)) == "ready"


# ---- StatefulSets


def stateful(*items: Item, updated: int = 1, available: int = 0) -> list[Item]:
    workload = {
        "kind": "StatefulSet",
        "metadata": {"name": "db", "uid": "sts", "generation": 1},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "app"}]}}},
        "status": {
            "observedGeneration": 1, "replicas": updated, "updatedReplicas": updated,
            "availableReplicas": available, "updateRevision": "db-2",
        },
    }  # fmt: skip
    return [workload, *items]


def test_a_stateful_set_is_judged_by_the_pods_of_its_update_revision() -> None:
    old = pod(back_off(5), name="db-0", owner="sts", labels={"controller-revision-hash": "db-1"})
    new = pod(back_off(1), name="db-0", owner="sts", labels={"controller-revision-hash": "db-2"})
    well = pod(running(), name="db-0", owner="sts", labels={"controller-revision-hash": "db-2"})
    assert first_look(stateful(old)) == "progressing"
    assert first_look(stateful(new)) == "CRASH_LOOP"
    assert first_look(stateful(well, available=1), Policy(stability_s=0.0)) == "ready"


def test_refused_pods_of_a_stateful_set_are_told_by_events() -> None:
    refused = event("FailedCreate", "pods is forbidden: violates PodSecurity", about="sts", uid="e1")
    assert first_look(stateful(refused, updated=0)) == "POD_SECURITY"
    made = event("SuccessfulCreate", about="sts", uid="e2", at="2026-01-01T10:00:09Z")
    assert first_look(stateful(refused, made, updated=0)) == "progressing"
    before = baseline_of(facts_of(stateful(refused, updated=0)))
    assert told(Watching(baseline=before).at(0.0, stateful(refused, updated=0))) == "progressing"


# ---- one look without memory


def test_a_glance_says_whether_a_release_serves_in_full_now() -> None:
    assert glance(facts_of(WELL)).state is RolloutState.READY
    assert glance(facts_of(rollout(pod(running(restartCount=9)), available=1))).state is RolloutState.READY
    assert glance(facts_of(rollout(pod(waiting())))).state is RolloutState.PROGRESSING
    assert glance(facts_of(BEFORE["an old crash loop"])).state is RolloutState.PROGRESSING
    assert glance(None).state is RolloutState.PROGRESSING


def test_a_glance_does_not_wait_for_probes() -> None:
    items = rollout(pod(running(), container=probing("liveness", initialDelaySeconds=99)), available=1)
    assert glance(facts_of(items)).message == "1 of 1 available"


@pytest.mark.parametrize("name", ["ok", "ok-two-replicas", "crash-once-then-well"])
def test_the_end_of_a_recording_that_went_well_is_ready_at_a_glance(name: str) -> None:
    assert glance(parse_facts(recording(name)[-1][1])).state is RolloutState.READY
