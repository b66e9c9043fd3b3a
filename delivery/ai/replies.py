"""The answers that need no model: each kind of question from one snapshot. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from delivery.ai import changes, cost_rules
from delivery.ai.answer import Finding, Severity
from delivery.ai.log_causes import cause_in, error_lines
from delivery.ai.pod_table import pod_rows, usage_rows
from delivery.ai.rules import Topic, findings
from delivery.ai.snapshot import Item, Snapshot, Template, release_of, templates
from delivery.rollout.quantities import stamp

_EVENTS = 20
_LINES = 30


@dataclass(frozen=True)
class Reply:
    """Text for a person, with the findings that it rests on."""

    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question that was understood: its words, what it is about (empty: everything)."""

    text: str
    subject: str = ""


def known_names(snapshot: Snapshot) -> frozenset[str]:
    """What a question can be about: services, workloads, pods, Services."""
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "Service")
    own = {item["metadata"]["name"] for item in snapshot.of(*kinds)}
    return frozenset(own | {release for item in snapshot.items if (release := release_of(item))})


def about(snapshot: Snapshot, subject: str, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings on a release, workload or pod and on what is theirs; all where no subject is named."""
    if not subject:
        return found
    own = {f"Release/{subject}"}
    for item in snapshot.items:
        name = item["metadata"]["name"]
        if subject in (name, release_of(item)) or _made_by(item, subject):
            own.add(f"{item['kind']}/{name}")
    return tuple(one for one in found if one.object in own)


def _made_by(item: Item, subject: str) -> bool:
    owners = item["metadata"].get("ownerReferences") or ()
    return any(one["name"] == subject or one["name"].startswith(f"{subject}-") for one in owners)


def why(snapshot: Snapshot, asked: Asked) -> Reply:
    """The gravest finding on the subject in words; where there is none, what may lie behind it."""
    every = findings(snapshot, (Topic.HEALTH,))
    own = about(snapshot, asked.subject, every)
    grave = [one for one in own if one.severity > Severity.INFO]
    name = asked.subject or f"namespace {snapshot.namespace}"
    if grave:
        return Reply(told(grave[0]) + _still(snapshot, asked.subject), own)
    more = about(snapshot, asked.subject, findings(snapshot, (Topic.PERFORMANCE, Topic.RESOURCES)))
    worse = tuple(one for one in more if one.severity > Severity.INFO)
    elsewhere = tuple(one for one in every if one.severity > Severity.INFO and one not in own)
    text = f"Nothing is wrong with {name} now{_state(snapshot, asked.subject)}."
    if worse:
        text += f" What could trouble it: {worse[0].title}. {sentence(worse[0].fix)}"
    if elsewhere:
        first = elsewhere[0]
        text += f" Elsewhere: {first.object}: {first.title}. {sentence(first.fix)}"
    return Reply(text, (*elsewhere, *worse, *own))


def _state(snapshot: Snapshot, subject: str) -> str:
    for workload in snapshot.facts.workloads:
        if subject and workload.name.startswith(subject):
            return f": {workload.available} of {workload.wanted} available"
    return ""


def _still(snapshot: Snapshot, subject: str) -> str:
    """Old pods that serve while new ones fail: the difference between an outage and a failed change."""
    for workload in snapshot.facts.workloads:
        if subject and workload.name == subject and workload.available:
            return f" Meanwhile {workload.available} of {workload.wanted} replicas serve."
    return ""


def told(one: Finding) -> str:
    """A finding in three sentences."""
    return f"{one.object}: {sentence(one.title)} Cause: {sentence(one.why)} Fix: {sentence(one.fix)}"


def sentence(text: str) -> str:
    """With a full stop."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", "\n")) else f"{text}."


def topic_reply(*topics: Topic) -> Callable[[Snapshot, Asked], Reply]:
    """All findings on these topics."""

    def reply(snapshot: Snapshot, asked: Asked) -> Reply:
        found = about(snapshot, asked.subject, findings(snapshot, topics))
        return Reply(summary(found, asked.subject or f"namespace {snapshot.namespace}"), found)

    return reply


