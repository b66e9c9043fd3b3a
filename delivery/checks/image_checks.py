"""Deployed images: their user, health check, size, secrets, and whether the nodes have just these."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from delivery import cluster as clusters
from delivery import tools
from delivery.checks.check_model import NOT_CHECKED, Check, check
from delivery.checks.secret_scan import findings, known_secrets
from delivery.errors import CheckFailed
from delivery.release.state import NamespaceState, read_state
from delivery.session import Session
from delivery.settings import Service
from delivery.settings.budgets import Budgets

AREA = "images"
_MB = 1000**2
_FOLDERS = ("/app", "/etc", "/home", "/opt", "/root", "/srv", "/usr/local", "/var")
_SHORTEST = 12  # a shorter line is found everywhere
_ROOTS = frozenset({"", "0", "root", "0:0"})


def image_checks(session: Session) -> Sequence[Check]:
    """The images of all deployed services. Raises CheckFailed where nothing is deployed."""
    cluster = clusters.connect(session, may_repair=False)
    state = read_state(session, cluster)
    found: list[Check] = []
    seen: set[str] = set()
    secrets = known_secrets(session, cluster)
    for service in session.settings.wanted_services():
        facts = state.rollouts.get(service.name)
        if not facts or not facts.image or facts.image in seen:
            continue
        seen.add(facts.image)
        owner = session.settings.services[service.image_owner]
        found.append(_on_nodes(cluster.node_image_ids(facts.image), state, service))
        found += _local(session, owner, facts.image, secrets)
    if not found:
        raise CheckFailed(f"nothing is deployed in namespace {session.settings.namespace}")
    return found


def _on_nodes(ids: Mapping[str, str], state: NamespaceState, service: Service) -> Check:
    """The nodes have the image that was verified, not another one under its name."""
    newest = state.record(service.name).newest()
    wrong = [
        f"{node} has {found or 'none'}" for node, found in ids.items() if newest and found != newest.image_id
    ]
    words = "each node has the image that was verified"
    return check(AREA, service.name, words, newest is not None and not wrong, ", ".join(wrong) or "no record")


def _local(session: Session, service: Service, reference: str, secrets: Mapping[str, str]) -> list[Check]:
    docker = tools.path(session, "docker")
    answer = session.door.read([docker, "image", "inspect", reference], accept=None)
    if not answer.ok:
        words = "is in Docker here, to be looked at"
        return [Check(AREA, service.name, words, NOT_CHECKED, f"no image {reference}")]
    (facts,) = json.loads(answer.stdout)
    history = session.door.read(
        [docker, "history", "--no-trunc", "--format", "{{.CreatedBy}}", reference]
    ).stdout
    found = inspected(service, facts, session.settings.budgets)
    leaks = findings(f"{json.dumps(facts['Config'])}\n{history}", secrets)
    words = "holds no secret in its configuration and history"
    found.append(check(AREA, service.name, words, not leaks, leaks))
    return [*found, _files(session, service, reference, secrets)]


def _files(session: Session, service: Service, reference: str, secrets: Mapping[str, str]) -> Check:
    """No file in it holds a known secret. The values go to grep over stdin, and only names come back."""
    argv = [
        tools.path(session, "docker"), "run", "--rm", "--interactive", "--network", "none", "--user", "0",
        "--entrypoint", "grep", reference, "-rlF", "-f", "-", *_FOLDERS,
    ]  # fmt: skip
    lines = {line for value in secrets.values() for line in value.splitlines() if _telling(line)}
    words = "holds no secret in its files"
    if not lines:
        return Check(AREA, service.name, words, NOT_CHECKED, "no secret is known")
    # 2: a folder of the list is not in the image.
    answer = session.door.read(argv, stdin="\n".join(sorted(lines)) + "\n", accept=None, timeout_s=120)
    if answer.exit_code not in (0, 1, 2):
        return Check(AREA, service.name, words, NOT_CHECKED, answer.last_lines(2))
    names = answer.stdout.split()
    return check(AREA, service.name, words, not names, ", ".join(names[:5]))


def _telling(line: str) -> bool:
    """Whether a line of a secret is found where the secret is, and nowhere else; the head of a key is not."""
    return len(line) >= _SHORTEST and not line.startswith("-----")


def inspected(service: Service, facts: Mapping[str, Any], budgets: Budgets) -> list[Check]:
    """Pure: what `docker image inspect` tells of an image."""
    config = facts["Config"]
    size_mb = facts["Size"] / _MB
    limits = {"frontend": budgets.frontend_image, "backend": budgets.backend_image}
    port = f"{service.port}/tcp"
    exposed = sorted(config.get("ExposedPorts") or {})
    healthy = bool((config.get("Healthcheck") or {}).get("Test"))
    user, ports = config.get("User"), ", ".join(exposed) or "none"
    found = [
        check(AREA, service.name, "runs as a user that is not root", user not in _ROOTS, user),
        check(AREA, service.name, "has a HEALTHCHECK", healthy),
        check(AREA, service.name, f"exposes port {service.port}", port in exposed, ports),
    ]
    if service.name in limits:
        limit = limits[service.name].own_size_mb
        found.append(
            check(AREA, service.name, f"is at most {limit:g} MB", size_mb <= limit, f"{size_mb:.0f} MB")
        )
    return found
