"""The ways between the parts, gone from their own pods by their own settings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from delivery import cluster as clusters
from delivery.checks.check_model import NOT_CHECKED, Check, check
from delivery.checks.in_pod import ask_in_pod, ready_pod
from delivery.cluster import Cluster
from delivery.errors import CheckFailed
from delivery.release.state import read_state
from delivery.session import Session

AREA = "network"
FRONTEND, BACKEND = "frontend", "backend"
_SCRIPTS = Path(__file__).with_name("scripts")


def network_checks(session: Session) -> Sequence[Check]:
    """Frontend to backend; backend to keys, model and database. Raises CheckFailed where none is deployed."""
    cluster = clusters.connect(session, may_repair=False)
    state = read_state(session, cluster)
    if not {FRONTEND, BACKEND} & state.releases.keys():
        raise CheckFailed(
            f"nothing is deployed in namespace {session.settings.namespace}", "", "./inv deploy.all"
        )
    found: list[Check] = []
    for name, ask in ((FRONTEND, _from_frontend), (BACKEND, _from_backend)):
        pod = ready_pod(state, name)
        if pod:
            found += ask(session, cluster, pod)
        else:
            found.append(
                Check(AREA, name, "reaches what it needs", NOT_CHECKED, "it has no pod that is ready")
            )
    return found


def _from_frontend(session: Session, cluster: Cluster, pod: str) -> list[Check]:
    argv = cluster.kubectl(
        "exec", "--stdin", pod, "--container", FRONTEND, "--namespace", session.settings.namespace, "--",
        "node", "--input-type=module", "-",
    )  # fmt: skip
    script = (_SCRIPTS / "ask_backend.mjs").read_text(encoding="utf-8")
    answer = session.door.read(argv, stdin=script, accept=None)
    if not answer.ok:
        return [check(AREA, FRONTEND, "can be asked", False, answer.last_lines(4))]
    return _checks(FRONTEND, json.loads(answer.stdout.splitlines()[-1]))


def _from_backend(session: Session, cluster: Cluster, pod: str) -> list[Check]:
    script = (_SCRIPTS / "ask_network.py").read_text(encoding="utf-8")
    return _checks(BACKEND, ask_in_pod(session, cluster, pod, BACKEND, script))


def _checks(name: str, steps: Sequence[dict[str, object]]) -> list[Check]:
    return [check(AREA, name, str(one["step"]), bool(one["ok"]), one["seen"]) for one in steps]
