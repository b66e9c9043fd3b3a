"""Asks the cluster for what drifted: helm's manifests beside what is there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from delivery.cluster import Cluster
from delivery.errors import CommandFailed, TimedOut
from delivery.masking import MASK
from delivery.parallel import run_all
from delivery.release import helm
from delivery.release.drift import Difference, Drift, compare, object_name
from delivery.release.managed_fields import HELM
from delivery.release.manifest_yaml import parse_manifest
from delivery.release.state import NamespaceState, read_state
from delivery.secret.data import SecretData
from delivery.session import Session

_TIMEOUT_S = 60.0
# Then there is no use in asking for the halves.
_UNANSWERED = re.compile(r"forbidden|connection refused|i/o timeout|unauthorized", re.IGNORECASE)

Item = dict[str, Any]


def with_drift(session: Session, cluster: Cluster, state: NamespaceState) -> NamespaceState:
    """The same state with what drifted of each release that deploy.yaml knows."""
    return replace(state, drifts=read_drift(session, cluster, state, session.settings.services))


def drift_now(session: Session, cluster: Cluster, name: str) -> Drift:
    """What drifted of one release, by a look of its own."""
    return read_drift(session, cluster, read_state(session, cluster), [name]).get(name, Drift())


def read_drift(
    session: Session, cluster: Cluster, state: NamespaceState, names: Collection[str]
) -> dict[str, Drift]:
    """What drifted of these releases; of one that helm has not deployed whole, nothing is said.

    The API server is asked what an apply of helm's manifest would make of each object (a server-side dry
    run), so that its own defaults never count. Who may not ask that is told so: `unknown`.
    """
    there = [name for name in names if _whole(state, name)]
    if not there:
        return {}
    jobs = {name: partial(helm.manifest, session, cluster, name) for name in there}
    try:
        texts = run_all(session.door, jobs)
    except (CommandFailed, TimedOut) as fault:
        return {name: Drift(unknown=fault.why or fault.what) for name in there}
    parsed = {name: parse_manifest(text) for name, text in texts.items()}
    unknown = {name: Drift(unknown=why) for name, why in parsed.items() if isinstance(why, str)}
    manifests = {name: items for name, items in parsed.items() if not isinstance(items, str)}
    return {**unknown, **(_drifts(session, cluster, state, manifests) if manifests else {})}


def _drifts(
    session: Session, cluster: Cluster, state: NamespaceState, of_releases: Mapping[str, Sequence[Item]]
) -> dict[str, Drift]:
    secret = {variable for one in session.settings.services.values() for variable in one.secret.values()}
    manifests = [one for items in of_releases.values() for one in items]
    # By what helm's manifest names, not by a label: a chart need not set one, and an edit may remove it.
    own = {name: {object_name(one) for one in items} for name, items in of_releases.items()}
    try:
        live = _live(session, cluster, manifests)
        desired, refused = _applied(session, cluster, manifests)
        secrets = _secrets(session, cluster, state, own)
    except (CommandFailed, TimedOut) as fault:
        return {name: Drift(unknown=fault.why or fault.what) for name in own}
    return {
        name: _with_secret(_compared(_of(desired, its), _of(live, its), secret, refused), secrets[name])
        for name, its in own.items()
    }


def _compared(desired: Sequence[Item], live: Sequence[Item], secret: Collection[str], refused: str) -> Drift:
    """As `compare`, where the API server refused the apply of some objects.

    An edit may do that: a value beside the chart's reference to a Secret. Such an object is compared by who
    owns its fields alone.
    """
    had = {object_name(one) for one in desired}
    left = [one for one in live if refused and object_name(one) not in had]
    drift = compare([*desired, *left], live, secret)
    explained = {one.object for one in drift.differences}
    bare = [object_name(one) for one in left if object_name(one) not in explained]
    return replace(drift, unknown=f"{', '.join(bare)}: {refused}") if bare else drift


def _whole(state: NamespaceState, name: str) -> bool:
    return name in state.releases and state.releases[name].status == "deployed"


def _applied(session: Session, cluster: Cluster, manifests: Sequence[Item]) -> tuple[list[Item], str]:
    """The objects as an apply would make them, and the API server's words on those that it refuses.

    kubectl answers nothing for all where it is refused one, so a refused lot is asked for in halves.
    """
    argv = cluster.kubectl(
        "apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager", HELM,
        "--namespace", session.settings.namespace, "--show-managed-fields", "-o", "json", "--filename", "-",
    )  # fmt: skip
    answer = session.door.read(argv, stdin=_list_of(manifests), timeout_s=_TIMEOUT_S, accept=(0, 1))
    if answer.ok:
        return _items(answer.stdout), ""
    if _UNANSWERED.search(answer.stderr) or len(manifests) < 2:
        return [], answer.last_lines()
    middle = len(manifests) // 2
    one, why = _applied(session, cluster, manifests[:middle])
    other, more = _applied(session, cluster, manifests[middle:])
    return [*one, *other], "\n".join(filter(None, (why, more)))


def _live(session: Session, cluster: Cluster, manifests: Sequence[Item]) -> list[Item]:
    argv = cluster.kubectl(
        "get", "--namespace", session.settings.namespace, "--show-managed-fields", "--ignore-not-found",
        "-o", "json", "--filename", "-",
    )  # fmt: skip
    return _items(session.door.read(argv, stdin=_list_of(manifests), timeout_s=_TIMEOUT_S).stdout)


def _list_of(manifests: Sequence[Item]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})


def _items(text: str) -> list[Item]:
    if not text.strip():
        return []
    answer = json.loads(text)
    return list(answer["items"]) if answer["kind"] == "List" else [answer]


def _of(items: Sequence[Item], names: Collection[str]) -> list[Item]:
    return [one for one in items if object_name(one) in names]


def _secrets(
    session: Session, cluster: Cluster, state: NamespaceState, names: Collection[str]
) -> dict[str, Difference | None]:
    """Release → what is wrong with the Secret that its newest revision names, if anything."""
    wanted = {name: entry.secret for name in names if (entry := state.record(name).newest()) and entry.secret}
    argv = cluster.kubectl("get", "secrets", "--namespace", session.settings.namespace, "-o", "json")
    items = json.loads(session.door.read(argv).stdout)["items"] if wanted else []
    there = {one["metadata"]["name"]: one.get("data") or {} for one in items}
    return {name: _secret_difference(name, wanted.get(name, ""), there) for name in names}


def _secret_difference(release: str, name: str, there: Mapping[str, Mapping[str, str]]) -> Difference | None:
    if not name:
        return None
    if name not in there:
        return Difference(f"Secret/{name}", "", "there", "deleted")
    entries = {key: base64.b64decode(value).decode("utf-8", "replace") for key, value in there[name].items()}
    named_by_content = name.startswith(f"{release}-secrets-")
    if named_by_content and SecretData(release, entries).name != name:
        return Difference(f"Secret/{name}", "data", MASK, MASK)
    return None


def _with_secret(drift: Drift, difference: Difference | None) -> Drift:
    return replace(drift, differences=(*drift.differences, difference)) if difference else drift
