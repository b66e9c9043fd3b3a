"""A request as the planner sees it, whichever API it came through."""

from dataclasses import dataclass, field
from typing import Any

NO_OUTPUT = object()


@dataclass(frozen=True)
class Call:
    """A tool call made since the person's last message. `arguments`: JSON text; `output`: or NO_OUTPUT."""

    name: str
    arguments: str = "{}"
    output: Any = NO_OUTPUT


@dataclass(frozen=True)
class Conversation:
    """`message`: the person's last. `asked`: what the assistant said before. `tools`: what may be called."""

    message: str
    asked: str = ""
    calls: tuple[Call, ...] = ()
    tools: frozenset[str] = frozenset()
    parallel: bool = True


@dataclass(frozen=True)
class ToolCall:
    """One call to make."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Calls:
    """The next step: these calls, all at once."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True)
class Answer:
    """The last step: words."""

    text: str


Step = Calls | Answer
