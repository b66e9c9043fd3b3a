"""Findings on one container: what it waits for, how it ended, whether it becomes ready. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from delivery.rollout.findings import Finding, Sight
from delivery.rollout.memory import container_key
from delivery.rollout.objects import Answers, ContainerFacts, Event, PodFacts, Probe, Reference
from delivery.rollout.table import BY_CODE, CONFIG, PULL, Place, Row, row_for

KILLED_BY_PROBE = re.compile(r"failed (startup|liveness) probe, will be restarted", re.IGNORECASE)
_LAGS = re.compile(r"not found|find key|non-existent .* key", re.IGNORECASE)
# The kubelet tells these before the container's status does.
_PULL_FAILED = "Failed to pull image"
_CONFIG_FAILED = re.compile(r"^Error: (secret|configmap|couldn't find key)", re.IGNORECASE)
_UNDER_WAY = ("", "ContainerCreating", "PodInitializing")
_PULLED = ("Pulled", "Created", "Started")
_CREATED = ("Created", "Started")
_KILLED = 137
_MISSING = {
    "Secret": ("SECRET_MISSING", "SECRET_KEY_MISSING"),
    "ConfigMap": ("CONFIGMAP_MISSING", "CONFIGMAP_KEY_MISSING"),
}


def container_findings(sight: Sight, container: ContainerFacts) -> Iterator[Finding]:
    """All findings on a container of the pod."""
    if container.state == "waiting":
        yield from _waiting(sight, container)
    yield from _ends(sight, container)
    yield from _not_ready(sight, container)


def pull_trouble(sight: Sight, container: ContainerFacts) -> str:
    """The words of a pull that fails, or an empty string. Older kubelets tell the cause in events alone."""
    if container.state != "waiting":
        return ""
    told = _failure_told(sight, container, _PULL_FAILED, _PULLED)
    if container.reason in PULL.split():
        cause = told.partition(": ")[2]
        more = "" if cause in container.message else told
        return f"{container.reason}: {container.message}\n{more}".strip()
    return told if container.reason in _UNDER_WAY else ""


def config_trouble(sight: Sight, container: ContainerFacts) -> str:
    """The words of an environment that can't be put together, or an empty string."""
    if container.state != "waiting":
        return ""
    if container.reason in CONFIG.split():
        return container.message
    told = _failure_told(sight, container, "Error: ", _CREATED)
    return told if container.reason in _UNDER_WAY and _CONFIG_FAILED.match(told) else ""


def has_registry(reference: str) -> bool:
    """Whether an image's name says where to pull it from.

    Source: distribution/reference, splitDockerDomain.
    """
    host, slash, _ = reference.partition("/")
    return bool(slash) and ("." in host or ":" in host or host == "localhost")


def missing(references: tuple[Reference, ...], answers: Answers) -> tuple[Row, Reference] | None:
    """The first object or key that the cluster says is not there."""
    for reference in references:
        known = answers.secrets if reference.kind == "Secret" else answers.config_maps
        if reference.name not in known:
            continue
        keys, codes = known[reference.name], _MISSING[reference.kind]
        if keys is None:
            return BY_CODE[codes[0]], reference
        if reference.key and reference.key not in keys:
            return BY_CODE[codes[1]], reference
    return None


def absence(sight: Sight, references: tuple[Reference, ...], words: str, container: str) -> Finding | None:
    """The finding on an object or key that is absent, or is there and only not seen by the kubelet yet."""
    found = missing(references, sight.facts.answers)
    if found:
        row, reference = found
        use = f"the environment of container {reference.container}" if reference.container else ""
        use = use or f"volume {reference.volume}"
        return sight.finding(
            row, words, container, kind=reference.kind, name=reference.name, key=reference.key, use=use
        )
    known = {*sight.facts.answers.secrets, *sight.facts.answers.config_maps}
    if references and all(one.name in known for one in references) and _LAGS.search(words):
        return sight.finding(BY_CODE["CONFIG_LAG"], words, container)
    return None


def window_s(probe: Probe) -> float:
    """How long a container that is well may fail its readiness probe at least.

    Source: kubedog pkg/tracker/pod/status.go, readiness window.
    """
    rounds = max(0, probe.failures + probe.successes - 3)
    delay_s = probe.initial_delay_s + probe.timeout_s
    return delay_s + rounds * probe.period_s + probe.period_s / 2 + probe.timeout_s


def kills(sight: Sight, container: ContainerFacts) -> int:
    """How often the kubelet killed the container for a startup or liveness probe since the apply."""
    return sum(
        sight.memory.baseline.repeated(one)
        for one in sight.new_events("Killing")
        if one.container == container.name and KILLED_BY_PROBE.search(one.message)
    )


def last_failure(pod: PodFacts, container: ContainerFacts, kind: str) -> Event | None:
    """The last event of a failed probe of this kind: Startup, Liveness or Readiness."""
    events = [
        one
        for one in pod.events
        if one.reason == "Unhealthy" and one.container == container.name and one.message.startswith(kind)
    ]
    return max(events, key=lambda one: one.last_at, default=None)