def summary(found: tuple[Finding, ...], name: str) -> str:
    """How many findings there are of each severity."""
    counted = {one: sum(each.severity is one for each in found) for one in reversed(Severity)}
    words = ", ".join(f"{count} {one.label}" for one, count in counted.items() if count)
    return f"{name}: {words or 'nothing found'}."


def cost(snapshot: Snapshot, asked: Asked) -> Reply:
    """A row per release, the sum, and the findings."""
    rows = [one for one in cost_rules.costs(snapshot) if asked.subject in ("", one.name)]
    currency = snapshot.prices.currency
    lines = [one.line(currency) for one in rows]
    total = sum(one.month for one in rows)
    lines.append(f"{'sum':<14} {total:>47.2f} {currency} a month, by requests at the prices of deploy.yaml")
    lines.append("On a cluster of your own this is notional: nobody sends a bill.")
    return Reply("\n".join(lines), about(snapshot, asked.subject, findings(snapshot, (Topic.COST,))))


def logs(snapshot: Snapshot, asked: Asked) -> Reply:
    """The last lines of each container, those of errors where the question speaks of errors."""
    errors = "error" in asked.text.lower() or "fail" in asked.text.lower()
    parts = []
    for (pod, container), log in snapshot.logs.items():
        lines = error_lines(log, _LINES) if errors else log.splitlines()[-_LINES:]
        head = f"{pod}, container {container}: "
        head += f"{len(lines)} lines that speak of errors" if errors else f"the last {len(lines)} lines"
        cause = cause_in("\n".join(lines)) if lines else None
        meaning = [f"  → {sentence(cause.title)} {sentence(cause.fix)}".rstrip()] if cause and errors else []
        parts.append("\n".join([head, *(f"  {line}" for line in lines), *meaning]))
    nothing = f"no container of {asked.subject or snapshot.namespace} has printed anything"
    every = about(snapshot, asked.subject, findings(snapshot)) if asked.subject else ()
    return Reply("\n".join(parts) or nothing, every)


def events(snapshot: Snapshot, asked: Asked) -> Reply:
    """The newest events, the last one last."""
    listed = sorted(snapshot.of("Event"), key=_event_at)
    if asked.subject:
        listed = [one for one in listed if _event_name(one).startswith(asked.subject)]
    lines = [_event_line(snapshot, one) for one in listed[-_EVENTS:]]
    return Reply("\n".join(lines) or "no events; the API server keeps them for an hour")


