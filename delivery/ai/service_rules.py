"""What leads nowhere: Services, Ingresses, NetworkPolicies, budgets, scalers without what they name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from delivery.ai.answer import Finding
from delivery.ai.finding_texts import CRITICAL, INFO, WARNING, Catalogue, Entry
from delivery.ai.snapshot import Item, Snapshot, Template, selects, templates
from delivery.rollout.quantities import stamp

# A first start may take as long.
_START_S = 60.0
_CORE = "Kubernetes Service: selector, targetPort, EndpointSlice"
TEXTS = Catalogue({
    "SERVICE_WITHOUT_ENDPOINTS": Entry(
        CRITICAL, "Service {name} has no ready pod behind it", "every request to it fails: {words}",
        './inv ai.ask "why is {workload} not ready"', _CORE,
    ),
    "SELECTOR_MATCHES_NOTHING": Entry(
        CRITICAL, "the selector of Service {name} matches no pod",
        "no pod or workload has the labels {labels}", "kubectl get pods --show-labels, and mend the selector",
        _CORE,
    ),
    "SERVICE_PORT_UNKNOWN": Entry(
        CRITICAL, "Service {name} sends to port {port}, which no container of its pods has",
        "the name of a targetPort must be that of a container's port", "mend service.targetPort in the chart",
        _CORE,
    ),
    "INGRESS_SERVICE_MISSING": Entry(
        CRITICAL, "Ingress {name} leads to Service {target}, which there is not",
        "the controller answers 503 for it", "kubectl get services, and mend the Ingress",
        "networking.k8s.io/v1 Ingress: backend.service",
    ),
    "INGRESS_PORT_MISSING": Entry(
        CRITICAL, "Ingress {name} leads to port {port} of Service {target}, which it has not",
        "the controller answers 503 for it", "kubectl describe service {target}, and mend the Ingress",
        "networking.k8s.io/v1 Ingress: backend.service.port",
    ),
    "INGRESS_TLS_MISSING": Entry(
        CRITICAL, "Ingress {name} names the certificate {target}, which there is not",
        "the controller serves its own certificate, which browsers refuse",
        "kubectl create secret tls {target}, or mend ingress.tls.secretName",
        "networking.k8s.io/v1 Ingress: tls.secretName",
    ),
    "NETWORK_POLICY_MATCHES_NOTHING": Entry(
        WARNING, "NetworkPolicy {name} selects no pod", "it protects nothing",
        "kubectl get pods --show-labels, and mend its podSelector", "networking.k8s.io/v1 NetworkPolicy",
    ),
    "BUDGET_MATCHES_NOTHING": Entry(
        WARNING, "PodDisruptionBudget {name} selects no pod", "it protects nothing",
        "kubectl get pods --show-labels, and mend its selector", "policy/v1 PodDisruptionBudget",
    ),
    "BUDGET_BLOCKS_DRAIN": Entry(
        INFO, "PodDisruptionBudget {name} allows no pod to be away", "a drain of its node waits for ever",
        "run more replicas, or mend pdb in the chart's values; then ./inv deploy.all",
        "policy/v1 status.disruptionsAllowed",
    ),
    "SCALER_TARGET_MISSING": Entry(
        CRITICAL, "HorizontalPodAutoscaler {name} scales {target}, which there is not", "it does nothing",
        "kubectl describe hpa {name}, and mend its scaleTargetRef", "autoscaling/v2 scaleTargetRef",
    ),
    "SCALER_WITHOUT_METRICS": Entry(
        WARNING, "HorizontalPodAutoscaler {name} does not scale", "{words}",
        "kubectl top pods, and install metrics-server where it does not answer",
        "autoscaling/v2 condition ScalingActive",
    ),
    "SCALER_AT_MAXIMUM": Entry(
        WARNING, "HorizontalPodAutoscaler {name} is at its maximum of {most}",
        "more load finds no more pods", "raise autoscaling.maxReplicas in the chart; then ./inv deploy.all",
        "autoscaling/v2 status.currentReplicas",
    ),
})  # fmt: skip


def services(snapshot: Snapshot) -> Iterator[Finding]:
    """Services whose selector, port or endpoints lead nowhere."""
    made = templates(snapshot)
    for item in snapshot.of("Service"):
        name, spec = item["metadata"]["name"], item.get("spec") or {}
        selector = spec.get("selector") or {}
        if not selector or spec.get("type") == "ExternalName":
            continue
        behind = [one for one in made if selects(selector, one.labels)]
        pods = [one for one in snapshot.of("Pod") if selects(selector, one["metadata"].get("labels") or {})]
        if not behind and not pods:
            labels = ", ".join(f"{key}={value}" for key, value in selector.items())
            yield TEXTS.found("SELECTOR_MATCHES_NOTHING", f"Service/{name}", name=name, labels=labels)
            continue
        yield from _ports(name, spec, behind)
        yield from _endpoints(snapshot, name, behind, pods)


def _ports(name: str, spec: Mapping[str, Any], behind: list[Template]) -> Iterator[Finding]:
    declared = {
        port.get("name")
        for one in behind
        for container in one.containers(init=False)
        for port in container.get("ports") or ()
    }
    for port in spec.get("ports") or () if behind else ():
        target = port.get("targetPort")
        if isinstance(target, str) and target not in declared:
            evidence = [f"its pods have {', '.join(sorted(filter(None, declared))) or 'no named port'}"]
            yield TEXTS.found("SERVICE_PORT_UNKNOWN", f"Service/{name}", evidence, name=name, port=target)


def _endpoints(
    snapshot: Snapshot, name: str, behind: list[Template], pods: list[Item]
) -> Iterator[Finding]:  # fmt: skip
    """A scaled-down workload is told as such, not once more here."""
    if snapshot.rendered or not snapshot.sees("endpointslices"):
        return
    if all(one.replicas == 0 for one in behind) or _ready(snapshot, name):
        return
    words = f"{len(pods)} pods match its selector, none is ready" if pods else "no pod is there"
    # A pod that runs and was ready a moment ago: the slice follows.
    if pods and all(_is_ready(pod) for pod in pods):
        return
    workload = behind[0].name if behind else name
    evidence = [f"EndpointSlice of {name}: no ready address"]
    ages_s = [snapshot.now - stamp(one["metadata"].get("creationTimestamp")) for one in pods]
    starting = bool(ages_s) and max(ages_s) < _START_S
    yield TEXTS.found(
        "SERVICE_WITHOUT_ENDPOINTS", f"Service/{name}", evidence, name=name, words=words, workload=workload,
        severity=WARNING if starting else None,
    )  # fmt: skip


def _ready(snapshot: Snapshot, service: str) -> bool:
    slices = snapshot.of("EndpointSlice")
    for one in slices:
        if (one["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == service:
            for endpoint in one.get("endpoints") or ():
                if (endpoint.get("conditions") or {}).get("ready") is not False:
                    return True
    return False


def _is_ready(pod: Item) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def ingresses(snapshot: Snapshot) -> Iterator[Finding]:
    """Ingresses to a Service, port or certificate that there isn't."""
    for item in snapshot.of("Ingress"):
        name, spec = item["metadata"]["name"], item.get("spec") or {}
        for backend in _backends(spec):
            yield from _ingress_backend(snapshot, name, backend)
        for tls in spec.get("tls") or ():
            secret = tls.get("secretName")
            if secret and snapshot.secrets is not None and secret not in snapshot.secrets:
                yield TEXTS.found("INGRESS_TLS_MISSING", f"Ingress/{name}", name=name, target=secret)


