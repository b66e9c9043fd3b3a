"""What a pod may do that it need not, and what is open to others: live, or in a rendered chart. Pure.

Sources: Kubernetes Pod Security Standards (baseline, restricted), NSA/CISA Kubernetes Hardening Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from delivery.ai.answer import Finding
from delivery.ai.finding_texts import CRITICAL, INFO, WARNING, Catalogue, Entry, set_value
from delivery.ai.snapshot import Item, Snapshot, Template, templates

_RESTRICTED = "Pod Security Standards: restricted"
_BASELINE = "Pod Security Standards: baseline"
_HARDENING = "NSA/CISA Kubernetes Hardening Guide"
_SECRET_NAME = re.compile(
    r"(^|[_.-])(pass(word|wd|phrase)?|secret|token|api_?key|private_?key|credentials?|auth_?key)($|[_.-])",
    re.IGNORECASE,
)
# A reference, an address, a path, a number or a switch beside such a name.
_NO_SECRET = re.compile(r"\$\(.*\)|https?://\S+|/\S*|\d{1,6}|true|false")
_CREDENTIAL_URL = re.compile(r"^[a-z][a-z0-9+.-]*://[^\s:/@]+:[^\s/@]+@", re.IGNORECASE)
_ENFORCE = "pod-security.kubernetes.io/enforce"

TEXTS = Catalogue({
    "PRIVILEGED": Entry(
        CRITICAL, "container {container} is privileged", "it is root on its node", "{fix}", _BASELINE),
    "HOST_NAMESPACE": Entry(
        CRITICAL, "{object} shares the node's {what}", "it sees and reaches what is the node's own",
        "take {what} out of the pod's spec", _BASELINE),
    "HOST_PATH": Entry(
        CRITICAL, "{object} mounts {what} of its node", "it reads or writes the node's files",
        "use a PersistentVolumeClaim or an emptyDir", _BASELINE),
    "HOST_PORT": Entry(
        WARNING, "container {container} takes port {what} of its node", "it goes round Service and policies",
        "use a Service", _BASELINE),
    "CAPABILITIES_ADDED": Entry(
        CRITICAL, "container {container} is given {what}", "a break-in can use them too", "{fix}",
        _RESTRICTED),
    "PRIVILEGE_ESCALATION": Entry(
        WARNING, "container {container} may win rights",
        "a setuid program in it becomes root", "{fix}", _RESTRICTED),
    "MAY_RUN_AS_ROOT": Entry(
        WARNING, "container {container} may run as root", "nothing says runAsNonRoot", "{fix}", _RESTRICTED),
    "CAPABILITIES_KEPT": Entry(
        WARNING, "container {container} keeps the runtime's capabilities", "it needs none of them", "{fix}",
        _RESTRICTED),
    "SECCOMP_UNSET": Entry(
        WARNING, "container {container} has no seccomp profile", "every system call is open to it", "{fix}",
        _RESTRICTED),
    "ROOT_FILESYSTEM_WRITABLE": Entry(
        INFO, "container {container} may write its own files", "a break-in can leave programs there", "{fix}",
        _HARDENING),
    "SERVICE_ACCOUNT_TOKEN": Entry(
        WARNING, "{object} has a token for the API server", "a break-in can speak to it in its name",
        "set automountServiceAccountToken: false, unless it speaks to the API server", _HARDENING),
    "DEFAULT_SERVICE_ACCOUNT": Entry(
        INFO, "{object} runs as the default service account", "rights given to it are given to all",
        "set serviceAccount.create=true in the chart's values, then ./inv deploy.all", _HARDENING),
    "IMAGE_NOT_PINNED": Entry(
        WARNING, "image {what} may be another one tomorrow", "its tag is latest, or there is none",
        "./inv deploy.all, which gives images a tag by their content", _HARDENING),
    "SECRET_IN_ENVIRONMENT": Entry(
        CRITICAL, "container {container} has what looks like a secret in plain text: {what}",
        "everybody who may see pods can read it",
        "move it into .env and services.NAME.secret of deploy.yaml, then ./inv deploy.all", _HARDENING),
    "SECRET_IN_CONFIGMAP": Entry(
        CRITICAL, "{object} has what looks like a secret: {what}",
        "everybody who may see ConfigMaps can read it",
        "move it into .env and services.NAME.secret of deploy.yaml, then ./inv deploy.all", _HARDENING),
    "ROLE_TOO_WIDE": Entry(
        CRITICAL, "{object} gives {what}", "whoever has it may do everything here",
        "name the verbs and resources that are needed", _HARDENING),
    "POD_SECURITY_OFF": Entry(
        WARNING, "namespace {what} enforces no Pod Security standard", "any pod is let in",
        "./inv deploy.all, which labels the namespace", _RESTRICTED),
    "NO_NETWORK_POLICY": Entry(
        INFO, "no NetworkPolicy is about {object}", "every pod of the cluster can reach it", "{fix}",
        _HARDENING),
    "EXPOSED": Entry(
        INFO, "{object} is open to whoever reaches {what}", "it is of type {type}",
        "set service.type=ClusterIP in the chart's values where nobody outside needs it", _HARDENING),
})  # fmt: skip


class _Test(NamedTuple):
    """A test on one container: its code, whether it is bad, the value that mends it."""

    code: str
    bad: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
    change: str


def _either(name: str, own: Mapping[str, Any], pod: Mapping[str, Any]) -> Any:
    return own.get(name, pod.get(name))


def _drops_all(own: Mapping[str, Any], _: Mapping[str, Any]) -> bool:
    return "ALL" in ((own.get("capabilities") or {}).get("drop") or ())


# A container's securityContext comes first, then the pod's.
_TESTS = (
    _Test("PRIVILEGED", lambda own, _: bool(own.get("privileged")), "securityContext.privileged=false"),
    _Test(
        "PRIVILEGE_ESCALATION", lambda own, _: own.get("allowPrivilegeEscalation") is not False,
        "securityContext.allowPrivilegeEscalation=false",
    ),
    _Test(
        "MAY_RUN_AS_ROOT",
        lambda own, pod: not _either("runAsNonRoot", own, pod) and not _either("runAsUser", own, pod),
        "securityContext.runAsNonRoot=true",
    ),
    _Test(
        "CAPABILITIES_KEPT", lambda own, pod: not _drops_all(own, pod),
        "'securityContext.capabilities.drop=[ALL]'",
    ),
    _Test(
        "SECCOMP_UNSET",
        lambda own, pod: (_either("seccompProfile", own, pod) or {}).get("type")
        not in ("RuntimeDefault", "Localhost"),
        "podSecurityContext.seccompProfile.type=RuntimeDefault",
    ),
    _Test(
        "ROOT_FILESYSTEM_WRITABLE", lambda own, _: not own.get("readOnlyRootFilesystem"),
        "securityContext.readOnlyRootFilesystem=true",
    ),
)  # fmt: skip


def containers(snapshot: Snapshot) -> Iterator[Finding]:
    """What containers may do beyond what Pod Security "restricted" allows."""
    for one in templates(snapshot):
        pod = one.spec.get("securityContext") or {}
        for container in one.containers():
            own, name = container.get("securityContext") or {}, container["name"]
            for test in _TESTS:
                if test.bad(own, pod):
                    fix = _set(snapshot, one, test.change)
                    yield TEXTS.found(test.code, one.object, [f"container {name}"], container=name, fix=fix)
            added = [
                cap for cap in (own.get("capabilities") or {}).get("add") or () if cap != "NET_BIND_SERVICE"
            ]
            if added:
                fix = _set(snapshot, one, "'securityContext.capabilities.add=[]'")
                what = "capabilities " + ", ".join(added)
                yield TEXTS.found("CAPABILITIES_ADDED", one.object, container=name, what=what, fix=fix)


def _set(snapshot: Snapshot, one: Template, change: str) -> str:
    quote = "'" if change.startswith("'") else ""
    inner = change.strip("'")
    if one.release not in snapshot.services:
        return set_value(snapshot, one.release, inner)
    return (
        f"./inv deploy.all --services {one.release} --set {quote}services.{one.release}.values.{inner}{quote}"
    )


def hosts(snapshot: Snapshot) -> Iterator[Finding]:
    """Pods that use what is their node's."""
    for one in templates(snapshot):
        for what in ("hostNetwork", "hostPID", "hostIPC"):
            if one.spec.get(what):
                yield TEXTS.found("HOST_NAMESPACE", one.object, [f"{what}: true"], what=what)
        for volume in one.spec.get("volumes") or ():
            if "hostPath" in volume:
                path = volume["hostPath"].get("path", "")
                yield TEXTS.found("HOST_PATH", one.object, [f"volume {volume['name']}"], what=path)
        for container in one.containers():
            for port in container.get("ports") or ():
                if port.get("hostPort"):
                    details = {"container": container["name"], "what": port["hostPort"]}
                    yield TEXTS.found("HOST_PORT", one.object, **details)


