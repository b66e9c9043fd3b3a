"""A model's words on a deploy that failed: asked beside the rollback, from files alone, within its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from delivery.ai.answer import Answer, Budget, Question, State
from delivery.ai.ask import answer_of
from delivery.ai.asking import asked, evidence_backend
from delivery.ai.backends.backend_choice import ModelBackend
from delivery.ai.explain import snapshot_of
from delivery.ai.journal import Operation, record
from delivery.ai.known_secrets import redactor_for
from delivery.ai.model_access import budget_of
from delivery.ai.prompt import claimable_names, context_of
from delivery.ai.replies import Reply, told
from delivery.ai.rules import findings
from delivery.ai.truth import Known, with_marks
from delivery.session import Session

LIMIT_S = 20.0
_QUESTION = "Why did this rollout fail, and what should be done?"


class FailureStory:
    """Under way from its making on. Whoever needs it asks for `text`, once all else is done.

    `trouble` says why there are no words.
    """

    def __init__(self, tell: Callable[[], str], limit_s: float) -> None:
        self._ends = time.monotonic() + limit_s
        self._text = self.trouble = ""
        self._thread = threading.Thread(target=self._run, args=(tell,), daemon=True)
        self._thread.start()

    def text(self) -> str:
        """The words, or nothing where there are none in time. Waits for what is left of the limit."""
        self._thread.join(max(0.0, self._ends - time.monotonic()))
        return self._text

    def _run(self, tell: Callable[[], str]) -> None:
        try:
            self._text = tell()
        except Exception as fault:  # an explanation is an extra: whatever is wrong, the deploy's error stands
            self.trouble = f"{type(fault).__name__}: {fault}"


def begin(session: Session, folder: Path, limit_s: float = LIMIT_S) -> FailureStory | None:
    """Ask a model about kept evidence and return at once; None where there is no model to ask."""
    backend = evidence_backend(session)
    if backend is None or session.dry_run:
        return None
    return FailureStory(lambda: _told(session, backend, folder, limit_s), limit_s)


def _told(session: Session, backend: ModelBackend, folder: Path, limit_s: float) -> str:
    answer = explained_by(session, backend, folder, limit_s)
    if answer.state is not State.COMPLETED:
        return ""
    return f"{backend.name} says:\n{with_marks(answer.text, answer.marks)}"


def explained_by(session: Session, backend: ModelBackend, folder: Path, limit_s: float) -> Answer:
    """The backend's answer about a folder of evidence, checked against it and kept in the journal."""
    snapshot = snapshot_of(folder, session.settings.namespace, tuple(session.settings.services))
    found = findings(snapshot)
    rules = answer_of(_QUESTION, Reply(told(found[0]) if found else "", found))
    names = claimable_names(snapshot)
    redactor = redactor_for(session, None, frozenset().union(*names.values()))
    own = budget_of(session.settings)
    budget = Budget(own.context_bytes, own.tokens, min(own.seconds, limit_s))
    question = Question(_QUESTION, context_of(snapshot, rules, redactor, budget), budget)
    known = Known(names, words=frozenset(one.code for one in found))
    answer = asked(backend, question, redactor, known)
    record(session, Operation("deploy", answer, backend.would_send(question)), redactor)
    return answer
