"""Charts are rendered before anything is changed, so that a broken one costs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from delivery import tools
from delivery.errors import InvalidInput
from delivery.parallel import run_all
from delivery.release.plan import ReleasePlan
from delivery.session import Session
from delivery.settings import Service

_TIMEOUT_S = 60.0


def ensure_charts_render(session: Session, plans: Sequence[ReleasePlan]) -> None:
    """Have helm render each release that will change, without a cluster.

    Raises InvalidInput with helm's own words: templates, values.yaml, Chart.yaml or the schema are broken.
    """
    changing = [plan for plan in plans if plan.action.applies]
    jobs = {one.service.name: partial(_faults, session, one.service, one.values) for one in changing}
    found = {name: faults for name, faults in run_all(session.door, jobs).items() if faults}
    if found:
        raise InvalidInput(
            f"the chart of {', '.join(found)} can't be rendered", "\n".join(found.values()),
            "mend the chart; no release was changed",
        )  # fmt: skip


def _faults(session: Session, service: Service, values: Mapping[str, Any]) -> str:
    argv = [
        tools.path(session, "helm"), "template", service.name, str(service.chart),
        "--namespace", session.settings.namespace, "--values", "-",
    ]  # fmt: skip
    answer = session.door.read(argv, stdin=json.dumps(values), timeout_s=_TIMEOUT_S, accept=None)
    return "" if answer.ok else answer.last_lines()
