"""A kubeconfig that can look at the app's namespace and at nothing else: ServiceAccount, ClusterRole `view`.

`view` has no Secrets and no exec (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles).
The token ends by itself after ten minutes, the shortest that the API server grants.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from delivery.cluster import Cluster, ensure_may_change
from delivery.cluster.ownership import write_private
from delivery.secret.data import owner_labels
from delivery.session import Session

NAME = "ai-viewer"
_TOKEN_S = 600


def view_kubeconfig(session: Session, cluster: Cluster, target: Path) -> None:
    """Make the account where there is none, and write its kubeconfig. Raises InvalidInput, CommandFailed."""
    ensure_may_change(session, cluster)
    namespace = session.settings.namespace
    manifest = json.dumps(account(namespace))
    apply = cluster.kubectl("apply", "--server-side", "--field-manager", "todo-delivery", "--force-conflicts")
    session.door.mutate([*apply, "--filename", "-"], stdin=manifest)
    argv = cluster.kubectl("create", "token", NAME, "--namespace", namespace, "--duration", f"{_TOKEN_S}s")
    token = session.door.read(argv).stdout.strip()
    session.console.masker.add(token)
    own = cluster.kubectl("config", "view", "--minify", "--flatten", "--raw", "-o", "json")
    server = json.loads(session.door.read(own).stdout)["clusters"][0]["cluster"]
    write_private(target, json.dumps(kubeconfig(server, namespace, token)))


def account(namespace: str) -> dict[str, Any]:
    """Pure: the account and its binding to `view`, in the one namespace."""
    meta = {"name": NAME, "namespace": namespace, "labels": owner_labels(NAME)}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": meta,
        "roleRef": role,
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}],
    }  # fmt: skip
    own = {
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta, "automountServiceAccountToken": False,
    }  # fmt: skip
    return {"apiVersion": "v1", "kind": "List", "items": [own, binding]}


def kubeconfig(server: dict[str, Any], namespace: str, token: str) -> dict[str, Any]:
    """Pure: a kubeconfig with one context, and no other way in than the token."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "app", "cluster": server}],
        "users": [{"name": NAME, "user": {"token": token}}],
        "contexts": [{"name": "app", "context": {"cluster": "app", "user": NAME, "namespace": namespace}}],
        "current-context": "app",
    }
