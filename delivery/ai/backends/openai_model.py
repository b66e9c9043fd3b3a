"""Backend `openai`: any model behind the OpenAI API. It knows the context that we send, and nothing else."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from delivery.ai.answer import Answer, Availability, Question, State, Usage
from delivery.ai.model_access import NO_KEY, ModelAccess, harmless_environment
from delivery.ai.prompt import messages
from delivery.errors import DeliveryError, Interrupted, TimedOut
from delivery.session import Session

_PROGRAM = Path(__file__).with_name("chat_request.py")
_START_S = 20.0
_RETRIES = 1
_CUT = "\n\n(cut at the token budget: ai.answerTokens in deploy.yaml)"
_NO_CHAT = "the server's answer is none of the OpenAI API"


class OpenAiModel:
    """Asks the model once. It has no tools: whatever it answers, nothing is run."""

    name = "openai"

    def __init__(self, session: Session, access: ModelAccess | None) -> None:
        self._session, self._access = session, access
        self._sent = ""

    def available(self) -> Availability:
        """Whether there is a key; the server is not asked."""
        if self._access is None:
            return Availability(False, NO_KEY)
        return Availability(True, f"{self._access.model} at {self._access.host}", self._access.model)

    def body(self, question: Question) -> dict[str, Any]:
        """The request as the API has it."""
        access = self._needed()
        limit = "max_completion_tokens" if access.official else "max_tokens"
        return {"model": access.model, "messages": messages(question), limit: question.budget.tokens}

    def would_send(self, question: Question) -> str:
        """The very bytes of the request, as the client makes them, or made them; nothing is sent."""
        return self._sent or str(self._called(question, send=False)["sent"])

    def ask(self, question: Question) -> Answer:
        """The model's answer, or why there is none."""
        began = time.monotonic()
        try:
            said = self._called(question, send=True)
            self._sent = said["sent"]
            state, text, error, usage = judged(said)
        except Interrupted:
            raise
        except TimedOut:
            limit = question.budget.seconds
            state, text, usage = State.FAILED, "", None
            error = f"no answer within {limit:.0f} s (ai.timeoutS in deploy.yaml)"
        except DeliveryError as fault:
            state, text, error, usage = State.FAILED, "", f"{fault.what}: {fault.why}", None
        took_s = time.monotonic() - began
        return Answer(
            state, self.name, question.text, question.context.findings, text, usage,
            redactions=question.context.redactions, duration_s=took_s, error=error,
        )  # fmt: skip

    def _called(self, question: Question, *, send: bool) -> dict[str, Any]:
        access = self._needed()
        order = {
            "baseUrl": access.base_url, "apiKey": access.api_key, "body": self.body(question),
            "timeoutS": question.budget.seconds, "retries": _RETRIES, "send": send,
        }  # fmt: skip
        # A server that sends a byte now and then never times out by itself: the door ends the program.
        answer = self._session.door.read(
            [sys.executable, "-P", str(_PROGRAM)], stdin=json.dumps(order), inherit_env=False,
            env=harmless_environment(), timeout_s=question.budget.seconds if send else _START_S,
        )  # fmt: skip
        return dict(json.loads(answer.stdout))

    def _needed(self) -> ModelAccess:
        if self._access is None:
            raise DeliveryError(NO_KEY)
        return self._access


def judged(said: dict[str, Any]) -> tuple[State, str, str, Usage | None]:
    """Pure: state, text, error and usage of what the client reported."""
    fault = said.get("error")
    if fault:
        denied = fault["status"] in (401, 403)
        return (State.AUTH_REQUIRED if denied else State.FAILED), "", _why(fault), None
    answer = said["answer"]
    usage = Usage(answer["promptTokens"], answer["answerTokens"], int(said.get("requests", 1)))
    text = answer["text"].strip()
    if text:
        cut = (
            "\n\n(cut at the token budget: ai.answerTokens in deploy.yaml)"
            if answer["finish"] == "length"
            else ""
        )
        return State.COMPLETED, text + cut, "", usage
    return State.FAILED, "", _why_empty(answer), usage


def _why(fault: dict[str, Any]) -> str:
    status, message = fault["status"], fault["message"]
    words = {
        401: "the server refuses the key",
        403: "the server refuses this key or model",
        404: "the server has no such model or address",
        429: "the server asks for patience, or the quota is used up",
    }
    if status:
        return f"{words.get(status, 'the server failed')} (HTTP {status}): {message}"
    if fault["kind"] == "connection":
        return f"the server does not answer: {message}"
    if fault["kind"] == "timeout":
        return "no answer in time (ai.timeoutS in deploy.yaml)"
    return f"{_NO_CHAT}: {message}"


def _why_empty(answer: dict[str, Any]) -> str:
    if answer["finish"] == "length":
        return "the model used up its tokens before it wrote anything: raise ai.answerTokens in deploy.yaml"
    if answer["calls"]:
        return "the model wanted to call a tool, though it was given none"
    return (
        "the model answered nothing" if answer["isChat"] else "the server's answer is none of the OpenAI API"
    )
