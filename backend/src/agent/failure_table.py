"""Every way a run can fail: its code, the words for a person, and the hint for the one who runs the app."""

import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import openai
from agents import AgentsException, MaxTurnsExceeded, ModelBehaviorError, ModelRefusalError, ModelTimeoutError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from src.agent.events import Failure

NOTHING_LOST = "Your message is kept."


class EmptyAnswerError(Exception):
    """The model ended its turn without a word."""


class CutOffError(Exception):
    """The model's stream stopped before its end, without a fault of the connection."""


class RunTooLongError(Exception):
    """The run took longer than RUN_TIMEOUT_S."""


class ToolsAwayError(Exception):
    """The MCP server could not be reached, or refused the token."""


@dataclass(frozen=True)
class Rule:
    """The failure that exceptions of a kind mean; `cause` narrows it to those that were raised from one."""

    kinds: tuple[type[BaseException], ...]
    failure: Failure
    cause: tuple[type, ...] = (object,)  # any, or none
    error_code: str | None = None  # of the API, where it tells cases of one status apart

    def fits(self, error: BaseException) -> bool:
        """Whether it is this one."""
        if self.error_code is not None and getattr(error, "code", None) != self.error_code:
            return False
        return isinstance(error, self.kinds) and isinstance(error.__cause__, self.cause)


def _model(code: str, words: str, hint: str, variable: str | None = None, *, retry: bool = True) -> Failure:
    return Failure(code, f"{words} {NOTHING_LOST}", hint, variable, retry)


