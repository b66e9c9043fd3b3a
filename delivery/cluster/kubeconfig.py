"""Hands out our kubeconfig, and merges it into the user's own when asked to."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from delivery.cluster.handle import Cluster
from delivery.cluster.lifecycle import connect
from delivery.cluster.ownership import write_private
from delivery.errors import InvalidInput
from delivery.session import Session

_LISTS = ("clusters", "contexts", "users")


def print_kubeconfig(session: Session, *, merge: bool = False) -> None:
    """Print the shell's line that points kubectl at the cluster, or with `merge` write the user's file."""
    cluster = connect(session)
    if not merge:
        session.console.line(f"export KUBECONFIG={shlex.quote(str(cluster.kubeconfig))}")
        return
    target = user_kubeconfig(os.environ, Path.home())
    if session.dry_run:
        session.console.would_run(f"add context {cluster.context} to {target}")
        return
    merge_into(cluster, target)
    session.console.line(f"context {cluster.context} is in {target}")


def user_kubeconfig(environ: Mapping[str, str], home: Path) -> Path:
    """The file that kubectl writes to: the first of KUBECONFIG, else `~/.kube/config`."""
    first = environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(first) if first else home / ".kube" / "config"


def merge_into(cluster: Cluster, target: Path) -> None:
    """Add the cluster's context to a kubeconfig of the user. Its current context stays as it is.

    Raises InvalidInput for a target that is no kubeconfig; then it is left alone.
    """
    import yaml

    if cluster.kubeconfig.resolve() == target.resolve():
        return
    ours = yaml.safe_load(cluster.kubeconfig.read_text(encoding="utf-8"))
    target = target.resolve()
    try:
        theirs = yaml.safe_load(target.read_text(encoding="utf-8")) if target.exists() else {}
    except yaml.YAMLError as wrong:
        raise InvalidInput(
            f"{target} can't be read", " ".join(str(wrong).split()), "mend or move it"
        ) from wrong
    if not isinstance(theirs or {}, Mapping):
        raise InvalidInput(f"{target} is not a kubeconfig", "", "mend or move it")
    target.parent.mkdir(parents=True, exist_ok=True)
    write_private(target, yaml.safe_dump(merged(theirs or {}, ours), sort_keys=False))


def merged(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """`theirs` with the entries of `ours`; entries of the same name are replaced, all else is kept."""
    result: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", **theirs}
    for key in _LISTS:
        mine = ours.get(key) or []
        names = {entry["name"] for entry in mine}
        result[key] = [*(e for e in theirs.get(key) or [] if e.get("name") not in names), *mine]
    result["current-context"] = theirs.get("current-context") or ours.get("current-context", "")
    return result