def _event_at(event: Item) -> float:
    series = event.get("series") or {}
    return stamp(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime"))


def _event_name(event: Item) -> str:
    return str((event.get("involvedObject") or {}).get("name", ""))


def _event_line(snapshot: Snapshot, event: Item) -> str:
    mark = "!" if event.get("type") == "Warning" else " "
    about_what = event.get("involvedObject") or {}
    count = (event.get("series") or {}).get("count") or event.get("count") or 1
    ago_s = max(0.0, snapshot.now - _event_at(event))
    times = f" (×{count})" if count > 1 else ""
    words = " ".join(str(event.get("message", "")).split())[:300]
    object = f"{about_what.get('kind')}/{about_what.get('name')}"
    return f"{mark} {ago_s:>5.0f} s ago  {object}  {event.get('reason')}{times}: {words}"


def urls(snapshot: Snapshot, asked: Asked) -> Reply:
    """Services, their ports, and where they are reached."""
    lines = []
    for item in snapshot.of("Service"):
        name, spec = item["metadata"]["name"], item["spec"]
        if asked.subject not in ("", name, release_of(item)):
            continue
        for port in spec.get("ports") or ():
            lines.append(_url_line(snapshot, name, spec.get("type", "ClusterIP"), port))
    lines.append("./inv deploy.urls prints the pages, after asking each.")
    return Reply("\n".join(lines))


def _url_line(snapshot: Snapshot, name: str, kind: str, port: Mapping[str, object]) -> str:
    node_port = port.get("nodePort")
    if not isinstance(node_port, int):
        return f"{name:<14} {kind:<12} {name}:{port['port']} inside the cluster only"
    address = snapshot.addresses.get(node_port)
    if address is None:
        return f"{name:<14} {kind:<12} {node_port} not published here: ./inv deploy.forward"
    answer = f"does not answer: {address.trouble}" if address.trouble else "answers"
    return f"{name:<14} {kind:<12} {node_port} {address.url} {answer}"


def status(snapshot: Snapshot, asked: Asked) -> Reply:
    """A row per pod, and what is wrong."""
    found = about(snapshot, asked.subject, findings(snapshot))
    rows = pod_rows(snapshot, asked.subject)
    return Reply(
        "\n".join([*rows, summary(found, asked.subject or f"namespace {snapshot.namespace}")]), found
    )


def usage(snapshot: Snapshot, asked: Asked) -> Reply:
    """Pods by what they use."""
    by_cpu = "cpu" in asked.text.lower() and "memory" not in asked.text.lower()
    rows = usage_rows(snapshot, asked.subject, by_cpu=by_cpu)
    return Reply("\n".join(rows), about(snapshot, asked.subject, findings(snapshot, (Topic.RESOURCES,))))


def history(snapshot: Snapshot, asked: Asked) -> Reply:
    """The revision of each release, and the verified ones."""
    lines = []
    for name, release in sorted((snapshot.releases or {}).items()):
        if asked.subject not in ("", name):
            continue
        record = snapshot.records.get(name)
        verified = ", ".join(str(one.revision) for one in record.entries) if record else ""
        lines.append(
            f"{name:<14} revision {release.revision} {release.status}; verified: {verified or 'none'}"
        )
    lines.append("./inv rollback.history shows what each revision is.")
    found = about(snapshot, asked.subject, findings(snapshot))
    return Reply("\n".join(lines), tuple(one for one in found if one.object.startswith("Release/")))


def describe(snapshot: Snapshot, asked: Asked) -> Reply:
    """Workloads in a few lines each."""
    made = [one for one in templates(snapshot) if asked.subject in ("", one.name, one.release)]
    lines = [line for one in made for line in _described(one)]
    found = about(snapshot, asked.subject, findings(snapshot))
    return Reply("\n".join([*lines, *pod_rows(snapshot, asked.subject)]), found)


def _described(one: Template) -> list[str]:
    lines = [f"{one.object}, release {one.release or 'none'}, {one.replicas} replicas wanted"]
    for container in one.containers():
        resources = container.get("resources") or {}
        probes = [name for name in ("startup", "readiness", "liveness") if f"{name}Probe" in container]
        lines.append(
            f"  container {container['name']}: image {container.get('image')}; requests"
            f" {_flat(resources.get('requests'))}; limits {_flat(resources.get('limits'))};"
            f" probes {', '.join(probes) or 'none'}"
        )
    return lines


def _flat(values: Mapping[str, object] | None) -> str:
    return " ".join(f"{key}={value}" for key, value in (values or {}).items()) or "none"


def change(snapshot: Snapshot, asked: Asked) -> Reply:
    """The command for a change: never run here."""
    return Reply(changes.proposed(snapshot, asked.text, asked.subject))


REPLIES: Mapping[str, Callable[[Snapshot, Asked], Reply]] = {
    "change": change,
    "why": why,
    "logs": logs,
    "usage": usage,
    "events": events,
    "urls": urls,
    "security": topic_reply(Topic.SECURITY),
    "cost": cost,
    "optimize": topic_reply(Topic.RESOURCES),
    "performance": topic_reply(Topic.PERFORMANCE),
    "history": history,
    "describe": describe,
    "analyze": topic_reply(Topic.HEALTH),
    "status": status,
}
