"""Asks whoever is to answer: the rules always look first; a model gets what they found, and is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from delivery import cluster as clusters
from delivery.ai.answer import Answer, Finding, Mark, Question, State
from delivery.ai.ask import Rules, answer_of, answered, look
from delivery.ai.backends.backend_choice import AUTO, RULES, ModelBackend, backend_named, choose, wanted
from delivery.ai.collect import Wanted, collect
from delivery.ai.intents import checked, understand
from delivery.ai.journal import Operation, record
from delivery.ai.known_secrets import redactor_for
from delivery.ai.model_access import budget_of, model_access
from delivery.ai.output import Output, deliver
from delivery.ai.prompt import claimable_names, context_of
from delivery.ai.real_commands import CommandHelp
from delivery.ai.redact import Redactor
from delivery.ai.replies import Reply
from delivery.ai.rules import findings
from delivery.ai.snapshot import Snapshot
from delivery.ai.truth import Known, check
from delivery.cluster import Cluster
from delivery.errors import EnvironmentFault, InvalidInput
from delivery.session import Session

# What a terminal would obey, and what hides text from a reader.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)


@dataclass(frozen=True)
class Options:
    """Who is asked; `show_prompt` prints what would be sent, and sends nothing.

    `tasks` are the tasks of the kit, to check what an answer names.
    """

    backend: str = ""
    show_prompt: bool = False
    tasks: frozenset[str] = frozenset()


def ask(session: Session, text: str, options: Options, output: Output) -> None:
    """Answer one question and print the answer.

    Raises InvalidInput for a question that nobody understands, EnvironmentFault where the backend that was
    named gives no answer, CheckFailed where `--fail-on` asks for it.
    """
    output.check()
    question, name = checked(text), wanted(session, options.backend)
    if name == RULES and not options.show_prompt:
        understand(question)  # before anything is asked
    cluster = clusters.connect(session, may_repair=False)
    choice = choose(session, cluster, name, Redactor(session.console.masker))
    if choice.backend is None:
        if options.show_prompt:
            session.console.note(f"nothing would be sent: {choice.words}")
            return
        if name == AUTO:
            session.console.note(choice.words)
        answered(session, output, lambda: _by_rules(session, cluster, question))
        return
    _by_model(session, cluster, _Way(choice.backend.name, choice.words, name, question, options), output)


@dataclass(frozen=True)
class _Way:
    """A question on its way to a model: which one, in whose words chosen, and what was asked for by name."""

    backend: str
    words: str
    name: str
    question: str
    options: Options


def _by_rules(session: Session, cluster: Cluster, question: str) -> Answer:
    return Rules(look(session, cluster, understand(question), question)).ask(Question(question))


def _by_model(session: Session, cluster: Cluster, way: _Way, output: Output) -> None:
    snapshot, rules = _looked(session, cluster, way.question)
    names = claimable_names(snapshot)
    public = frozenset().union(*names.values())
    redactor = redactor_for(session, cluster, public)
    backend = backend_named(way.backend, session, cluster, redactor)
    budget = budget_of(session.settings)
    text, context = redactor.text(way.question), context_of(snapshot, rules, redactor, budget)
    question = Question(text, replace(context, redactions=redactor.count), budget)
    if way.options.show_prompt or session.dry_run:
        session.console.line(backend.would_send(question))
        return
    size = len(context.text.encode())
    session.console.note(f"{way.words}; {size} bytes of facts, {redactor.count} secrets taken out")
    answer = asked(backend, question, redactor, _known(session, cluster, names, way.options, rules.findings))
    record(session, Operation("ai.ask", answer, backend.would_send(question)), redactor)
    _deliver(session, answer, rules, way.name, output)


def asked(backend: ModelBackend, question: Question, redactor: Redactor, known: Known) -> Answer:
    """One answer, cleaned and checked."""
    answer = backend.ask(question)
    text = redactor.text(printable(answer.text))
    marks: tuple[Mark, ...] = check(text, known) if text else ()
    return replace(answer, text=text, error=redactor.text(printable(answer.error)), marks=marks)


def printable(text: str) -> str:
    """Pure: the text without what a terminal would obey."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def _looked(session: Session, cluster: Cluster, question: str) -> tuple[Snapshot, Answer]:
    """The snapshot, and what the rules say; a question that they don't understand gets all findings."""
    try:
        snapshot = look(session, cluster, understand(question), question)
        return snapshot, Rules(snapshot).ask(Question(question))
    except InvalidInput:
        snapshot = collect(session, cluster, Wanted(logs=True))
        return snapshot, answer_of(question, Reply("", findings(snapshot)))


def _known(
    session: Session, cluster: Cluster, names: dict[str, frozenset[str]], options: Options,
    found: tuple[Finding, ...],
) -> Known:  # fmt: skip
    programs = {"kubectl": cluster.kubectl()[0], "helm": cluster.helm()[0]}
    codes = frozenset(one.code for one in found)
    flags: Callable[[tuple[str, ...]], frozenset[str] | None] = CommandHelp(session.door, programs).flags
    return Known(names, options.tasks, flags, codes)


def _deliver(session: Session, answer: Answer, rules: Answer, name: str, output: Output) -> None:
    """A model that gives no answer does not take away that of the rules; asked for by name, it is a fault."""
    failed = answer.state is not State.COMPLETED
    shown = replace(answer, text="\n\n".join(filter(None, (answer.text, rules.text)))) if failed else answer
    deliver(session, shown, output)
    if failed and name != AUTO:
        raise EnvironmentFault(
            f"{answer.backend} gave no answer: {answer.state.value}", answer.error, "./inv ai.backends"
        )


def evidence_backend(session: Session) -> ModelBackend | None:
    """The model for what is kept in files, or None; only one that looks at no cluster will do."""
    from delivery.ai.backends.openai_model import OpenAiModel

    allowed = wanted(session, "") in (AUTO, "openai") and session.settings.ai.get("explainFailures", True)
    access = model_access(session.settings)
    return OpenAiModel(session, access) if access and allowed else None
