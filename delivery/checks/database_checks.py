"""The database from inside the cluster, step by step: DNS, TCP, TLS, sign-in, schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from delivery import cluster as clusters
from delivery import tools
from delivery.checks.check_model import NOT_CHECKED, Check, check
from delivery.checks.in_pod import ask_in_new_pod, ask_in_pod, python_service, ready_pod
from delivery.release.state import read_state
from delivery.session import Session

AREA = "database"
_SCRIPT = Path(__file__).with_name("scripts") / "ask_database.py"
_VARIABLE = "DATABASE_URL"


def database_checks(session: Session) -> Sequence[Check]:
    """From the backend's pod; before a deploy, for an external database, from a pod that is made for it."""
    cluster = clusters.connect(session, may_repair=False)
    state, service = read_state(session, cluster), python_service(session, _VARIABLE)
    script, pod = _SCRIPT.read_text(encoding="utf-8"), ready_pod(state, service.name)
    if pod:
        return checks_of(ask_in_pod(session, cluster, pod, service.name, script), pod)
    url = session.settings.env.get(_VARIABLE)
    if not url:
        words = "can be reached from inside the cluster"
        return [
            Check(
                AREA,
                "database",
                words,
                NOT_CHECKED,
                "the embedded one is deployed with the app: ./inv deploy.all",
            )
        ]
    tools.ensure_engine(session)
    clusters.ensure_may_change(session, cluster)
    env = {_VARIABLE: url, "TABLES_MAY_BE_MISSING": "1"}
    return checks_of(ask_in_new_pod(session, cluster, service, script, env), "a pod made for it")


def checks_of(steps: Iterable[Mapping[str, Any]], pod: str) -> list[Check]:
    """Pure: a check per step; the first that fails is the last."""
    return [
        check(AREA, "database", f"{one['step']}, from {pod}", bool(one["ok"]), one["seen"]) for one in steps
    ]
