"""What workloads name and there isn't: Secrets, ConfigMaps, keys, volume claims, service accounts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from delivery.ai.answer import Finding
from delivery.ai.finding_texts import CRITICAL, INFO, WARNING, Catalogue, Entry
from delivery.ai.snapshot import Snapshot, Template, templates
from delivery.rollout.findings import named
from delivery.rollout.objects import Reference
from delivery.rollout.pod_facts import parse_pod

_SECRETS = "./inv secrets.apply, then ./inv deploy.all"
_SOURCE = "kubelet: a pod waits for what its environment and volumes name"
TEXTS = Catalogue({
    "SECRET_MISSING": Entry(
        CRITICAL, "there is no Secret {name}", "{use} of {workload} needs it", _SECRETS, _SOURCE,
    ),
    "SECRET_KEY_MISSING": Entry(
        CRITICAL, "Secret {name} has no key {key}", "{use} of {workload} needs it", _SECRETS, _SOURCE,
    ),
    "CONFIGMAP_MISSING": Entry(
        CRITICAL, "there is no ConfigMap {name}", "{use} of {workload} needs it",
        "./inv deploy.all, which makes the chart's own again", _SOURCE,
    ),
    "CONFIGMAP_KEY_MISSING": Entry(
        CRITICAL, "ConfigMap {name} has no key {key}", "{use} of {workload} needs it",
        "name it in services.NAME.env of deploy.yaml, then ./inv deploy.all", _SOURCE,
    ),
    "PVC_MISSING": Entry(
        CRITICAL, "there is no volume claim {name}", "{workload} mounts it",
        "make the PersistentVolumeClaim, or mend its name in the chart's values; then ./inv deploy.all",
        _SOURCE,
    ),
    "SERVICE_ACCOUNT_MISSING": Entry(
        CRITICAL, "there is no service account {name}", "the API server refuses the pods of {workload}",
        "mend serviceAccount in services.NAME.values; then ./inv deploy.all", "apiserver serviceaccount",
    ),
    "VOLUME_UNBOUND": Entry(
        WARNING, "volume claim {name} has no volume", "{words}",
        "kubectl describe pvc {name}, and kubectl get storageclass", "PersistentVolumeClaim status.phase",
    ),
    "VOLUME_UNUSED": Entry(
        INFO, "volume claim {name} is used by no workload", "it keeps {size} that nobody reads",
        "kubectl delete pvc {name}, once its data is not needed any more",
        "PersistentVolumeClaims against the volumes of pods",
    ),
})  # fmt: skip
_CODES = {
    "Secret": ("SECRET_MISSING", "SECRET_KEY_MISSING"),
    "ConfigMap": ("CONFIGMAP_MISSING", "CONFIGMAP_KEY_MISSING"),
}


def references(snapshot: Snapshot) -> Iterator[Finding]:
    """Templates that name an object or key that there isn't: also of workloads that have no pod yet."""
    refused = {named(workload) for workload in snapshot.facts.workloads if workload.refusal}
    keys = config_keys(snapshot) if snapshot.sees("configmaps") else None
    for one in [] if snapshot.rendered else templates(snapshot):
        if one.replicas == 0:
            continue
        for reference in _pod(one):
            known = snapshot.secrets if reference.kind == "Secret" else keys
            if known is not None:
                yield from _missing(one, reference, known)
        # A pod that was refused for its account is told by the refusal.
        if one.object not in refused:
            yield from _account(snapshot, one)
        for claim in parse_claims(one):
            if snapshot.sees("persistentvolumeclaims") and not snapshot.has("PersistentVolumeClaim", claim):
                yield TEXTS.found("PVC_MISSING", one.object, name=claim, workload=one.object)


def _pod(template: Template) -> tuple[Reference, ...]:
    return parse_pod({"metadata": {"name": template.name}, "spec": template.spec}).references


def parse_claims(template: Template) -> tuple[str, ...]:
    """The volume claims that the template names itself."""
    return parse_pod({"metadata": {"name": template.name}, "spec": template.spec}).claims


def _missing(one: Template, reference: Reference, known: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    absent, keyless = _CODES[reference.kind]
    use = f"container {reference.container}" if reference.container else f"volume {reference.volume}"
    details: dict[str, Any] = {
        "name": reference.name,
        "key": reference.key,
        "use": use,
        "workload": one.object,
    }
    there = known.get(reference.name)
    if there is None:
        yield TEXTS.found(absent, one.object, [f"{use} names {reference.kind} {reference.name}"], **details)
    elif reference.key and reference.key not in there:
        has = f"{reference.kind} {reference.name} has {', '.join(sorted(there)) or 'no keys'}"
        yield TEXTS.found(keyless, one.object, [has], **details)


def config_keys(snapshot: Snapshot) -> dict[str, frozenset[str]]:
    """ConfigMap → its keys."""
    return {
        one["metadata"]["name"]: frozenset([*(one.get("data") or {}), *(one.get("binaryData") or {})])
        for one in snapshot.of("ConfigMap")
    }


def _account(snapshot: Snapshot, one: Template) -> Iterator[Finding]:
    accounts = snapshot.of("ServiceAccount")
    name = one.spec.get("serviceAccountName") or "default"
    if accounts and not snapshot.has("ServiceAccount", name):
        yield TEXTS.found("SERVICE_ACCOUNT_MISSING", one.object, name=name, workload=one.object)


def claims(snapshot: Snapshot) -> Iterator[Finding]:
    """Volume claims that wait for a volume."""
    for item in snapshot.of("PersistentVolumeClaim"):
        name, phase = item["metadata"]["name"], (item.get("status") or {}).get("phase", "")
        if phase in ("Pending", "Lost"):
            events = [
                one.get("message", "")
                for one in snapshot.of("Event")
                if (one.get("involvedObject") or {}).get("name") == name
            ]
            waits = any("first consumer" in text for text in events)
            words = events[-1] if events else f"its phase is {phase}"
            severity = INFO if waits and phase == "Pending" else None
            yield TEXTS.found(
                "VOLUME_UNBOUND", f"PersistentVolumeClaim/{name}", [f"phase {phase}"], severity=severity,
                name=name, words=words,
            )  # fmt: skip


def unused_claims(snapshot: Snapshot) -> Iterator[Finding]:
    """Volume claims that no workload mounts; those of a StatefulSet are named after it."""
    made = templates(snapshot) if snapshot.sees("statefulsets", "pods", "jobs", "cronjobs") else []
    used = {claim for one in made for claim in parse_claims(one)}
    sets = [
        f"{claim['metadata']['name']}-{item['metadata']['name']}-"
        for item in snapshot.of("StatefulSet")
        for claim in item["spec"].get("volumeClaimTemplates") or ()
    ]
    for item in snapshot.of("PersistentVolumeClaim") if made else ():
        name = item["metadata"]["name"]
        if name not in used and not name.startswith(tuple(sets) or ("\0",)):
            size = (item["spec"].get("resources") or {}).get("requests", {}).get("storage", "space")
            yield TEXTS.found("VOLUME_UNUSED", f"PersistentVolumeClaim/{name}", name=name, size=size)


CHECKS = (references, claims)