def accounts(snapshot: Snapshot) -> Iterator[Finding]:
    """Pods that are given a token, or share the default account."""
    closed = {
        item["metadata"]["name"]
        for item in snapshot.of("ServiceAccount")
        if item.get("automountServiceAccountToken") is False
    }
    for one in templates(snapshot):
        name = one.spec.get("serviceAccountName") or "default"
        mounts = one.spec.get("automountServiceAccountToken")
        if mounts or (mounts is None and name not in closed and snapshot.sees("serviceaccounts")):
            yield TEXTS.found("SERVICE_ACCOUNT_TOKEN", one.object, [f"service account {name}"])
        if name == "default":
            yield TEXTS.found("DEFAULT_SERVICE_ACCOUNT", one.object)


def pinning(snapshot: Snapshot) -> Iterator[Finding]:
    """Images whose name says nothing of their content."""
    for one in templates(snapshot):
        for container in one.containers():
            image = container.get("image", "")
            tag = image.rpartition("/")[2].partition(":")[2]
            if "@" not in image and tag in ("", "latest"):
                yield TEXTS.found(
                    "IMAGE_NOT_PINNED", one.object, [f"container {container['name']}"], what=image
                )


def plain_secrets(snapshot: Snapshot) -> Iterator[Finding]:
    """Names that speak of a secret beside a value in plain text; the value is never shown."""
    for one in templates(snapshot):
        for container in one.containers():
            for variable in container.get("env") or ():
                if _looks_secret(variable["name"], variable.get("value")):
                    details = {"container": container["name"], "what": variable["name"]}
                    yield TEXTS.found("SECRET_IN_ENVIRONMENT", one.object, **details)
    for item in snapshot.of("ConfigMap"):
        for key, value in (item.get("data") or {}).items():
            if _looks_secret(key, value):
                yield TEXTS.found("SECRET_IN_CONFIGMAP", f"ConfigMap/{item['metadata']['name']}", what=key)


