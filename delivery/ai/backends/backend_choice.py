"""Which backend answers: the one that was named, or with `auto` the first that is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from delivery import cluster as clusters
from delivery.ai.answer import Answer, Availability, Question
from delivery.ai.backends.kagent import Kagent, Where
from delivery.ai.backends.kubectl_ai import KubectlAi
from delivery.ai.backends.openai_model import OpenAiModel
from delivery.ai.model_access import model_access
from delivery.ai.redact import Redactor
from delivery.cluster import Cluster
from delivery.errors import DeliveryError, EnvironmentFault, Interrupted, InvalidInput
from delivery.session import Session

AUTO, RULES = "auto", "rules"
# What we send ourselves and could show comes first; a program that we have to watch comes last.
NAMES = ("openai", "kagent", "kubectl-ai")


class ModelBackend(Protocol):
    """A backend that sends something away."""

    @property
    def name(self) -> str:
        """What people call it."""

    def available(self) -> Availability:
        """Whether it can be asked now."""

    def would_send(self, question: Question) -> str:
        """What asking would send, to the byte."""

    def ask(self, question: Question) -> Answer:
        """Its answer."""


@dataclass(frozen=True)
class Choice:
    """Who answers, None for the rules alone; `words` say why, in a line."""

    backend: ModelBackend | None
    words: str


@dataclass(frozen=True)
class BackendStatus:
    """One line of `ai.backends`."""

    name: str
    present: bool
    reason: str
    version: str = ""


def wanted(session: Session, given: str) -> str:
    """The backend that was asked for. Raises InvalidInput for one that there isn't."""
    name = given or session.settings.ai.get("backend") or AUTO
    if name not in (AUTO, RULES, *NAMES):
        raise InvalidInput(f"there is no backend {name}", "", f"{AUTO}, {RULES}, {', '.join(NAMES)}")
    return str(name)


def choose(session: Session, cluster: Cluster, name: str, redactor: Redactor) -> Choice:
    """The backend of this name, or with `auto` the first that is there.

    Raises EnvironmentFault where a backend that was named can't be asked.
    """
    if name == RULES:
        return Choice(None, "the rules answer, as asked")
    tried = []
    for one in NAMES if name == AUTO else (name,):
        backend = backend_named(one, session, cluster, redactor)
        there = backend.available()
        if there.present:
            return Choice(backend, f"{one} answers: {there.reason}")
        tried.append(f"{one}: {there.reason}")
    if name != AUTO:
        raise EnvironmentFault(f"backend {name} can't be asked", tried[0], "./inv ai.backends")
    return Choice(None, "the rules answer, no model or agent is there: ./inv ai.backends")


def backend_named(name: str, session: Session, cluster: Cluster, redactor: Redactor) -> ModelBackend:
    """The backend of this name, whether it can be asked or not."""
    access = model_access(session.settings)
    if name == "openai":
        return OpenAiModel(session, access)
    if name == "kagent":
        return Kagent(session, cluster, Where.of(session), redactor)
    return KubectlAi(session, cluster, access, redactor)


def statuses(session: Session) -> tuple[BackendStatus, ...]:
    """Every backend, whether it is there and why not. Only looks."""
    rows = [BackendStatus(RULES, True, "built in; no key, no network, nothing leaves this machine")]
    openai = OpenAiModel(session, model_access(session.settings)).available()
    rows.append(BackendStatus("openai", openai.present, openai.reason, openai.version))
    try:
        cluster = clusters.connect(session)
    except Interrupted:
        raise
    except DeliveryError as fault:
        gone = f"no cluster: {fault.what}"
        return (*rows, *(BackendStatus(name, False, gone) for name in NAMES[1:]))
    redactor = Redactor(session.console.masker)
    for name in NAMES[1:]:
        there = backend_named(name, session, cluster, redactor).available()
        rows.append(BackendStatus(name, there.present, there.reason, there.version))
    return tuple(rows)


def print_backends(session: Session, output: str = "table") -> None:
    """Print every backend, which one `auto` takes, and why others aren't there."""
    if output not in ("table", "json"):
        raise InvalidInput(f"--output {output!r} is not known", "it is one of table, json")
    rows = statuses(session)
    if output == "json":
        session.console.line(json.dumps([asdict(one) for one in rows], indent=2))
        return
    session.console.line(status_lines(rows, wanted(session, "")))


def status_lines(rows: Sequence[BackendStatus], asked: str) -> str:
    """Pure: the table, and who would answer."""
    width = max(len(one.name) for one in rows)
    lines = [f"{one.name.ljust(width)}  {'yes' if one.present else 'no '}  {one.reason}" for one in rows]
    there = [one.name for one in rows if one.present]
    taken = next((name for name in NAMES if name in there), RULES) if asked == AUTO else asked
    return "\n".join([*lines, "", f"ai.ask asks {taken} (ai.backend: {asked})"])
