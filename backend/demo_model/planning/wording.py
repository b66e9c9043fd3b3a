"""Small pieces of sentences."""

from collections.abc import Sequence

from demo_model.language.words import NUMBERS
from demo_model.planning.tool_output import Task

MAX_NAMED = 10
MAX_TITLE_CHARACTERS = 200


def quoted(title: str) -> str:
    """The title on one line, in quotes."""
    line = " ".join(title.split())
    short = line if len(line) <= MAX_TITLE_CHARACTERS else line[:MAX_TITLE_CHARACTERS].rstrip() + "…"
    return f"“{short}”"


def row(task: Task) -> str:
    """A line of a list. The number is what a person says to mean this task."""
    return f"- #{task.id} {quoted(task.title)[1:-1]}" + (" (done)" if task.completed else "")


def enumerated(words: Sequence[str]) -> str:
    """Words as "a, b and c"; a long row ends with how many more there are."""
    shown = list(words[:MAX_NAMED])
    if len(words) > MAX_NAMED:
        shown.append(f"{len(words) - MAX_NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def count(number: int) -> str:
    """A number in words up to twelve."""
    return NUMBERS[number - 1] if 0 < number <= len(NUMBERS) else str(number)


def tasks(number: int, kind: str = "") -> str:
    """As in "1 task", "3 open tasks"."""
    kind = f"{kind} " if kind else ""
    return f"{number} {kind}task" + ("" if number == 1 else "s")