def _waiting(sight: Sight, container: ContainerFacts) -> Iterator[Finding]:
    pull, config = pull_trouble(sight, container), config_trouble(sight, container)
    if pull:
        yield _image(sight, container, pull)
    elif config:
        own = tuple(one for one in sight.pod.references if one.container == container.name)
        found = row_for(Place.WAITING, CONFIG.split()[0], config)
        asked = absence(sight, own, config, container.name) if found and found.grace_s else None
        if asked or found:
            yield asked or sight.finding(found or BY_CODE["CONTAINER_CONFIG"], config, container.name)
    else:
        row = row_for(Place.WAITING, container.reason, container.message)
        if row:
            yield _with_image(sight, row, container, f"{container.reason}: {container.message}")


def _image(sight: Sight, container: ContainerFacts, words: str) -> Finding:
    # An image's own name may hold any word.
    row = row_for(Place.WAITING, "ErrImagePull", words.replace(container.image, ""))
    row = row or BY_CODE["IMAGE_PULL_FAILING"]
    if row.code == "IMAGE_PULL_FAILING" and _in_no_node(sight, container.image):
        words = f"no node has it, and its name has no registry to pull it from\n{words}"
        row = BY_CODE["IMAGE_NOT_FOUND"]
    return _with_image(sight, row, container, words)


def _with_image(sight: Sight, row: Row, container: ContainerFacts, words: str) -> Finding:
    return sight.finding(row, words, container.name, image=container.image)


def _in_no_node(sight: Sight, reference: str) -> bool:
    nodes: Mapping[str, bool] = sight.facts.answers.images.get(reference, {})
    if has_registry(reference) or not nodes:
        return False
    return not nodes[sight.pod.node] if sight.pod.node in nodes else not any(nodes.values())


def _failure_told(sight: Sight, container: ContainerFacts, begin: str, got_further: Collection[str]) -> str:
    """The newest event of a failure that begins so, unless the container has got further since."""
    own = [one for one in sight.pod.events if one.container == container.name]
    failed = [one for one in sight.new_events("Failed") if one in own and one.message.startswith(begin)]
    last = max(failed, key=lambda one: one.last_at, default=None)
    if last is None or any(one.reason in got_further and one.last_at > last.last_at for one in own):
        return ""
    return last.message


def _ends(sight: Sight, container: ContainerFacts) -> Iterator[Finding]:
    before = sight.memory.baseline.ends.get(container_key(sight.pod, container), 0)
    ended, killed = container.ends - before, kills(sight, container)
    count = max(ended, killed)
    if count <= 0:
        return
    row = _fatal_end(sight, container) if ended > 0 else None
    if row is None and count <= sight.policy.restarts_forgiven:
        row = BY_CODE["CRASHED"]
    row = row or BY_CODE[_crash_code(sight, container, killed)]
    found = sight.finding(
        row, _ending_words(sight, container, count), container.name,
        image=container.image, count=str(count), limit=container.memory_limit,
        kind="init container" if container.init else "container",
    )  # fmt: skip
    yield replace(found, counted=True)


def _fatal_end(sight: Sight, container: ContainerFacts) -> Row | None:
    end = container.ended
    if end is None or container.state == "running":
        return None
    if sight.pod.never_restarts and container.init and end.exit_code:
        return BY_CODE["INIT_FAILED"]
    return row_for(Place.ENDED, end.reason, end.message) or row_for(Place.ENDED, str(end.exit_code), "")


def _crash_code(sight: Sight, container: ContainerFacts, killed: int) -> str:
    """Named by the ends seen. Some runtimes lose the reason OOMKilled and tell exit code 137 alone.

    SIGKILL comes from the kubelet, which says so in an event, or from the kernel, for a container with a
    memory limit.
    """
    if out_of_memory(container) or container_key(sight.pod, container) in sight.memory.oom:
        return "OOM_KILLED"
    if killed:
        return "PROBE_KILLED"
    ends = [one for one in (container.ended, container.earlier) if one]
    by_kernel = bool(ends) and all(one.exit_code == _KILLED for one in ends) and container.memory_limit
    return "OOM_KILLED" if by_kernel else "CRASH_LOOP"


def out_of_memory(container: ContainerFacts) -> bool:
    """Whether an end that can be seen now was for want of memory."""
    return any(one and one.reason == "OOMKilled" for one in (container.ended, container.earlier))


def _ending_words(sight: Sight, container: ContainerFacts, count: int) -> str:
    words = "ended once" if count == 1 else f"ended {count} times"
    end = container.ended
    if end:
        words += f", last with exit code {end.exit_code} ({end.reason or 'no reason given'})"
    probes = [last_failure(sight.pod, container, kind) for kind in ("Liveness", "Startup")]
    told = next((one.message for one in probes if one), "") if kills(sight, container) else ""
    return "\n".join(part for part in (words, told, end.message if end else "") if part.strip())


def _not_ready(sight: Sight, container: ContainerFacts) -> Iterator[Finding]:
    probe = container.probes.readiness
    if container.state != "running" or container.ready or probe is None:
        return
    if container.probes.startup and not container.started:
        return
    failure = last_failure(sight.pod, container, "Readiness")
    found = sight.finding(BY_CODE["NOT_READY"], failure.message if failure else "not ready", container.name)
    since = max(container.started_at, sight.pod.ready_changed_at)
    lasted_s = failure.last_at - since if failure and since else 0.0
    grace_s = max(found.grace_s or 0.0, window_s(probe))
    yield replace(found, grace_s=grace_s, seen_for_s=max(0.0, lasted_s))
