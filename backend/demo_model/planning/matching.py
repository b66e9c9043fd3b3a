"""Which tasks a person means by a name: the same words first, then all the words, then nearly the words."""

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from demo_model.language.intents import Position
from demo_model.language.words import STOP_WORDS
from demo_model.planning.tool_output import Task

NEARLY = 0.8


def by_name(tasks: Sequence[Task], name: str) -> list[Task]:
    """The tasks that fit best; several when they fit equally well."""
    wanted = _words(name)
    whole = name.strip().casefold()
    tests: list[Callable[[Task], bool]] = [lambda task: task.title.strip().casefold() == whole]
    if wanted:
        tests += [
            lambda task: _words(task.title) == wanted,
            lambda task: wanted <= _words(task.title),
            lambda task: bool(_words(task.title)) and _words(task.title) <= wanted and _is_most(task, wanted),
            lambda task: SequenceMatcher(None, whole, task.title.casefold()).ratio() >= NEARLY,
        ]
    elif whole:
        tests.append(lambda task: whole in task.title.casefold())
    found = ([task for task in tasks if test(task)] for test in tests)
    return next(filter(None, found), [])


def exact(tasks: Sequence[Task], name: str) -> bool:
    """True where a title has just these words."""
    return any(_words(task.title) == _words(name) for task in tasks)


def by_position(tasks: Sequence[Task], position: Position) -> Task | None:
    """The task at a place of the list, or the newest or oldest (by number)."""
    if not tasks:
        return None
    if position.place == "newest":
        return max(tasks, key=lambda task: task.id)
    if position.place == "oldest":
        return min(tasks, key=lambda task: task.id)
    index = position.place - 1 if position.place > 0 else position.place
    return tasks[index] if -len(tasks) <= index < len(tasks) else None


def _is_most(task: Task, wanted: frozenset[str]) -> bool:
    """A title of one word must not answer to any sentence that holds the word."""
    return 2 * len(_words(task.title)) >= len(wanted)


def _words(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", text.casefold())
    kept = [word for word in words if word not in STOP_WORDS] or words
    return frozenset(_stem(word) for word in kept)


def _stem(word: str) -> str:
    """A rough one, the same for both sides: "buying" is "buy", "writing" agrees with "write"."""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
