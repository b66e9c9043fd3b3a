"""What people are told of each code: what is wrong, why that fails a rollout, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Three answers for a person; `why` ends with the cluster's own words where there are any."""

    what: str
    why: str
    next: str


_VALUES = "mend services.NAME.values in deploy.yaml and run ./inv deploy.all"
_SECRETS = "run ./inv secrets.apply, then ./inv deploy.all"
_SEE_LOG = "the log above says more; mend the cause and run ./inv deploy.all"
_BUILD = "run ./inv build.load, then ./inv deploy.all"

# Placeholders: object, pod, container and message always; image, name, key, kind, use, count and limit
# where the finding has them.
WORDS: Mapping[str, Words] = {
    "IMAGE_INVALID": Words("{image} is no valid image name", "the kubelet can't read it", _VALUES),
    "IMAGE_NOT_LOADED": Words("image {image} is not on the node", "the pull policy is Never", _BUILD),
    "IMAGE_UNREADABLE": Words(
        "image {image} can't be read on the node", "the runtime could not inspect it", _BUILD
    ),
    "IMAGE_UNSIGNED": Words(
        "image {image} fails the node's check of its signature", "the node's policy refuses it",
        "sign the image, or change the policy of the node's runtime",
    ),
    "IMAGE_PULL_THROTTLED": Words(
        "the registry throttles pulls of {image}", "it did not give in within the grace",
        "wait, log in to the registry (imagePullSecrets), or use another; then ./inv deploy.all",
    ),
    "IMAGE_PULL_FAILING": Words(
        "image {image} can't be pulled", "the registry did not answer well within the grace",
        "look at the node's network and the registry's name; then ./inv deploy.all",
    ),
    "IMAGE_WRONG_PLATFORM": Words(
        "image {image} has no variant for the node's platform", "the registry offers other platforms only",
        "build it for the node's architecture and run ./inv deploy.all",
    ),
    "IMAGE_DENIED": Words(
        "the registry refuses image {image}", "it is private, or it does not exist",
        "name an imagePullSecret in the chart's values, or mend the image's name; then ./inv deploy.all",
    ),
    "IMAGE_NOT_FOUND": Words(
        "there is no image {image}", "neither the node nor a registry has it",
        "mend the tag, or " + _BUILD,
    ),
    "RUNS_AS_ROOT": Words(
        "container {container} would run as root", "its pod says runAsNonRoot",
        "set USER to a number in the Dockerfile, or runAsUser in the chart's values; then ./inv deploy.all",
    ),
    "CONTAINER_CONFIG": Words(
        "the environment of container {container} can't be put together", "the kubelet can't make it", _VALUES
    ),
    "CONFIG_LAG": Words(
        "container {container} waits for something that is there", "the kubelet did not see it in time",
        "run ./inv deploy.all again; if it stays, look at the node's kubelet",
    ),
    "NOT_RUNNABLE": Words(
        "container {container} can't run its command", "there is no such program in the image, or not for it",
        "mend the command, or the image's CMD, and run ./inv deploy.all",
    ),
    "CONTAINER_START": Words(
        "container {container} can't be started", "the runtime refuses it", "mend the cause; ./inv deploy.all"
    ),
    "CRASH_LOOP": Words(
        "{kind} {container} keeps ending", "{message}", _SEE_LOG
    ),
    "OOM_KILLED": Words(
        "{kind} {container} runs out of memory",
        "its memory limit is {limit}",
        "raise resources.limits.memory in services.NAME.values, or use less; then ./inv deploy.all",
    ),
    "PROBE_KILLED": Words(
        "container {container} is killed by its probe", "its startup or liveness probe fails",
        "mend what the probe asks, or give it more time in the chart's values; then ./inv deploy.all",
    ),
    "INIT_FAILED": Words("init container {container} failed", "nothing starts it again", _SEE_LOG),
    "PODS_KEEP_FAILING": Words(
        "the pods of {object} are ended by the node", "each new one is too",
        "look at the node's disk and memory, and at the chart's limits; then ./inv deploy.all",
    ),
    "NOT_READY": Words(
        "container {container} runs but does not become ready", "its readiness probe fails past its window",
        "mend what the probe asks for (often a database that is away); then ./inv deploy.all",
    ),
    "WORKLOAD_GONE": Words(
        "{object} is gone", "it was there when the rollout began", "find out who deletes it; ./inv deploy.all"
    ),
    "VOLUME_MOUNT": Words(
        "a volume of pod {pod} can't be mounted", "it did not heal within the grace", _VALUES
    ),
    "SANDBOX_FAILING": Words(
        "pod {pod} gets no network on its node", "the runtime can't make its sandbox",
        "look at the node's network plugin; then ./inv deploy.all",
    ),
    "VOLUME_UNBOUND": Words(
        "a volume claim of pod {pod} gets no volume", "no storage class provides one",
        "look at `kubectl get pvc,storageclass`; then ./inv deploy.all",
    ),
    "UNSCHEDULABLE": Words(
        "no node has room for pod {pod}", "none came free within the grace",
        "ask for less, run fewer replicas, or add a node; then ./inv deploy.all",
    ),
    "NO_NODE_FITS": Words(
        "no node can ever take pod {pod}", "waiting changes nothing",
        "mend resources.requests, nodeSelector or tolerations in services.NAME.values; then ./inv deploy.all",
    ),
    "QUOTA_EXCEEDED": Words(
        "the namespace's quota leaves no room for the pods of {object}", "the API server refuses them",
        "raise the quota or ask for less; then ./inv deploy.all",
    ),
    "POD_SECURITY": Words(
        "the pods of {object} break the namespace's Pod Security", "the API server refuses them",
        "mend the securityContext in services.NAME.values; then ./inv deploy.all",
    ),
    "WEBHOOK_DENIED": Words(
        "a webhook denies the pods of {object}", "the API server refuses them",
        "do what the webhook asks for, named below; then ./inv deploy.all",
    ),
    "WEBHOOK_AWAY": Words(
        "a webhook that must agree to the pods of {object} does not answer", "no pod is made without it",
        "bring the webhook back, or remove its configuration; then ./inv deploy.all",
    ),
    "SERVICE_ACCOUNT_MISSING": Words(
        "the pods of {object} name a service account that there isn't", "the API server refuses them",
        "mend serviceAccount in services.NAME.values; then ./inv deploy.all",
    ),
    "POD_REFUSED": Words("the pods of {object} are refused", "the API server says no for good", _VALUES),
    "POD_CREATE_FAILING": Words(
        "the pods of {object} can't be made", "it did not heal within the grace",
        "look at the API server; then ./inv deploy.all",
    ),
    "PROGRESS_DEADLINE": Words(
        "{object} made no progress in its own time", "progressDeadlineSeconds are over", _SEE_LOG
    ),
    "PAUSED": Words(
        "{object} is paused", "a paused Deployment makes no new pods",
        "run `kubectl rollout resume {object}`, then ./inv deploy.all",
    ),
    "SECRET_MISSING": Words("there is no Secret {name}", "{use} needs it", _SECRETS),
    "SECRET_KEY_MISSING": Words("Secret {name} has no key {key}", "{use} needs it", _SECRETS),
    "CONFIGMAP_MISSING": Words("there is no ConfigMap {name}", "{use} needs it", _VALUES),
    "CONFIGMAP_KEY_MISSING": Words("ConfigMap {name} has no key {key}", "{use} needs it", _VALUES),
    "PVC_MISSING": Words(
        "there is no volume claim {name}", "pod {pod} mounts it",
        "make the PersistentVolumeClaim, or mend its name in services.NAME.values; then ./inv deploy.all",
    ),
    "TIMED_OUT": Words(
        "{object} was not complete in time", "timeouts.rolloutS are over, and it still waits: {message}",
        "mend what it waits for, or raise timeouts.rolloutS in deploy.yaml; then ./inv deploy.all",
    ),
}  # fmt: skip


class _Known(dict[str, str]):
    """Details by name; one that a finding lacks reads as `it`."""

    def __missing__(self, name: str) -> str:
        return "it"


def words_for(code: str, details: Mapping[str, str]) -> Words:
    """The words of a code, filled in; the cluster's own follow `why`."""
    template, known = WORDS[code], _Known(details)
    told = details.get("message", "").strip()
    why = template.why.format_map(known)
    return Words(
        what=template.what.format_map(known),
        why=f"{why}: {told}" if told and told not in why else why,
        next=template.next.format_map(known),
    )
