"""Helm: argv builders and parsers. Every call names context, kubeconfig and namespace."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.cluster import Cluster
from delivery.errors import CommandFailed, DeployFailed, TimedOut
from delivery.session import Session
from delivery.settings import Service

HISTORY_MAX = 10
Meanwhile = Callable[[], None] | None
_TIMEOUT_S = 120.0
# Words of a call that never reached the API server: then nothing failed but the way there.
_NO_ANSWER = re.compile(
    r"cluster unreachable|connection refused|connection reset|i/o timeout|no route to host|TLS handshake"
    r"|was refused - did you specify",
    re.IGNORECASE,
)
# The API server asked a webhook in vain: it is there itself, and its words hold those of the call it made.
_WEBHOOK = re.compile(r"failed calling webhook|failed to call webhook", re.IGNORECASE)


@dataclass(frozen=True)
class Release:
    """What helm says of a release's newest revision."""

    name: str
    revision: int
    status: str

    @property
    def pending(self) -> bool:
        """Whether a helm run stopped in the middle; harmless only while that run lives."""
        return self.status.startswith("pending-")

    @property
    def stuck(self) -> bool:
        """Whether helm takes no upgrade of it; one over a failed revision, the first included, it takes."""
        return self.pending or self.status == "uninstalling"


def releases(session: Session, cluster: Cluster) -> dict[str, Release]:
    """All releases of the namespace, in whatever state, by name."""
    argv = cluster.helm(
        "list", "--namespace", session.settings.namespace, "--output", "json",
        "--deployed", "--failed", "--pending", "--superseded", "--uninstalling",
    )  # fmt: skip
    return parse_releases(session.door.read(argv, timeout_s=_TIMEOUT_S).stdout)


def parse_releases(text: str) -> dict[str, Release]:
    """`helm list --output json`; its revisions are strings."""
    return {
        row["name"]: Release(row["name"], int(row["revision"]), row["status"])
        for row in json.loads(text or "[]")
    }


@dataclass(frozen=True)
class Revision:
    """A line of a release's history."""

    number: int
    status: str
    updated: str
    description: str


def history(session: Session, cluster: Cluster, release: str) -> tuple[Revision, ...]:
    """The revisions that helm keeps, oldest first; none where there is no such release."""
    argv = cluster.helm("history", release, "--namespace", session.settings.namespace, "--output", "json")
    answer = session.door.read(argv, timeout_s=_TIMEOUT_S, accept=(0, 1))
    if not answer.ok and "not found" not in answer.stderr:
        raise CommandFailed(f"helm can't tell the history of {release}", answer.last_lines())
    rows = json.loads(answer.stdout) if answer.ok else []
    return tuple(
        Revision(int(row["revision"]), row["status"], row["updated"], row["description"]) for row in rows
    )


def revision_to_repair_to(revisions: Collection[Revision], verified: Collection[int]) -> int | None:
    """Pure: the newest verified revision, else the newest that helm calls deployed; None: uninstall."""
    kept = {one.number for one in revisions}
    deployed = {one.number for one in revisions if one.status in ("deployed", "superseded")}
    return max(kept & set(verified) or deployed, default=None)


def current_values(session: Session, cluster: Cluster, release: str, revision: int = 0) -> dict[str, Any]:
    """The values that a revision was given, the newest where none is named; without the chart's defaults."""
    argv = cluster.helm(
        "get", "values", release, "--namespace", session.settings.namespace, "--output", "json",
        "--revision", str(revision),
    )  # fmt: skip
    return dict(json.loads(session.door.read(argv, timeout_s=_TIMEOUT_S).stdout) or {})


def manifest(session: Session, cluster: Cluster, release: str) -> str:
    """The objects of a release's newest revision as YAML documents, without its tests."""
    argv = cluster.helm("get", "manifest", release, "--namespace", session.settings.namespace)
    return session.door.read(argv, timeout_s=_TIMEOUT_S).stdout


