"""The watch at work, over a kubectl that plays recordings: what it asks, what it survives, what it says."""

from __future__ import annotations

import pytest

from delivery.console import Step
from delivery.errors import DeployFailed, EnvironmentFault
from delivery.rollout.policy import Policy
from delivery.rollout.verdict import RolloutState
from delivery.rollout.watch import (
    Outcome,
    Watched,
    await_verdict,
    before_apply,
    failure,
    nothing_applied,
    watch_beside,
)
from delivery.session import Session
from tests.unit.rollout.builders import (
    Item,
    back_off,
    deployment,
    event,
    pod,
    replica_set,
    rollout,
    running,
    waiting,
)
from tests.unit.rollout.conftest import World

NODE = {
    "metadata": {"name": "lab-control-plane", "labels": {}},
    "status": {"allocatable": {"cpu": "2", "memory": "24Gi"}},
    "spec": {},
}


def watch(session: Session, world: World, watched: Watched | None = None, pace: float = 1.0) -> Outcome:
    world.pace = pace
    return await_verdict(session, world.cluster, watched or Watched("web"), Step("web"), world)


@pytest.mark.parametrize(
    ("name", "code", "latest_s"),
    [
        ("crash-loop", "CRASH_LOOP", 8.7),
        ("secret-missing", "SECRET_MISSING", 4.2),
        ("secret-key-missing", "SECRET_KEY_MISSING", 4.0),
        ("image-not-found", "IMAGE_NOT_FOUND", 6.4),
        ("pod-security-violation", "POD_SECURITY", 2.2),
        ("unschedulable-cpu", "NO_NODE_FITS", 2.7),
        ("pvc-missing", "PVC_MISSING", 1.7),
    ],
)
def test_the_watch_ends_with_the_verdict_and_looks_about_once_a_second(
    name: str, code: str, latest_s: float, session: Session, world: World
) -> None:
    world.play(name).say(objects={"secret/present": ["other"]}, items={"nodes": [NODE]})
    outcome = watch(session, world)
    assert (outcome.verdict.state, outcome.verdict.code) == (RolloutState.FAILED, code)
    assert outcome.took_s <= latest_s
    assert len(world.asked("deployments,statefulsets,replicasets,pods,events")) <= outcome.took_s + 2


def test_a_rollout_that_comes_well_is_ready_and_asks_nothing_but_lists(
    session: Session, world: World
) -> None:
    assert watch(session, world.play("ok")).verdict.state is RolloutState.READY
    assert {words[1] for words in world.calls("get")} == {"deployments,statefulsets,replicasets,pods,events"}


def test_of_a_secret_only_the_names_of_its_keys_are_asked(session: Session, world: World) -> None:
    watch(session, world.play("secret-key-missing").say(objects={"secret/present": ["other"]}))
    asked = world.asked("secret")
    assert asked
    for words in asked:
        output = words[words.index("-o") + 1]
        assert output == "go-template={{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}"
    assert not [words for words in world.calls("get") if "secrets" in words[1]]


def test_an_api_server_that_restarts_costs_its_own_time_only(session: Session, world: World) -> None:
    outcome = watch(session, world.play("ok").say(away=[[4.0, 14.0]]))
    assert outcome.verdict.state is RolloutState.READY
    # Steady from the third second on: 8 s, none of which passed unseen.
    assert 20 <= outcome.took_s <= 25


def test_a_fault_is_told_after_a_gap_as_it_would_be_without(session: Session, world: World) -> None:
    outcome = watch(session, world.play("crash-loop").say(away=[[2.0, 9.0]], broken=[[9.0, 10.5]]))
    assert outcome.verdict.code == "CRASH_LOOP"
    assert outcome.took_s <= 12


def test_the_time_given_grows_by_what_could_not_be_seen(session: Session, world: World) -> None:
    items = rollout(pod(waiting()))
    outcome = watch(session, world.say(lines=[[0.0, items]], away=[[5.0, 45.0]]), pace=5.0)
    assert outcome.verdict.code == "TIMED_OUT"
    assert 60 + 40 <= outcome.took_s <= 60 + 55


def test_an_api_server_that_stays_away_is_a_fault_of_the_environment(session: Session, world: World) -> None:
    with pytest.raises(EnvironmentFault) as fault:
        watch(session, world.play("ok").say(away=[[3.0, 9000.0]]), pace=4.0)
    assert "has not answered for" in fault.value.what
    assert "was refused" in fault.value.why
    assert world.seconds < 80


def test_questions_that_are_refused_leave_it_to_the_graces(session: Session, world: World) -> None:
    outcome = watch(session, world.play("secret-missing").say(forbidden=["secret"]))
    assert outcome.verdict.code == "CONTAINER_CONFIG"
    assert outcome.took_s <= 10


