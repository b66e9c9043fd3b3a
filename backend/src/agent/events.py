"""What a run says while it goes on, and how it ends. JSON, SSE and ChatKit are all made from these."""

from dataclasses import dataclass
from typing import Any

from src.conversations.records import CallRecord


@dataclass(frozen=True)
class TextDelta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True)
class ToolStarted:
    """The model has asked for a tool."""

    call_id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class ToolEnded:
    """The tool has ended, well or not."""

    call_id: str
    call: CallRecord


@dataclass(frozen=True)
class Usage:
    """Tokens of one model call that has ended."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Failure:
    """`code` for programs, `words` for a person, `hint` and `variable` for the log. Over HTTP it is a 503.

    `retry`: whether the same message may well succeed on another try.
    """

    code: str
    words: str
    hint: str
    variable: str | None = None
    retry: bool = True


STOPPED = Failure(
    "stopped",
    "The server is being restarted. Your message is kept. Try again in a moment.",
    "the server was stopped during the run",
)


@dataclass(frozen=True)
class Answered:
    """The run is over and stored."""

    text: str


@dataclass(frozen=True)
class Failed:
    """The run has failed; that and what it had said until then are stored."""

    failure: Failure
    text: str


type AgentEvent = TextDelta | ToolStarted | ToolEnded | Usage
type TurnEvent = TextDelta | ToolStarted | ToolEnded | Answered | Failed
