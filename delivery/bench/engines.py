"""The engines that bench.verdict compares: this kit's own, and helm's two ways to wait."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from delivery.bench.lines import Heard
from delivery.bench.scenarios import CHART, NEW, OLD
from delivery.bench.trial import PORT, Trial
from delivery.console import Console
from delivery.errors import DeliveryError, DeployFailed, DeployFailedRolledBack, EnvironmentFault, Interrupted
from delivery.operations.deploy import release_all
from delivery.release.lock import Held
from delivery.release.plan import make_plan
from delivery.release.state import read_state
from delivery.release.values import image_values, merged

_INSTALL_S = 180
_CODE = re.compile(r"did not come up: ([A-Z_]+):")


@dataclass(frozen=True)
class Told:
    """What an engine said of an upgrade: ready or not, after how long, and when its command was over."""

    ready: bool
    verdict_s: float
    total_s: float
    words: str


@dataclass(frozen=True)
class Engine:
    """A way to judge an upgrade: how it installs what is well, how it upgrades."""

    name: str
    install: Callable[[Trial], None]
    upgrade: Callable[[Trial], Told]


def _release(trial: Trial, version: str, heard: Heard) -> None:
    """What `deploy.all` does for one release, from its plan to the rollback's proof."""
    session, service = trial.session, trial.service(version)
    settings = replace(session.settings, namespace=trial.name, services={trial.name: service}, rollback=True)
    console = Console(masker=session.console.masker, out=heard, err=heard)
    own = replace(session, settings=settings, console=console)
    image = replace(trial.image, service=trial.name)
    plans = make_plan(own, trial.cluster, read_state(own, trial.cluster), [service], [image])
    heard.begin()
    release_all(own, trial.cluster, Held(), plans)


def _install_ours(trial: Trial) -> None:
    _release(trial, OLD, Heard())


def _upgrade_ours(trial: Trial) -> Told:
    heard = Heard()
    try:
        _release(trial, NEW, heard)
    except (DeployFailed, DeployFailedRolledBack) as error:
        code = _CODE.search(error.what)
        return _told(heard, ready=False, words=code[1] if code else error.what, mark="^✗ Release")
    return _told(heard, ready=True, words="", mark="^✓ Release")


def _told(heard: Heard, *, ready: bool, words: str, mark: str) -> Told:
    total_s = heard.took_s()
    said_s = heard.first_s(mark)
    return Told(ready, total_s if said_s is None else said_s, total_s, words)


def helm_argv(trial: Trial, *how: str) -> list[str]:
    """`helm upgrade --install` with values from stdin, as a person would wait for it."""
    return trial.cluster.helm(
        "upgrade", trial.name, str(CHART), "--install", "--namespace", trial.name, "--values", "-", *how
    )


def _stdin(trial: Trial, version: str) -> str:
    own: Mapping[str, Any] = {"image": image_values(trial.image.reference), "service": {"port": PORT}}
    return json.dumps(merged(own, trial.values(version)))


def _install_helm(trial: Trial) -> None:
    argv = helm_argv(trial, "--wait", "--timeout", f"{_INSTALL_S}s")
    trial.session.door.mutate(argv, stdin=_stdin(trial, OLD), timeout_s=_INSTALL_S + 30)


def _upgrade_helm(trial: Trial, flag: str) -> Told:
    heard = Heard()
    argv = helm_argv(trial, flag, "--timeout", f"{trial.helm_timeout_s:.0f}s")
    # A rollback has the whole time once more.
    answer = trial.session.door.mutate(
        argv, stdin=_stdin(trial, NEW), timeout_s=2 * trial.helm_timeout_s + 120, accept=None,
        on_line=heard.line,
    )  # fmt: skip
    if answer.exit_code not in (0, 1):
        raise EnvironmentFault(f"helm ended with exit code {answer.exit_code}", answer.last_lines())
    words = answer.stderr.strip().splitlines()[-1:] if answer.exit_code else []
    return _told(heard, ready=answer.ok, words="".join(words), mark="upgrade failed" if words else "$^")


ENGINES: Mapping[str, Engine] = {
    one.name: one
    for one in (
        Engine("ours", _install_ours, _upgrade_ours),
        Engine("helm-rollback", _install_helm, lambda trial: _upgrade_helm(trial, "--rollback-on-failure")),
        Engine("helm-wait", _install_helm, lambda trial: _upgrade_helm(trial, "--wait")),
    )
}
TITLES = {
    "ours": "inv deploy.all",
    "helm-rollback": "helm upgrade --rollback-on-failure",
    "helm-wait": "helm upgrade --wait",
}


def trouble_of(error: DeliveryError) -> str:
    """An error in one line, for a case that could not be measured. Ctrl-C is no such case."""
    if isinstance(error, Interrupted):
        raise error
    return f"{error.what}: {error.why}".partition("\n")[0]
