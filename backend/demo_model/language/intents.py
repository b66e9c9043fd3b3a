"""What a message can ask for."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["all", "pending", "completed"]
# What the demo model has words for without any tool; planning/phrases.py holds the words.
Topic = Literal[
    "greeting", "how_are_you", "who", "help", "thanks", "praise", "bye", "nothing_to_do", "emoji",
    "others", "instructions", "reopen", "except", "no_title", "too_long", "which", "how_to_rename",
]  # fmt: skip


@dataclass(frozen=True)
class Number:
    """A task by its number (its id)."""

    task_id: int


@dataclass(frozen=True)
class Position:
    """A task by its place on the list: 1 is the first, -1 the last; or by its age."""

    place: int | Literal["newest", "oldest"]


@dataclass(frozen=True)
class Named:
    """By words of its title. `looser` is tried when `text` fits nothing: "the milk" of "buy the milk"."""

    text: str
    looser: str | None = None


@dataclass(frozen=True)
class Every:
    """All tasks of a status. `confirmed`: the person has already said yes."""

    status: Status
    confirmed: bool = False


@dataclass(frozen=True)
class It:
    """What was spoken of last: "it" or "them"."""

    several: bool = False


Target = Number | Position | Named | Every | It


@dataclass(frozen=True)
class Add:
    title: str
    description: str | None = None


@dataclass(frozen=True)
class Show:
    status: Status
    count_only: bool = False


@dataclass(frozen=True)
class Complete:
    target: Target


@dataclass(frozen=True)
class Delete:
    target: Target


@dataclass(frozen=True)
class Update:
    """A new title or description. `others`: further ways to cut "change A to B to C"."""

    target: Target
    title: str | None = None
    description: str | None = None
    others: tuple["Update", ...] = ()


@dataclass(frozen=True)
class Offer:
    """Looks like a task, but no verb says to add it: ask."""

    title: str


@dataclass(frozen=True)
class Say:
    topic: Topic


@dataclass(frozen=True)
class Unknown:
    text: str


Change = Add | Complete | Delete | Update
Intent = Change | Show | Offer | Say | Unknown
