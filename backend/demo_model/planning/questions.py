"""Questions to the person. The server keeps no state: the answer is understood by reading the question again
in the conversation, so each question is written and read here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from demo_model.language.intents import Add, Complete, Delete, Every, Intent, Status, Target, Update
from demo_model.planning.tool_output import Task
from demo_model.planning.wording import count, quoted, row

NEW_TITLE = "What shall I call the new task?"
WHICH = re.compile(
    r"tasks match “.*”:\n(?P<rows>(?:- #\d+ .*\n)+)Which one shall I"
    r" (?:(?P<verb>complete|delete)|rename to “(?P<title>.+)”|describe as “(?P<text>.+)”)\?"
)
ROW = re.compile(r"- #(\d+) (.*?)(?: \(done\))?\n")
OFFER = re.compile(r"^Shall I add “(?P<title>.+)” to your tasks\? Say yes or no\.\Z", re.MULTILINE)
DELETE_ALL = re.compile(
    r"^That would delete all \d+ (?P<open>open )?tasks\b.*Shall I\? Say yes or no\.\Z", re.MULTILINE
)


@dataclass(frozen=True)
class Which:
    """Several tasks match; `change` says what to do to the one meant."""

    tasks: tuple[Task, ...]
    change: Complete | Delete | Update


def which(name: str, tasks: Sequence[Task], change: Complete | Delete | Update) -> str:
    rows = "\n".join(row(task) for task in tasks)
    number = count(len(tasks)).capitalize()
    return f"{number} tasks match {quoted(name)}:\n{rows}\nWhich one shall I {_verb(change)}?"


def _verb(change: Complete | Delete | Update) -> str:
    match change:
        case Complete():
            return "complete"
        case Delete():
            return "delete"
        case Update(title=str(title)):
            return f"rename to {quoted(title)}"
        case Update(description=description):
            return f"describe as {quoted(description or '')}"


def delete_all(number: int, status: Status) -> str:
    kind = "open tasks" if status == "pending" else "tasks, the completed ones too"
    return f"That would delete all {number} {kind}. Shall I? Say yes or no."


def offer(title: str) -> str:
    return f"Shall I add {quoted(title)} to your tasks? Say yes or no."


def read_which(asked: str) -> Which | None:
    """The question "Which one …?" in what the assistant said."""
    found = WHICH.search(asked)
    if not found:
        return None
    tasks = tuple(Task(int(number), title) for number, title in ROW.findall(found["rows"]))
    return Which(tasks, _change(found))


def read_proposal(asked: str) -> Add | Delete | None:
    """What a "yes" agrees to: the proposal at the end of what the assistant said."""
    if offered := OFFER.search(asked.rstrip()):
        return Add(offered["title"])
    if deletion := DELETE_ALL.search(asked.rstrip()):
        return Delete(Every("pending" if deletion["open"] else "all", confirmed=True))
    return None


def _change(found: re.Match[str]) -> Complete | Delete | Update:
    if found["verb"] == "complete":
        return Complete(Every("all"))
    if found["verb"] == "delete":
        return Delete(Every("all"))
    return Update(Every("all"), title=found["title"], description=found["text"])


def aimed(change: Complete | Delete | Update, target: Target) -> Intent:
    """The same change, of this task."""
    match change:
        case Complete():
            return Complete(target)
        case Delete():
            return Delete(target)
        case Update():
            return Update(target, change.title, change.description)
