"""Looks for secrets where none may be: repository, history, images, rendered charts, live objects."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from delivery import cluster as clusters
from delivery.checks.check_model import NOT_CHECKED, Check, check
from delivery.cluster import Cluster
from delivery.errors import DeliveryError
from delivery.paths import ROOT
from delivery.release.state import read_state
from delivery.session import Session
from delivery.settings import secret_values

AREA = "secrets"
_SHORTEST = 8
# What .gitignore names; .env is where secrets belong.
_BY_PRODUCTS = frozenset({
    ".git", ".venv", ".env", ".delivery", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache",
    "node_modules", ".next",
})  # fmt: skip
# What gives itself away by its form. Sources: the issuers' documents of their tokens' prefixes.
PATTERNS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{64,}"),
    "an OpenAI key": re.compile(r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{32,}"),
    "an AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
    "a password in a URL": re.compile(
        r"\bpostgres(?:ql)?://[^\s:/@$<{(]+:(?P<password>[^\s@/$<{(*]{16,})@(?!localhost|127\.|example)[\w.-]+"
    ),
}
# Passwords that are written for the reader.
_MADE_UP = re.compile(r"example|password|secret|changeme|dummy|placeholder|xxxx|\.\.\.", re.I)


def secret_checks(session: Session) -> Sequence[Check]:
    """The repository and its history, and what is deployed where a cluster answers."""
    known = {f"a value of .env ({n})": value for n, value in enumerate(secret_values(session.settings), 1)}
    cluster: Cluster | None = None
    found: list[Check] = []
    try:
        cluster = clusters.connect(session, may_repair=False)
        known |= known_secrets(session, cluster)
    except DeliveryError as away:
        found.append(Check(AREA, "cluster", "holds no secret in the open", NOT_CHECKED, away.what))
    known = {name: value for name, value in known.items() if len(value) >= _SHORTEST}
    found += [_files(session, known), _ignored(session), *_history(session, known)]
    if cluster:
        found += [*_rendered(session, cluster, known), _open_objects(session, cluster, known)]
    return found


def known_secrets(session: Session, cluster: Cluster) -> dict[str, str]:
    """Every value in the Secrets of our namespace, by Secret and key."""
    argv = cluster.kubectl("get", "secrets", "--namespace", session.settings.namespace, "-o", "json")
    return {
        f"{item['metadata']['name']}/{key}": text
        for item in json.loads(session.door.read(argv).stdout)["items"]
        if item["type"] == "Opaque"
        for key, value in (item.get("data") or {}).items()
        # An address is no secret, and `demo` is too short to tell.
        if len(text := base64.b64decode(value).decode("utf-8", "replace")) >= _SHORTEST
        and key not in ("auth-url", "ca.crt", "tls.crt", "database-ca")
    }


def findings(text: str, known: Mapping[str, str]) -> str:
    """Pure: what of a text is secret, in words that do not hold it."""
    forms = {name: (value, base64.b64encode(value.encode()).decode()) for name, value in known.items()}
    found = [f"the value of {name}" for name, both in forms.items() if any(form in text for form in both)]
    for name, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            if not _MADE_UP.search(match[0]):
                found.append(f"{name} (line {text.count(chr(10), 0, match.start()) + 1})")
    return ", ".join(dict.fromkeys(found))


def _files(session: Session, known: Mapping[str, str]) -> Check:
    found = []
    for name in _tracked(session):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            leaks = findings(content.decode("utf-8", "replace"), known)
            found += [f"{name}: {leaks}"] if leaks else []
    return check(AREA, "repository", "no tracked file holds a secret", not found, "\n".join(found))


def _ignored(session: Session) -> Check:
    tracked = [name for name in _tracked(session) if re.search(r"(^|/)\.env(\.[^/]+)?$", name)]
    bad = [name for name in tracked if not name.endswith(".env.example")]
    return check(AREA, "repository", "no .env file is tracked", not bad, ", ".join(bad))


def _history(session: Session, known: Mapping[str, str]) -> Iterator[Check]:
    """Lines that some commit added: what was removed since is still in every clone. None without git."""
    answer = session.door.read(
        ["git", "-C", str(ROOT), "log", "--all", "--patch", "--unified=0", "--no-color", "--no-ext-diff"],
        accept=None, timeout_s=180,
    )  # fmt: skip
    if not answer.ok:
        return
    added = "\n".join(line[1:] for line in answer.stdout.splitlines() if line.startswith("+"))
    leaks = findings(added, known)
    yield check(AREA, "history", "no commit ever added a secret", not leaks, leaks)


def _rendered(session: Session, cluster: Cluster, known: Mapping[str, str]) -> Iterator[Check]:
    """What helm applied, and the values that it keeps."""
    namespace = session.settings.namespace
    for release in sorted(read_state(session, cluster).releases):
        text = session.door.read(
            cluster.helm("get", "all", release, "--namespace", namespace), timeout_s=60
        ).stdout
        leaks = findings(text, known)
        yield check(AREA, release, "no secret in values, manifest and notes", not leaks, leaks)


def _open_objects(session: Session, cluster: Cluster, known: Mapping[str, str]) -> Check:
    kinds = "configmaps,deployments,statefulsets,services,pods,events"
    argv = cluster.kubectl("get", kinds, "--namespace", session.settings.namespace, "-o", "json")
    leaks = findings(session.door.read(argv).stdout, known)
    return check(AREA, "cluster", "no secret outside Secrets", not leaks, leaks)


def _tracked(session: Session) -> tuple[str, ...]:
    """Names of the repository's files; of all files that are no by-product, where this is no git checkout."""
    answer = session.door.read(["git", "-C", str(ROOT), "ls-files", "-z"], accept=None)
    if answer.ok:
        return tuple(name for name in answer.stdout.split("\0") if name)
    return tuple(sorted(_walked(ROOT)))


def _walked(root: Path) -> Iterator[str]:
    for path in root.iterdir():
        if path.name in _BY_PRODUCTS or path.is_symlink():
            continue
        if path.is_dir():
            yield from (f"{path.name}/{name}" for name in _walked(path))
        else:
            yield path.name