def _looks_secret(name: str, value: object) -> bool:
    if not isinstance(value, str) or not value.strip():
        return False
    told = bool(_SECRET_NAME.search(name)) and not re.fullmatch(
        r"\$\(.*\)|https?://\S+|/\S*|\d{1,6}|true|false", value
    )
    return told or bool(_CREDENTIAL_URL.match(value))


def roles(snapshot: Snapshot) -> Iterator[Finding]:
    """Roles with wildcards, and bindings to cluster-admin."""
    for item in snapshot.of("Role", "ClusterRole"):
        for rule in item.get("rules") or ():
            if "*" in (rule.get("verbs") or ()) and "*" in (rule.get("resources") or ()):
                object = f"{item['kind']}/{item['metadata']['name']}"
                yield TEXTS.found("ROLE_TOO_WIDE", object, what="all verbs on all resources")
    for item in snapshot.of("RoleBinding", "ClusterRoleBinding"):
        if (item.get("roleRef") or {}).get("name") == "cluster-admin":
            object = f"{item['kind']}/{item['metadata']['name']}"
            yield TEXTS.found("ROLE_TOO_WIDE", object, what="the rights of cluster-admin")


def namespace(snapshot: Snapshot) -> Iterator[Finding]:
    """A namespace that lets in any pod."""
    if snapshot.labels is not None and snapshot.labels.get(_ENFORCE) not in ("restricted", "baseline"):
        yield TEXTS.found("POD_SECURITY_OFF", f"Namespace/{snapshot.namespace}", what=snapshot.namespace)


def network(snapshot: Snapshot) -> Iterator[Finding]:
    """Workloads that no NetworkPolicy is about, and Services that are open outside."""
    selectors = [(item.get("spec") or {}).get("podSelector") or {} for item in snapshot.of("NetworkPolicy")]
    for one in templates(snapshot):
        about = any(_takes(selector, one.labels) for selector in selectors)
        lasting = one.kind in ("Deployment", "StatefulSet", "DaemonSet")
        if lasting and not about and snapshot.sees("networkpolicies"):
            fix = set_value(snapshot, one.release, "networkPolicy.enabled=true")
            yield TEXTS.found("NO_NETWORK_POLICY", one.object, fix=fix)
    for item in snapshot.of("Service"):
        yield from _exposed(item)


def _exposed(service: Item) -> Iterator[Finding]:
    spec = service.get("spec") or {}
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        ports = ", ".join(str(one.get("nodePort") or one["port"]) for one in spec.get("ports") or ())
        where = f"port {ports} of any node" if spec["type"] == "NodePort" else f"its load balancer ({ports})"
        object = f"Service/{service['metadata']['name']}"
        yield TEXTS.found("EXPOSED", object, what=where, type=spec["type"])


def _takes(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """An empty selector takes every pod; expressions are taken to fit, since nothing is claimed then."""
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}
    return wanted.items() <= labels.items()


CHECKS = (containers, hosts, accounts, pinning, plain_secrets, roles, namespace, network)