def test_what_is_never_complete_times_out_with_what_it_waits_for(session: Session, world: World) -> None:
    outcome = watch(session, world.say(lines=[[0.0, rollout(pod(waiting()))]]), pace=4.0)
    assert (outcome.verdict.state, outcome.verdict.code) == (RolloutState.FAILED, "TIMED_OUT")
    assert "app ContainerCreating" in outcome.verdict.message
    assert 60 <= outcome.took_s <= 68


def test_steadiness_that_needs_longer_than_the_time_given_is_waited_for(
    session: Session, world: World
) -> None:
    container = {"livenessProbe": {"exec": {"command": ["x"]}, "initialDelaySeconds": 90}}
    items = rollout(pod(running(), container=container), available=1)
    outcome = watch(session, world.say(lines=[[0.0, items]]), pace=8.0)
    assert outcome.verdict.state is RolloutState.READY
    assert outcome.took_s >= 90


def test_a_namespace_that_is_deleted_ends_the_watch(session: Session, world: World) -> None:
    lines = [[0.0, rollout(pod(waiting()))], [4.0, []]]
    outcome = watch(session, world.say(lines=lines))
    assert outcome.verdict.code == "WORKLOAD_GONE"
    assert outcome.took_s <= 11


def test_a_release_is_told_from_others_in_the_namespace(session: Session, world: World) -> None:
    other = rollout(pod(back_off(9)))
    other[0]["metadata"]["labels"] = {"app.kubernetes.io/instance": "another"}
    outcome = watch(session, world.say(lines=[[0.0, other]]), pace=10.0)
    assert outcome.verdict.code == "TIMED_OUT"


def test_the_look_before_the_apply_keeps_old_crashes_out_of_the_verdict(
    session: Session, world: World
) -> None:
    old = rollout(pod(running(restartCount=9)), available=1)
    watched = before_apply(session, world.say(lines=[[0.0, old]]).cluster, "web")
    assert watch(session, world, watched).verdict.state is RolloutState.READY


def test_pods_that_were_stuck_before_are_started_anew_once(session: Session, world: World) -> None:
    stuck, fresh = rollout(pod(back_off(9))), rollout(pod(running(), name="web-2-b"), available=1)
    watched = before_apply(session, world.say(lines=[[0.0, stuck]]).cluster, "web")
    outcome = watch(session, world.say(lines=[[0.0, stuck], [4.0, fresh]]), watched)
    assert outcome.verdict.state is RolloutState.READY
    assert [words[:3] for words in world.calls("delete")] == [["delete", "pod", "web-2-a"]]


def test_pods_that_were_stuck_and_are_replaced_by_the_apply_are_left_alone(
    session: Session, world: World
) -> None:
    stuck = rollout(pod(back_off(9)))
    watched = before_apply(session, world.say(lines=[[0.0, stuck]]).cluster, "web")
    watch(session, world.play("ok"), watched)
    assert world.calls("delete") == []


def stateful(hash_: str, pod_hash: str, status: Item, *, available: int = 0) -> list[Item]:
    """A StatefulSet of one pod that is to become `hash_`, and its pod as it is."""
    workload = deployment(available=available, updated=int(hash_ == pod_hash), total=1)
    workload |= {"kind": "StatefulSet"}
    workload["status"]["updateRevision"] = hash_
    labels = {"controller-revision-hash": pod_hash}
    return [workload, pod(status, name="web-0", owner="deployment-web", labels=labels)]


def test_a_stateful_pod_that_was_stuck_is_started_anew_since_nobody_else_does_it(
    session: Session, world: World
) -> None:
    bad, waits = stateful("web-bad", "web-bad", back_off(9)), stateful("web-old", "web-bad", back_off(9))
    good = stateful("web-old", "web-old", running(), available=1)
    watched = before_apply(session, world.say(lines=[[0.0, bad]]).cluster, "web")
    outcome = watch(session, world.say(lines=[[0.0, waits], [4.0, good]]), watched)
    assert outcome.verdict.state is RolloutState.READY
    assert [words[:3] for words in world.calls("delete")] == [["delete", "pod", "web-0"]]


def test_what_the_controller_has_not_seen_yet_is_not_restarted(session: Session, world: World) -> None:
    stuck, stale = rollout(pod(back_off(9))), rollout(pod(back_off(9)), observed=1)
    new = [deployment(available=1, revision="3"), replica_set("2"), replica_set("3")]
    new.append(pod(running(), name="web-3-a", owner="rs-web-3"))
    watched = before_apply(session, world.say(lines=[[0.0, stuck]]).cluster, "web")
    outcome = watch(session, world.say(lines=[[0.0, stale], [2.0, new]]), watched)
    assert outcome.verdict.state is RolloutState.READY
    assert world.calls("delete") == []


def test_a_look_before_the_apply_that_fails_is_done_without(session: Session, world: World) -> None:
    watched = before_apply(session, world.say(away=[[0.0, 9.0]]).cluster, "web", Policy(stability_s=3.0))
    assert watched == Watched("web", Policy(stability_s=3.0))