def _backends(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    paths = [path for rule in spec.get("rules") or () for path in (rule.get("http") or {}).get("paths") or ()]
    for backend in (spec.get("defaultBackend"), *(path.get("backend") for path in paths)):
        if backend and backend.get("service"):
            yield backend["service"]


def _ingress_backend(snapshot: Snapshot, name: str, backend: Mapping[str, Any]) -> Iterator[Finding]:
    target, port = backend["name"], backend.get("port") or {}
    service = next((one for one in snapshot.of("Service") if one["metadata"]["name"] == target), None)
    if service is None and not snapshot.sees("services"):
        return
    if service is None:
        yield TEXTS.found("INGRESS_SERVICE_MISSING", f"Ingress/{name}", name=name, target=target)
        return
    wanted = port.get("name") or port.get("number")
    known = {value for one in service["spec"].get("ports") or () for value in (one.get("name"), one["port"])}
    if wanted not in known:
        yield TEXTS.found("INGRESS_PORT_MISSING", f"Ingress/{name}", name=name, target=target, port=wanted)


def policies(snapshot: Snapshot) -> Iterator[Finding]:
    """NetworkPolicies and disruption budgets that select nothing, or allow nothing."""
    made = templates(snapshot)
    for item in snapshot.of("NetworkPolicy", "PodDisruptionBudget"):
        policy, name, spec = item["kind"] == "NetworkPolicy", item["metadata"]["name"], item.get("spec") or {}
        selector = spec.get("podSelector" if policy else "selector") or {}
        labels = selector.get("matchLabels") or {}
        plain = labels and not selector.get("matchExpressions")
        if plain and not any(selects(labels, one.labels) for one in made):
            code = "NETWORK_POLICY_MATCHES_NOTHING" if policy else "BUDGET_MATCHES_NOTHING"
            yield TEXTS.found(code, f"{item['kind']}/{name}", name=name)
        elif not policy and _blocks(item.get("status") or {}):
            yield TEXTS.found("BUDGET_BLOCKS_DRAIN", f"{item['kind']}/{name}", name=name)


def _blocks(status: Mapping[str, Any]) -> bool:
    return status.get("disruptionsAllowed") == 0 and status.get("currentHealthy", 0) > 0


def scalers(snapshot: Snapshot) -> Iterator[Finding]:
    """Autoscalers without target or metrics, or at their end."""
    for item in snapshot.of("HorizontalPodAutoscaler"):
        name, spec, status = item["metadata"]["name"], item["spec"], item.get("status") or {}
        target = spec["scaleTargetRef"]
        object = f"HorizontalPodAutoscaler/{name}"
        if target["kind"] in ("Deployment", "StatefulSet") and not snapshot.has(
            target["kind"], target["name"]
        ):
            named = f"{target['kind']}/{target['name']}"
            yield TEXTS.found("SCALER_TARGET_MISSING", object, name=name, target=named)
        for one in status.get("conditions") or ():
            # A Deployment that is scaled to zero is switched off on purpose.
            disabled = one.get("reason") == "ScalingDisabled"
            if one["type"] == "ScalingActive" and one["status"] == "False" and not disabled:
                yield TEXTS.found("SCALER_WITHOUT_METRICS", object, name=name, words=one.get("message", ""))
        if status.get("currentReplicas", 0) >= spec["maxReplicas"] > (spec.get("minReplicas") or 1):
            yield TEXTS.found("SCALER_AT_MAXIMUM", object, name=name, most=spec["maxReplicas"])


CHECKS = (services, ingresses, policies, scalers)
