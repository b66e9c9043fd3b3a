"""The table of the verdict: what is seen, its code, how long it may last, and where that is known from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Place(Enum):
    """Where something is seen. What has to be counted, timed or asked has no words to look for."""

    WAITING = "a container's waiting reason"
    ENDED = "a container's end"
    EVENT = "an event of a pod that has not started"
    SCHEDULING = "the scheduler's condition of a pod"
    REFUSAL = "the refusal to make a pod"
    WORKLOAD = "a workload's condition"
    COUNTED = "counted over the rollout"
    ASKED = "asked from the cluster"


@dataclass(frozen=True)
class Row:
    """One row. It takes what has one of its `reasons` and its `text`; the first row that does wins.

    `grace_s` 0 fails a rollout at once; None never does: it heals by itself, and is told only.
    """

    code: str
    grace_s: float | None
    place: Place
    source: str
    reasons: frozenset[str] = frozenset()
    text: re.Pattern[str] | None = None

    def takes(self, place: Place, reason: str, words: str) -> bool:
        """Whether this row is about what was seen."""
        if place is not self.place or not (self.reasons or self.text):
            return False
        named = not self.reasons or reason in self.reasons
        return named and (self.text is None or self.text.search(words) is not None)


PULL = "ErrImagePull ImagePullBackOff RegistryUnavailable"
CONFIG = "CreateContainerConfigError VerifyNonRootError"
MOUNT = "FailedMount FailedAttachVolume"
_HOOKS = "PreCreateHookError PreStartHookError PostStartHookError"
_START = f"RunContainerError CreateContainerError StartError {_HOOKS}"
_NOT_RUNNABLE = (
    r"executable file not found|exec format error|permission denied|(exec: |stat ).*no such file or directory"
)
_NETWORK = (
    r"no such host|i/o timeout|connection refused|connection reset|server misbehaving|deadline exceeded"
    r"|tls handshake|unreachable|50[0-4] (internal|bad|service|gateway)|unexpected eof"
)
_DENIED = r"pull access denied|unauthorized|authentication required|denied: |insufficient_scope|403 forbidden"
_ABSENT = r"not found|manifest unknown|name unknown|repository does not exist"
_LAGS = r"failed to sync .*cache|not registered|kube-root-ca\.crt"
_IMAGES = "kubelet pkg/kubelet/images/types.go"
_RUNTIME = "kubelet pkg/kubelet/kuberuntime/kuberuntime_container.go"
_EVENTS = "kubelet pkg/kubelet/events"
_REGISTRY = "OCI distribution-spec error codes; containerd remotes/docker/resolver.go"

# Code, grace in seconds, reasons, words, source.
_Cells = tuple[str, float | None, str, str, str]


def _rows(place: Place, *rows: _Cells) -> tuple[Row, ...]:
    def pattern(text: str) -> re.Pattern[str] | None:
        return re.compile(text, re.IGNORECASE | re.DOTALL) if text else None

    return tuple(
        Row(code, grace_s, place, source, frozenset(reasons.split()), pattern(text))
        for code, grace_s, reasons, text, source in rows
    )


ROWS: tuple[Row, ...] = (
    *_rows(
        Place.WAITING,
        ("IMAGE_INVALID", 0, "InvalidImageName", "", f"{_IMAGES} ErrInvalidImageName"),
        ("IMAGE_NOT_LOADED", 0, "ErrImageNeverPull", "", f"{_IMAGES} ErrImageNeverPull"),
        ("IMAGE_UNREADABLE", 0, "ImageInspectError", "", f"{_IMAGES} ErrImageInspect"),
        ("IMAGE_UNSIGNED", 0, "SignatureValidationFailed", "", "cri-api pkg/errors"),
        ("IMAGE_PULL_THROTTLED", 20, PULL, r"toomanyrequests|429 too many|rate limit", _REGISTRY),
        # A network heals, so its words come before `not found`.
        ("IMAGE_PULL_FAILING", 20, PULL, _NETWORK, "errors of Go's net and net/http"),
        ("IMAGE_WRONG_PLATFORM", 0, PULL, r"no match for platform|no matching manifest", "containerd images"),
        ("IMAGE_DENIED", 0, PULL, _DENIED, _REGISTRY),
        ("IMAGE_NOT_FOUND", 0, PULL, _ABSENT, _REGISTRY),
        ("IMAGE_PULL_FAILING", 20, PULL, "", f"{_IMAGES} ErrImagePull, ErrImagePullBackOff"),
        ("CACHE_SYNC", None, CONFIG, _LAGS, "kubelet pkg/kubelet/util/manager; krane pod.rb"),
        # Decided by pod and image alone.
        ("RUNS_AS_ROOT", 0, CONFIG, r"runAsNonRoot", "kubelet verifyRunAsNonRoot"),
        ("CONTAINER_CONFIG", 5, CONFIG, "", f"{_RUNTIME} ErrCreateContainerConfig"),
        ("NOT_RUNNABLE", 0, _START, _NOT_RUNNABLE, "runc; execve(2)"),
        ("CONTAINER_START", 10, _START, "", f"{_RUNTIME} ErrRunContainer, ErrCreateContainer"),
    ),
    *_rows(
        Place.ENDED,
        ("NOT_RUNNABLE", 0, "StartError ContainerCannotRun", _NOT_RUNNABLE, "containerd, dockerd"),
        ("NOT_RUNNABLE", 0, "126 127", "", "POSIX shell, exit status 126 and 127"),
    ),
    *_rows(
        Place.COUNTED,
        ("CRASHED", None, "", "", "policy: restarts forgiven"),
        ("CRASH_LOOP", 0, "", "", "kubelet: restarts at once, then after 10, 20 … 300 s"),
        ("OOM_KILLED", 0, "", "", "CRI reason OOMKilled; exit code 137 under a memory limit"),
        ("PROBE_KILLED", 0, "", "", f"{_EVENTS} Killing: failed startup or liveness probe"),
        ("INIT_FAILED", 0, "", "", "restartPolicy Never: nothing starts it again"),
        ("PODS_KEEP_FAILING", 0, "", "", "pod phase Failed under a controller, three times a replica"),
        ("POD_REPLACED", None, "", "", "Evicted, Preempting, NodeLost, Shutdown; krane pod.rb"),
        ("NOT_READY", 30, "", "", "kubedog pod/status.go: window from the probe's own numbers"),
        ("ROOM_SOON", None, "", "", "pods of this workload were told to stop, which frees room"),
        ("WORKLOAD_GONE", 5, "", "", "somebody deleted it, or its namespace"),
        ("TIMED_OUT", 0, "", "", "timeouts.rolloutS of deploy.yaml"),
    ),
    *_rows(
        Place.EVENT,
        ("SCALING_UP", None, "TriggeredScaleUp Nominated", "", "cluster-autoscaler; Karpenter"),
        ("CACHE_SYNC", None, MOUNT, _LAGS, "kubelet pkg/kubelet/util/manager; root CA publisher"),
        ("VOLUME_MOUNT", 30, MOUNT, "", f"{_EVENTS} FailedMountVolume, FailedAttachVolume"),
        ("SANDBOX_FAILING", 30, "FailedCreatePodSandBox", "", f"{_EVENTS} FailedCreatePodSandBox"),
    ),
    *_rows(
        Place.SCHEDULING,
        ("VOLUME_UNBOUND", 60, "", r"unbound .*persistentvolumeclaim", "kube-scheduler volumebinding"),
        ("UNSCHEDULABLE", 20, "Unschedulable", "", "kube-scheduler PodReasonUnschedulable"),
    ),
    *_rows(
        Place.REFUSAL,
        ("QUOTA_EXCEEDED", 0, "", r"exceeded quota", "apiserver plugin resourcequota"),
        ("POD_SECURITY", 0, "", r"violates PodSecurity", "pod-security-admission"),
        ("WEBHOOK_DENIED", 0, "", r"admission webhook .* denied|denied the request", "apiserver ToStatusErr"),
        ("WEBHOOK_AWAY", 20, "", r"fail(ed|ing) (to call|calling) webhook", "apiserver ErrCallingWebhook"),
        # `default` comes a moment after its namespace.
        ("SERVICE_ACCOUNT_MISSING", 10, "", r"error looking up service ?account", "apiserver serviceaccount"),
        ("POD_REFUSED", 0, "", r"is forbidden|is invalid", "apiserver admission and validation"),
        ("POD_CREATE_FAILING", 20, "FailedCreate", "", "replicaset controller FailedCreateReason"),
    ),
    *_rows(
        Place.WORKLOAD,
        ("PROGRESS_DEADLINE", 0, "ProgressDeadlineExceeded", "", "deployment controller TimedOutReason"),
        ("PAUSED", 5, "DeploymentPaused", "", "deployment controller PausedDeployReason"),
    ),
    *_rows(
        Place.ASKED,
        ("SECRET_MISSING", 0, "", "", "API server: no such Secret"),
        ("SECRET_KEY_MISSING", 0, "", "", "API server: the Secret lacks the key"),
        ("CONFIGMAP_MISSING", 0, "", "", "API server: no such ConfigMap"),
        ("CONFIGMAP_KEY_MISSING", 0, "", "", "API server: the ConfigMap lacks the key"),
        ("CONFIG_LAG", 30, "", "", "API server has it; the kubelet tries again after 10 to 20 s"),
        ("PVC_MISSING", 0, "", "", "API server: no such PersistentVolumeClaim"),
        ("NO_NODE_FITS", 0, "", "", "the nodes' labels, taints and allocatable"),
        ("IMAGE_NOT_FOUND", 0, "", "", "the node's image store, where the name has no registry"),
    ),
)

# Some codes have several rows, which differ in their words alone.
BY_CODE: Mapping[str, Row] = {row.code: row for row in reversed(ROWS)}


def row_for(place: Place, reason: str, words: str) -> Row | None:
    """The first row that takes what was seen, or None for what says nothing about the rollout."""
    return next((row for row in ROWS if row.takes(place, reason, words)), None)
