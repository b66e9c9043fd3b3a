"""Every row of the table: what is seen, its code, and the second at which it fails a rollout."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest

from delivery.paths import ROOT
from delivery.rollout.objects import Answers, Node
from delivery.rollout.policy import Policy
from delivery.rollout.table import BY_CODE, ROWS, Place, row_for
from delivery.rollout.verdict import RolloutState
from delivery.rollout.words import WORDS
from tests.unit.rollout.builders import (
    NOT_FOUND,
    Item,
    Watching,
    back_off,
    condition,
    deployment,
    ended,
    event,
    exit_of,
    killed,
    pod,
    replica_set,
    rollout,
    running,
    told,
    waiting,
)

NODE = Node("node-1", {"disk": "ssd"}, {"cpu": Fraction(2), "memory": Fraction(4 * 1024**3)})
SECRET = {"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "web-secrets", "key": "url"}}}]}
CONFIG = {"env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "web-config", "key": "url"}}}]}
SECRET_VOLUME = {"volumes": [{"name": "s", "secret": {"secretName": "web-secrets"}}]}
CLAIM = {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "web-data"}}]}
LARGE = {"resources": {"requests": {"cpu": "3"}}}
READINESS = {"readinessProbe": {"exec": {"command": ["ready"]}, "periodSeconds": 2, "failureThreshold": 3}}


def pulled(message: str, reason: str = "ErrImagePull") -> list[Item]:
    return rollout(pod(waiting(reason, message)))


def refused(message: str, **more: Any) -> list[Item]:
    return [deployment(updated=0, total=1, **more), replica_set("1"), replica_set("2", refusal=message)]


def mounting(message: str, spec: Item, reason: str = "FailedMount") -> list[Item]:
    return rollout(pod(waiting(), spec=spec), event(reason, message))


MISSING_KEY = "couldn't find key url in Secret todo/web-secrets"
# What is seen, what the cluster answers, the code, and the seconds it may last; None: it heals by itself.
CASES: list[tuple[str, list[Item], Answers | None, str, float | None]] = [
    ("invalid name", pulled("couldn't parse", "InvalidImageName"), None, "IMAGE_INVALID", 0),
    ("never pull", pulled("", "ErrImageNeverPull"), None, "IMAGE_NOT_LOADED", 0),
    ("inspect", pulled("", "ImageInspectError"), None, "IMAGE_UNREADABLE", 0),
    ("signature", pulled("", "SignatureValidationFailed"), None, "IMAGE_UNSIGNED", 0),
    ("throttled", pulled("toomanyrequests: pull access denied"), None, "IMAGE_PULL_THROTTLED", 20),
    ("429", pulled("unexpected status: 429 Too Many Requests"), None, "IMAGE_PULL_THROTTLED", 20),
    ("no network", pulled("dial tcp: lookup x: no such host"), None, "IMAGE_PULL_FAILING", 20),
    ("registry away", pulled("", "RegistryUnavailable"), None, "IMAGE_PULL_FAILING", 20),
    ("other words", pulled("something else"), None, "IMAGE_PULL_FAILING", 20),
    ("platform", pulled("no match for platform in manifest: not found"), None, "IMAGE_WRONG_PLATFORM", 0),
    ("denied", pulled("pull access denied"), None, "IMAGE_DENIED", 0),
    ("unauthorized", pulled("401 Unauthorized"), None, "IMAGE_DENIED", 0),
    ("not found", pulled(NOT_FOUND), None, "IMAGE_NOT_FOUND", 0),
    ("unknown", pulled("manifest unknown", "ImagePullBackOff"), None, "IMAGE_NOT_FOUND", 0),
    (
        "not on the node, and no registry",
        rollout(pod(waiting("ErrImagePull", "no such host"), container={"image": "web:1"})),
        Answers(images={"web:1": {"node-1": False}}), "IMAGE_NOT_FOUND", 0,
    ),
    (
        "cache", rollout(pod(waiting("CreateContainerConfigError", "failed to sync secret cache: late"))),
        None, "CACHE_SYNC", None,
    ),
    (
        "root", rollout(pod(waiting("CreateContainerConfigError", "container has runAsNonRoot and image"))),
        None, "RUNS_AS_ROOT", 0,
    ),
    (
        "config", rollout(pod(waiting("CreateContainerConfigError", "subpath"), container=SECRET)), None,
        "CONTAINER_CONFIG", 5,
    ),
    (
        "no program",
        rollout(pod(waiting("RunContainerError", 'exec: "x": executable file not found in $PATH'))), None,
        "NOT_RUNNABLE", 0,
    ),
    ("wrong format", rollout(pod(waiting("StartError", "exec format error"))), None, "NOT_RUNNABLE", 0),
    ("no right", rollout(pod(waiting("CreateContainerError", "permission denied"))), None, "NOT_RUNNABLE", 0),
    ("start", rollout(pod(waiting("CreateContainerError", "name is reserved"))), None, "CONTAINER_START", 10),
    ("ended so", rollout(pod(ended(128, "StartError", "exec format error"))), None, "NOT_RUNNABLE", 0),
    ("127", rollout(pod(ended(127))), None, "NOT_RUNNABLE", 0),
    ("126", rollout(pod(init=ended(126))), None, "NOT_RUNNABLE", 0),
    ("first crash", rollout(pod(ended(1))), None, "CRASHED", None),
    ("second crash", rollout(pod(ended(1, restartCount=1))), None, "CRASH_LOOP", 0),
    ("the word", rollout(pod(back_off())), None, "CRASH_LOOP", 0),
    ("exit 0", rollout(pod(ended(0, "Completed", restartCount=1))), None, "CRASH_LOOP", 0),
    ("143 without a deletion", rollout(pod(back_off(1, 143))), None, "CRASH_LOOP", 0),
    ("init", rollout(pod(init=back_off())), None, "CRASH_LOOP", 0),
    ("memory", rollout(pod(back_off(1, 137, "OOMKilled"))), None, "OOM_KILLED", 0),
    ("killed twice", rollout(pod(running()), killed("liveness", 2)), None, "PROBE_KILLED", 0),
    ("killed at start", rollout(pod(running(ready=False)), killed("startup", 2)), None, "PROBE_KILLED", 0),
    ("killed once", rollout(pod(running()), killed()), None, "CRASHED", None),
    ("never again", rollout(pod(init=ended(1), spec={"restartPolicy": "Never"})), None, "INIT_FAILED", 0),
    (
        "evicted thrice",
        rollout(*(pod(name=f"web-2-{n}", phase="Failed", reason="Evicted") for n in "abc")), None,
        "PODS_KEEP_FAILING", 0,
    ),
    ("evicted", rollout(pod(phase="Failed", reason="Evicted")), None, "POD_REPLACED", None),
    ("not ready", rollout(pod(running(ready=False), container=READINESS)), None, "NOT_READY", 30),
    (
        "no room yet",
        rollout(pod(unschedulable="x"), pod(running(), name="web-1-a", owner="rs-web-1", leaving=True)), None,
        "ROOM_SOON", None,
    ),
    (
        "a node comes", rollout(pod(unschedulable="Insufficient cpu"), event("TriggeredScaleUp")),
        Answers(nodes=(NODE,)), "SCALING_UP", None,
    ),
    (
        "mount cache", mounting("failed to sync configmap cache: timed out", SECRET_VOLUME), None,
        "CACHE_SYNC", None,
    ),
    (
        "young namespace", mounting('configmap "kube-root-ca.crt" not found', SECRET_VOLUME), None,
        "CACHE_SYNC", None,
    ),
    ("mount", mounting("exit status 32", CLAIM), Answers(claims={"web-data": "Bound"}), "VOLUME_MOUNT", 30),
    ("attach", mounting("timed out", CLAIM, "FailedAttachVolume"), None, "VOLUME_MOUNT", 30),
    ("sandbox", rollout(pod(waiting()), event("FailedCreatePodSandBox", "cni")), None, "SANDBOX_FAILING", 30),
    (
        "unbound", rollout(pod(unschedulable="pod has unbound immediate PersistentVolumeClaims", spec=CLAIM)),
        Answers(claims={"web-data": "Pending"}), "VOLUME_UNBOUND", 60,
    ),
    ("no room", rollout(pod(unschedulable="Insufficient cpu")), Answers(nodes=(NODE,)), "UNSCHEDULABLE", 20),
    ("large", rollout(pod(unschedulable="x", container=LARGE)), Answers(nodes=(NODE,)), "NO_NODE_FITS", 0),
    ("quota", refused("pods is forbidden: exceeded quota: q"), None, "QUOTA_EXCEEDED", 0),
    ("security", refused('pods is forbidden: violates PodSecurity "baseline"'), None, "POD_SECURITY", 0),
    ("webhook", refused('admission webhook "x" denied the request: no'), None, "WEBHOOK_DENIED", 0),
    ("webhook away", refused('failed calling webhook "x": refused'), None, "WEBHOOK_AWAY", 20),
    (
        "account", refused('pods is forbidden: error looking up service account todo/x: not found'), None,
        "SERVICE_ACCOUNT_MISSING", 10,
    ),
    ("forbidden", refused("pods is forbidden: minimum memory usage"), None, "POD_REFUSED", 0),
    ("not made", refused("etcdserver: request timed out"), None, "POD_CREATE_FAILING", 20),
    (
        "deadline",
        rollout(pod(waiting()), conditions=[condition("Progressing", "ProgressDeadlineExceeded")]), None,
        "PROGRESS_DEADLINE", 0,
    ),
    ("paused", rollout(updated=0, total=1, paused=True), None, "PAUSED", 5),
    (
        "no secret", rollout(pod(waiting("CreateContainerConfigError", "not found"), container=SECRET)),
        Answers(secrets={"web-secrets": None}), "SECRET_MISSING", 0,
    ),
    (
        "no key", rollout(pod(waiting("CreateContainerConfigError", MISSING_KEY), container=SECRET)),
        Answers(secrets={"web-secrets": frozenset({"token"})}), "SECRET_KEY_MISSING", 0,
    ),
    (
        "told by an event first",
        rollout(pod(waiting(), container=SECRET), event("Failed", f"Error: {MISSING_KEY}", container="app")),
        Answers(secrets={"web-secrets": frozenset()}), "SECRET_KEY_MISSING", 0,
    ),
    (
        "no map", rollout(pod(waiting("CreateContainerConfigError", "not found"), container=CONFIG)),
        Answers(config_maps={"web-config": None}), "CONFIGMAP_MISSING", 0,
    ),
    (
        "no key of a map", rollout(pod(waiting("CreateContainerConfigError", "x"), container=CONFIG)),
        Answers(config_maps={"web-config": frozenset()}), "CONFIGMAP_KEY_MISSING", 0,
    ),
    (
        "there by now", rollout(pod(waiting("CreateContainerConfigError", MISSING_KEY), container=SECRET)),
        Answers(secrets={"web-secrets": frozenset({"url"})}), "CONFIG_LAG", 30,
    ),
    (
        "no secret to mount", mounting('secret "web-secrets" not found', SECRET_VOLUME),
        Answers(secrets={"web-secrets": None}), "SECRET_MISSING", 0,
    ),
    (
        "no claim", rollout(pod(unschedulable='persistentvolumeclaim "web-data" not found', spec=CLAIM)),
        Answers(claims={}, nodes=(NODE,)), "PVC_MISSING", 0,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("items", "answers", "code", "grace_s"), [one[1:] for one in CASES], ids=[one[0] for one in CASES]
)
def test_a_row_fails_a_rollout_after_its_grace_and_not_before(
    items: list[Item], answers: Answers | None, code: str, grace_s: float | None
) -> None:
    watching = Watching()
    first = watching.at(100.0, items, answers)
    assert code in [one.code for one in first.findings]
    if grace_s == 0:
        assert told(first) == code
        return
    assert told(first) == "progressing"
    if grace_s is None:
        assert told(watching.at(4000.0, items, answers)) == "progressing"
        return
    assert told(watching.at(100.0 + grace_s - 0.5, items, answers)) == "progressing"
    late = watching.at(100.0 + grace_s, items, answers)
    assert (late.state, late.code) == (RolloutState.FAILED, code)


def test_every_row_has_a_case() -> None:
    elsewhere = {"WORKLOAD_GONE", "TIMED_OUT"}
    assert {row.code for row in ROWS} - elsewhere == {case[3] for case in CASES}


def test_every_row_that_can_fail_has_words_and_every_row_has_a_source() -> None:
    assert {row.code for row in ROWS if row.grace_s is not None} == set(WORDS)
    assert all(row.source for row in ROWS)


def test_a_code_has_one_grace_whatever_row_it_comes_from() -> None:
    assert all(row.grace_s == BY_CODE[row.code].grace_s for row in ROWS)


@pytest.mark.parametrize("items", [case[1] for case in CASES if case[4] == 0], ids=lambda _: "")
def test_nothing_is_judged_before_the_controller_has_seen_the_change(items: list[Item]) -> None:
    stale = [
        {**one, "status": {**one["status"], "observedGeneration": 1}} if one["kind"] == "Deployment" else one
        for one in items
    ]
    assert told(Watching().at(0.0, stale)) == "progressing"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("registry.example.org/unauthorized-proxy:1", "dial tcp: i/o timeout"),
        ("registry.example.org/web:toomanyrequests", "manifest unknown"),
        ("registry.example.org/web:i/o", "pull access denied"),
    ],
)
def test_an_images_own_name_decides_nothing(image: str, words: str) -> None:
    message = f'failed to pull "{image}": {words}'
    plain = row_for(Place.WAITING, "ErrImagePull", words)
    found = Watching().at(0.0, rollout(pod(waiting("ErrImagePull", message), container={"image": image})))
    assert plain
    assert [one.code for one in found.findings] == [plain.code]


@pytest.mark.parametrize(
    ("image", "answers"),
    [
        ("registry.example.org/web:1", Answers(images={"registry.example.org/web:1": {"node-1": False}})),
        ("web:1", Answers(images={"web:1": {"node-1": True}})),
        ("web:1", Answers()),
    ],
    ids=["it has a registry", "the node has it", "nobody answered"],
)
def test_a_network_that_fails_is_given_time_where_the_image_may_yet_come(
    image: str, answers: Answers
) -> None:
    items = rollout(pod(waiting("ErrImagePull", "no such host"), container={"image": image}))
    assert [one.code for one in Watching().at(0.0, items, answers).findings] == ["IMAGE_PULL_FAILING"]


def test_older_kubelets_tell_the_cause_of_a_failed_pull_in_an_event_alone() -> None:
    told_once = event("Failed", f'Failed to pull image "x": {NOT_FOUND}', container="app")
    back_off_alone = waiting("ImagePullBackOff", 'Back-off pulling image "x"')
    assert told(Watching().at(0.0, rollout(pod(back_off_alone), told_once))) == "IMAGE_NOT_FOUND"


def test_a_failed_pull_is_forgotten_once_the_image_came() -> None:
    failed = event("Failed", f'Failed to pull image "x": {NOT_FOUND}', container="app")
    came = event("Pulled", "Successfully pulled", container="app", at="2026-01-01T10:00:20Z")
    assert Watching().at(0.0, rollout(pod(waiting()), failed, came)).findings == ()


@pytest.mark.parametrize("reason", ["FailedMount", "FailedCreatePodSandBox"])
def test_what_failed_before_a_slow_pull_and_healed_fails_nothing(reason: str) -> None:
    items = rollout(pod(waiting()), event(reason, "timed out"), event("Pulling", container="app"))
    watching = Watching()
    assert {told(watching.at(at_s, items)) for at_s in (0.0, 31.0, 300.0)} == {"progressing"}


def test_a_grace_of_the_policy_replaces_that_of_the_table() -> None:
    items = rollout(pod(waiting("CreateContainerConfigError", "not found"), container=SECRET))
    answers = Answers(secrets={"web-secrets": None})
    watching = Watching(Policy(graces={"SECRET_MISSING": 45.0}))
    assert told(watching.at(0.0, items, answers)) == "progressing"
    assert told(watching.at(45.0, items, answers)) == "SECRET_MISSING"


def test_memory_seen_to_run_out_once_names_the_loop_though_the_last_end_says_something_else() -> None:
    watching = Watching()
    watching.at(0.0, rollout(pod(ended(137, "OOMKilled"))))
    watching.at(1.0, rollout(pod(running(restartCount=1))))
    assert told(watching.at(2.0, rollout(pod(ended(137, restartCount=1))))) == "OOM_KILLED"


@pytest.mark.parametrize(
    ("container", "events", "code"),
    [
        ({"resources": {"limits": {"memory": "64Mi"}}}, [], "OOM_KILLED"),
        ({}, [], "CRASH_LOOP"),
        ({"resources": {"limits": {"memory": "64Mi"}}}, [killed("liveness", 1)], "PROBE_KILLED"),
    ],
    ids=["under a limit", "without a limit", "by the kubelet"],
)
def test_exit_code_137_is_named_by_who_could_have_killed(
    container: Item, events: list[Item], code: str
) -> None:
    status = ended(137, restartCount=1, lastState={"terminated": exit_of(137)})
    assert told(Watching().at(0.0, rollout(pod(status, container=container), *events))) == code


def test_the_readme_has_a_row_for_every_code_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = text.split("| code | means |")[1].partition("\n\n")[0].splitlines()
    named = [code for row in rows[2:] for code in re.findall(r"`([A-Z_]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(BY_CODE)
