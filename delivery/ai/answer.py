"""The one shape of every question and answer, whichever backend gives it: typed, immutable.

`schemas/answer.schema.json` describes what `to_json` makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, Protocol

SCHEMA_VERSION = 1


class Severity(IntEnum):
    """How bad a finding is; they can be compared."""

    INFO = 0
    WARNING = 1
    CRITICAL = 2

    @classmethod
    def named(cls, name: str) -> Severity:
        """The severity of that name, as people write it. Raises KeyError."""
        return cls[name.strip().upper()]

    @property
    def label(self) -> str:
        """`info`, `warning` or `critical`."""
        return self.name.lower()


class State(Enum):
    """How asking ended; the names are those of the A2A protocol's task states."""

    COMPLETED = "completed"
    INPUT_REQUIRED = "input-required"
    FAILED = "failed"
    AUTH_REQUIRED = "auth-required"


@dataclass(frozen=True)
class Finding:
    """What a rule found: a stable code, the object at fault, what shows it, why it matters, what to do.

    `object` is `Kind/name`; `fix` is a command that exists, or begins with one; `source` is where the rule is
    known from.
    """

    code: str
    severity: Severity
    object: str
    title: str
    evidence: tuple[str, ...] = ()
    why: str = ""
    fix: str = ""
    source: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding as the schema has it."""
        return {
            "code": self.code,
            "severity": self.severity.label,
            "object": self.object,
            "title": self.title,
            "evidence": list(self.evidence),
            "why": self.why,
            "fix": self.fix,
            "source": self.source,
        }


@dataclass(frozen=True)
class Usage:
    """What a model used: tokens, and requests to it."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Mark:
    """A claim in a model's answer that does not hold: its words in the text, and why it is marked."""

    text: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """One answer. `commands` are those that the backend ran, `redactions` counts what was taken out of what
    left this machine, `text` is plain text for a person.

    `error` says why where the state is not completed.
    """

    state: State
    backend: str
    question: str
    findings: tuple[Finding, ...] = ()
    text: str = ""
    usage: Usage | None = None
    commands: tuple[str, ...] = ()
    redactions: int = 0
    duration_s: float = 0.0
    marks: tuple[Mark, ...] = ()
    error: str = ""

    @property
    def worst(self) -> Severity | None:
        """The gravest severity among the findings; None where there are none."""
        return max((one.severity for one in self.findings), default=None)


@dataclass(frozen=True)
class Availability:
    """Whether a backend can be asked now; `reason` is for people, `version` of the program or server."""

    present: bool
    reason: str = ""
    version: str = ""


@dataclass(frozen=True)
class Budget:
    """What one question may cost. `context_bytes` bounds the prompt, `tokens` the answer."""

    context_bytes: int = 48_000
    tokens: int = 1_500
    seconds: float = 60.0


@dataclass(frozen=True)
class Context:
    """What a model is told of the cluster: bounded and redacted already, in the order of its worth.

    `names` are the objects, images and keys that exist, for checking the claims of an answer: kind → names.
    """

    text: str = ""
    findings: tuple[Finding, ...] = ()
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    redactions: int = 0
    truncated: bool = False


@dataclass(frozen=True)
class Question:
    """What is asked, with all that a backend may use for it."""

    text: str
    context: Context = field(default_factory=Context)
    budget: Budget = field(default_factory=Budget)


class Backend(Protocol):
    """Something that answers questions: the rules, a model, a program, an agent in the cluster."""

    @property
    def name(self) -> str:
        """What people call it: rules, openai, kubectl-ai or kagent."""

    def available(self) -> Availability:
        """Whether it can be asked now; looks only, and takes seconds at most."""

    def ask(self, question: Question) -> Answer:
        """Its answer; trouble of its own is an Answer with state failed, never an exception.

        Interrupted alone goes through.
        """


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The gravest first, else in the order that they came; what says the same of one object is told once."""
    seen: dict[tuple[str, str, str], Finding] = {}
    for one in findings:
        seen.setdefault((one.code, one.object, one.title), one)
    return tuple(sorted(seen.values(), key=lambda one: -one.severity))


def to_json(answer: Answer) -> dict[str, Any]:
    """The answer as a document of `schemas/answer.schema.json`."""
    usage = answer.usage
    return {
        "version": SCHEMA_VERSION,
        "state": answer.state.value,
        "backend": answer.backend,
        "question": answer.question,
        "findings": [one.to_json() for one in answer.findings],
        "answer": answer.text,
        "usage": None
        if usage is None
        else {
            "promptTokens": usage.prompt_tokens,
            "answerTokens": usage.answer_tokens,
            "requests": usage.requests,
        },
        "commands": list(answer.commands),
        "redactions": answer.redactions,
        "durationS": round(answer.duration_s, 3),
        "marks": [{"text": one.text, "reason": one.reason} for one in answer.marks],
        "error": answer.error,
    }