def test_the_error_has_the_code_the_cause_the_log_and_what_to_do(session: Session, world: World) -> None:
    outcome = watch(session, world.play("crash-loop"))
    error = failure(session, world.cluster, "web", outcome)
    assert isinstance(error, DeployFailed)
    assert error.what == "web did not come up: CRASH_LOOP: container app keeps ending"
    assert "ended 2 times, last with exit code 1 (Error)" in error.why
    assert "Traceback: no such table: tasks" in error.why
    assert "./inv deploy.all" in error.fix
    assert world.calls("logs")[0][:4] == ["logs", outcome.verdict.pod, "--container", "app"]


def test_a_pod_that_never_existed_has_no_log(session: Session, world: World) -> None:
    outcome = watch(session, world.play("quota-exceeded"))
    failure(session, world.cluster, "web", outcome)
    assert world.calls("logs") == []


def test_where_nothing_is_applied_what_is_wrong_already_counts(session: Session, world: World) -> None:
    refused = [deployment(updated=0, total=1), replica_set("2", refusal="exceeded quota: q", at="10:00")]
    world.say(lines=[[0.0, refused]])
    watched = nothing_applied(before_apply(session, world.cluster, "web"))
    assert watch(session, world, watched).verdict.code == "QUOTA_EXCEEDED"


def test_where_nothing_is_applied_old_crashes_do_not_count(session: Session, world: World) -> None:
    old = rollout(pod(running(restartCount=9)), available=1)
    watched = before_apply(session, world.say(lines=[[0.0, old]]).cluster, "web")
    assert watch(session, world, nothing_applied(watched)).verdict.state is RolloutState.READY


def beside(session: Session, world: World, watched: Watched) -> Outcome | None:
    """What a helm run of 30 s is told meanwhile, a look a second."""
    look = watch_beside(session, world.cluster, watched, Step("web"), world)
    while world.seconds < 30:
        outcome = look()
        if outcome:
            return outcome
        world.sleep(1.0)
    return None


def test_what_helm_changed_fails_while_helm_still_waits(session: Session, world: World) -> None:
    watched = before_apply(session, world.say(lines=[[0.0, []]]).cluster, "web")
    outcome = beside(session, world.play("crash-loop"), watched)
    assert outcome
    assert outcome.verdict.code == "CRASH_LOOP"
    assert 5 <= world.seconds <= 9


def test_while_helm_waits_before_its_first_change_old_faults_are_not_its_own(
    session: Session, world: World
) -> None:
    # A pod that begins to fail meanwhile is of the revision before.
    well, broken = rollout(pod(running()), available=1), rollout(pod(back_off(9)))
    watched = before_apply(session, world.say(lines=[[0.0, well]]).cluster, "web")
    assert beside(session, world.say(lines=[[0.0, well], [7.0, broken]]), watched) is None


def test_while_helm_waits_nothing_is_ready_and_a_quick_helm_is_left_alone(
    session: Session, world: World
) -> None:
    watched = before_apply(session, world.say(lines=[[0.0, []]]).cluster, "web")
    asked = len(world.calls("get"))
    look = watch_beside(session, world.play("ok").cluster, watched, Step("web"), world)
    for _ in range(4):
        assert look() is None
        world.sleep(1.0)
    assert len(world.calls("get")) == asked
    assert beside(session, world, watched) is None
    assert len(world.calls("get")) > asked


def test_where_nobody_could_look_before_nothing_is_judged_while_helm_runs(
    session: Session, world: World
) -> None:
    watched = before_apply(session, world.say(away=[[0.0, 1.0]]).cluster, "web")
    world.sleep(2.0)
    assert beside(session, world.play("crash-loop"), watched) is None


def test_a_liveness_probe_that_is_missed_now_and_then_does_not_keep_the_watch_for_ever(
    session: Session, world: World
) -> None:
    container = {"livenessProbe": {"exec": {"command": ["x"]}, "periodSeconds": 10}}
    items = rollout(pod(running(), container=container), available=1)
    missed = [
        [at_s, [*items, event("Unhealthy", "Liveness probe failed: slow", container="app", count=n)]]
        for n, at_s in enumerate(range(10, 1000, 30), 1)
    ]
    outcome = watch(session, world.say(lines=[[0.0, items], *missed]), pace=4.0)
    assert (outcome.verdict.state, outcome.verdict.code) == (RolloutState.FAILED, "TIMED_OUT")
    assert outcome.verdict.message.startswith("not steady for 61 s")
    assert 60 + 61 <= outcome.took_s <= 60 + 61 + 8


def test_the_time_of_a_hook_before_the_change_is_not_the_rollouts(session: Session, world: World) -> None:
    before = rollout(pod(running()), available=1)
    after = rollout(pod(waiting()))
    after[0]["metadata"]["generation"] = 3
    watched = before_apply(session, world.say(lines=[[0.0, before]]).cluster, "web")
    look = watch_beside(
        session, world.say(lines=[[0.0, before], [55.0, after]]).cluster, watched, Step("web"), world
    )
    while world.seconds < 70:
        assert look() is None
        world.sleep(5.0)