def upgrade_argv(cluster: Cluster, service: Service, namespace: str) -> list[str]:
    """`helm upgrade --install` with values from stdin and no wait: the verdict is ours.

    It wins over what others edited since (`kubectl scale`, `rollout undo`), which would fail the apply.
    """
    return cluster.helm(
        "upgrade", service.name, str(service.chart), "--install", "--namespace", namespace,
        "--values", "-", "--force-conflicts", "--history-max", str(HISTORY_MAX),
    )  # fmt: skip


def upgrade(
    session: Session,
    cluster: Cluster,
    service: Service,
    values: Mapping[str, Any],
    meanwhile: Meanwhile = None,
) -> None:
    """Install or upgrade a release. Raises NotApplied where the API server takes no such objects.

    `meanwhile` is called while helm runs; what it raises ends helm, which then marks the release as failed.
    """
    argv = upgrade_argv(cluster, service, session.settings.namespace)
    with _applying(service.name):
        session.door.mutate(argv, stdin=json.dumps(values), timeout_s=_TIMEOUT_S, meanwhile=meanwhile)


class NotApplied(DeployFailed):
    """Helm could not apply all of a release."""


@contextlib.contextmanager
def _applying(release: str) -> Iterator[None]:
    fix = f"mend services.{release}.values in deploy.yaml, or the chart, and run ./inv deploy.all"
    try:
        yield
    except TimedOut as slow:
        why = "a hook of the chart did not end, or an admission webhook did not answer"
        raise NotApplied(
            f"helm could not apply release {release} within {_TIMEOUT_S:.0f} s", slow.why or why, fix
        ) from slow
    except CommandFailed as refused:
        if _NO_ANSWER.search(refused.why) and not _WEBHOOK.search(refused.why):
            raise
        raise NotApplied(
            f"helm could not apply release {release}", refused.why or refused.what, fix
        ) from refused


def rollback_argv(cluster: Cluster, release: str, revision: int, namespace: str) -> list[str]:
    """`helm rollback` without a wait. It wins over what others edited since: the old state must come back."""
    return cluster.helm(
        "rollback", release, str(revision), "--namespace", namespace, "--force-conflicts",
        "--history-max", str(HISTORY_MAX),
    )  # fmt: skip


def rollback(
    session: Session, cluster: Cluster, release: str, revision: int, meanwhile: Meanwhile = None
) -> None:  # fmt: skip
    """Make a new revision of a release that is what `revision` was. Raises NotApplied, as `upgrade` does."""
    argv = rollback_argv(cluster, release, revision, session.settings.namespace)
    with _applying(release):
        session.door.mutate(argv, timeout_s=_TIMEOUT_S, meanwhile=meanwhile)


def repair(session: Session, cluster: Cluster, release: Release, verified: Collection[int]) -> bool:
    """Free a release that a dead run left stuck; False where it had to go. Raises as `upgrade` does.

    Back to the newest verified revision, or uninstall where there is none to go to; helm's records are never
    deleted by hand. Volumes have the resource policy `keep` and survive.
    """
    namespace = session.settings.namespace
    good = revision_to_repair_to(history(session, cluster, release.name), verified)
    if good is None:
        session.console.warn(f"release {release.name} was never installed whole: removing what is there")
        argv = cluster.helm("uninstall", release.name, "--namespace", namespace, "--wait")
    else:
        session.console.warn(f"release {release.name} is {release.status}: going back to revision {good}")
        argv = rollback_argv(cluster, release.name, good, namespace)
    with _applying(release.name):
        session.door.mutate(argv, timeout_s=_TIMEOUT_S)
    return good is not None


def uninstall(session: Session, cluster: Cluster, release: str) -> None:
    """Remove a release; objects with the resource policy `keep` stay."""
    argv = cluster.helm(
        "uninstall", release, "--namespace", session.settings.namespace, "--ignore-not-found",
        "--wait", "--cascade", "foreground",
    )  # fmt: skip
    session.door.mutate(argv, timeout_s=_TIMEOUT_S)