KEY = "OPENAI_API_KEY"
ADDRESS = "OPENAI_BASE_URL"
NAME = "OPENAI_MODEL"
NOT_SET_UP = (
    "The assistant is not set up properly, so it cannot answer. Whoever runs this app has to look into it."
)
UNPAID = (
    "The assistant's account is used up, so it cannot answer. Waiting will not help: whoever runs this app "
    "has to look at the account."
)
CUT_OFF = _model(
    "model_cut_off",
    "The assistant was cut off while answering. Try again.",
    f"{ADDRESS} hung up",
    ADDRESS,
)
# Order matters: the first kind that fits wins, so subclasses come before their bases.
RULES = (
    Rule((openai.AuthenticationError,), _model("model_key_refused", NOT_SET_UP, f"{KEY} refused", KEY)),
    Rule(
        (openai.PermissionDeniedError,),
        _model("model_forbidden", NOT_SET_UP, f"{KEY} may not use this model or this address", KEY),
    ),
    Rule(
        (openai.NotFoundError,),
        _model("model_unknown", NOT_SET_UP, f"no such model or path: check {NAME} and {ADDRESS}", NAME),
    ),
    Rule(
        (openai.RateLimitError,),
        _model(
            "model_unpaid", UNPAID, f"the account of {KEY} has no credit left: waiting will not help", KEY
        ),
        error_code="insufficient_quota",
    ),
    Rule(
        (openai.RateLimitError,),
        _model(
            "model_busy",
            "The assistant has too much to do just now. Try again in a moment.",
            f"the model's limit for {KEY} is reached",
            KEY,
        ),
    ),
    Rule(
        (openai.BadRequestError, openai.UnprocessableEntityError),
        _model(
            "model_refused_request",
            "The assistant could not make sense of this conversation. A new one may help.",
            f"the model refused the request: check that {NAME} takes tools, and OPENAI_API",
            NAME,
        ),
    ),
    Rule(
        (openai.APITimeoutError, ModelTimeoutError, httpx2.TimeoutException),
        _model(
            "model_silent",
            "The assistant did not answer in time. Try again.",
            f"no answer within MODEL_TIMEOUT_S from {ADDRESS}",
            ADDRESS,
        ),
    ),
    Rule(
        (openai.InternalServerError,),
        _model(
            "model_failing", "The assistant is out of order just now. Try again.", f"{ADDRESS} answers 5xx"
        ),
    ),
    Rule(
        (openai.APIResponseValidationError, json.JSONDecodeError, ValidationError),
        _model(
            "model_garbled",
            "The assistant's answer could not be read. Try again.",
            f"what {ADDRESS} sends is not the API that OPENAI_API names",
            ADDRESS,
        ),
    ),
    Rule((openai.APIConnectionError,), CUT_OFF, cause=(httpx2.ReadError, httpx2.RemoteProtocolError)),
    Rule(
        (openai.APIConnectionError, httpx2.ConnectError),
        _model(
            "model_away",
            "The assistant cannot be reached just now. Try again in a moment.",
            f"cannot connect to {ADDRESS}",
            ADDRESS,
        ),
    ),
    Rule((httpx2.TransportError, CutOffError), CUT_OFF),
    Rule(
        (openai.OpenAIError,),
        _model(
            "model_failing", "The assistant is out of order just now. Try again.", f"check {ADDRESS}", ADDRESS
        ),
    ),
    Rule(
        (MaxTurnsExceeded,),
        _model(
            "too_many_steps",
            "This took more steps than the assistant may take. Ask for less at once.",
            "the model went on calling tools",
        ),
    ),
    Rule(
        (ModelRefusalError,),
        _model("model_refused", "The assistant declined to answer this.", "the model refused", retry=False),
    ),
    Rule(
        (EmptyAnswerError,),
        _model("empty_answer", "The assistant gave no answer. Try again.", "the model ended without text"),
    ),
    Rule(
        (RunTooLongError,),
        _model(
            "run_too_long",
            "This took too long and was stopped. Try again, or ask for less at once.",
            "the run reached RUN_TIMEOUT_S",
            "RUN_TIMEOUT_S",
        ),
    ),
    Rule(
        (ToolsAwayError,),
        _model(
            "tools_away",
            "The assistant cannot get at your tasks just now. Try again in a moment.",
            "the MCP server does not answer: check MCP_URL (and UVICORN_PORT)",
            "MCP_URL",
        ),
    ),
    Rule(
        (ModelBehaviorError, AgentsException),
        _model(
            "model_misbehaved",
            "The assistant got confused. Try again.",
            f"what {ADDRESS} sends is not an answer: check it (does it end in /v1?), and OPENAI_API",
            ADDRESS,
        ),
    ),
    Rule(
        (SQLAlchemyError,),
        Failure(
            "database_away",
            "The database is not reachable just now. Try again in a moment.",
            "a query of the chat failed",
            "DATABASE_URL",
        ),
    ),
)
# Why there is no connection: the first that fits, looked for from the outermost error inwards.
CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the host name cannot be resolved"),
    (ssl.SSLCertVerificationError, "the certificate could not be verified"),
    (ssl.SSLError, "no TLS came about: is the port a plain http one?"),
    (ConnectionRefusedError, "the host refused the connection"),
    (ConnectionResetError, "the host hung up"),
    (httpx2.ConnectTimeout, "the host does not answer"),
)
UNKNOWN = _model("chat_failed", "Something went wrong on our side. Try again.", "see the traceback")


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception means: of the exception itself, else of what caused it."""
    seen: BaseException | None = error
    while seen is not None:
        found = next((rule.failure for rule in RULES if rule.fits(seen)), None)
        if found is not None:
            return found
        seen = seen.__cause__
    return UNKNOWN


def failure_named(code: str) -> Failure:
    """The failure of a code, as a run's row keeps it."""
    return next((rule.failure for rule in RULES if rule.failure.code == code), UNKNOWN)


def reason_of(error: BaseException) -> str:
    """Short and safe: the class, the HTTP status, why no connection came about. The text may quote a key."""
    status = getattr(error, "status_code", None)
    name = type(error).__name__
    if isinstance(status, int):
        return f"{name} (HTTP {status})"
    why = next((words for below in _below(error) for kind, words in CAUSES if isinstance(below, kind)), None)
    return f"{name}: {why}" if why else name


def _below(error: BaseException | None) -> Iterator[BaseException]:
    """What an error came from: causes, contexts and, where several addresses were tried, each one's."""
    if error is None:
        return
    yield error
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _below(part)
    yield from _below(error.__cause__ or error.__context__)
