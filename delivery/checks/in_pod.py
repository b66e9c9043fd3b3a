"""Small questions asked from inside the cluster, by Python in a pod of the backend's image."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from delivery.cluster import Cluster
from delivery.errors import EnvironmentFault
from delivery.image import build_image, ensure_on_nodes
from delivery.release.namespace import ensure_namespace
from delivery.release.state import NamespaceState
from delivery.session import Session
from delivery.settings import Service

_ASK_S = 90.0
_PYTHON_BASE = "PYTHON_BASE"


def python_service(session: Session, variable: str) -> Service:
    """A service with the app's Python that is given a variable. Raises EnvironmentFault for none."""
    for service in session.settings.services.values():
        if _PYTHON_BASE in service.bases and variable in service.secret.values():
            return service
    raise EnvironmentFault(f"no service in deploy.yaml is built on {_PYTHON_BASE} and given {variable}")


def ask_in_pod(session: Session, cluster: Cluster, pod: str, container: str, script: str) -> Any:
    """What a script prints as JSON in a running container, with its environment; it goes over stdin."""
    argv = cluster.kubectl(
        "exec", "--stdin", pod, "--container", container, "--namespace", session.settings.namespace, "--",
        "python", "-",
    )  # fmt: skip
    return _parsed(session.door.read(argv, stdin=script, timeout_s=_ASK_S, accept=None), pod)


def ask_in_new_pod(
    session: Session, cluster: Cluster, service: Service, script: str, env: Mapping[str, str]
) -> Any:
    """The same in a pod that is made for it and removed again; `env` travels in the script."""
    ensure_namespace(session, cluster)
    image = build_image(session, service)
    ensure_on_nodes(session, cluster, image)
    name = f"ask-{secrets.token_hex(4)}"
    reference = cluster.pull_reference(image.reference)
    given = with_environment(script, env)
    argv = cluster.kubectl(
        "run", name, "--namespace", session.settings.namespace, "--image", reference, "--restart=Never",
        "--rm", "--stdin", "--quiet", "--pod-running-timeout=60s",
        f"--overrides={overrides(name, reference)}",
    )  # fmt: skip
    return _parsed(session.door.mutate(argv, stdin=given, timeout_s=_ASK_S, accept=None), name)


def with_environment(script: str, env: Mapping[str, str]) -> str:
    """Pure: a script that sets variables, then runs another as it is."""
    return f"import os\nos.environ.update({dict(env)!r})\nexec(compile({script!r}, 'script', 'exec'))\n"


def overrides(name: str, image: str) -> str:
    """Pure: the pod as Pod Security `restricted` takes it."""
    container = {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-"],
        "stdin": True,
        "stdinOnce": True,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 1001,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
    }
    spec = {"automountServiceAccountToken": False, "enableServiceLinks": False, "containers": [container]}
    return json.dumps({"apiVersion": "v1", "spec": spec})


def ready_pod(state: NamespaceState, release: str) -> str:
    """A pod of a release that is ready, or an empty string."""
    facts = state.rollouts.get(release)
    return next((pod.name for pod in facts.pods if pod.ready), "") if facts else ""


def _parsed(answer: Any, where: str) -> Any:
    for line in reversed(answer.stdout.splitlines()):
        if line.startswith(("{", "[")):
            return json.loads(line)
    raise EnvironmentFault(f"pod {where} gave no answer", answer.last_lines(6))
