"""Words for what was done, from what the tools have answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demo_model.language.intents import Add, Complete, Delete, Show, Status, Update
from demo_model.planning.phrases import EMPTY
from demo_model.planning.resolve import Action
from demo_model.planning.tool_output import Failure, Listed, Task
from demo_model.planning.wording import enumerated, quoted, row, tasks

MAX_ROWS = 30
NONE: dict[Status, str] = {
    "all": EMPTY,
    "pending": "You have no open tasks.",
    "completed": "You have no completed tasks yet.",
}
VERB: dict[type, str] = {Add: "add", Complete: "complete", Delete: "delete", Update: "change"}


@dataclass(frozen=True)
class Outcome:
    """An action that was carried out, and its result."""

    action: Action
    result: Task | Failure | None

    @property
    def name(self) -> str:
        """The task's title in quotes, or its number where no title is known."""
        change, task = self.action.change, self.action.task
        if isinstance(self.result, Task) and not isinstance(change, Update):
            return quoted(self.result.title)
        if task:
            return quoted(task.title)
        return quoted(change.title) if isinstance(change, Add) else f"task #{self.number}"

    @property
    def number(self) -> int:
        return int(self.action.call.arguments.get("task_id", 0))


def sentences(outcomes: Sequence[Outcome]) -> list[str]:
    """One sentence for each kind of change, then one for each failure."""
    good = [outcome for outcome in outcomes if not isinstance(outcome.result, Failure)]
    kinds = list(dict.fromkeys(type(outcome.action.change) for outcome in good))
    said = []
    for kind in kinds:
        said += SAY[kind]([outcome for outcome in good if type(outcome.action.change) is kind])
    return said + failures([outcome for outcome in outcomes if isinstance(outcome.result, Failure)])


def _added(outcomes: list[Outcome]) -> list[str]:
    names = [outcome.name for outcome in outcomes]
    return [f"Added {names[0]}." if len(names) == 1 else f"Added {len(names)} tasks: {enumerated(names)}."]


def _completed(outcomes: list[Outcome]) -> list[str]:
    """A tool that toggles may have opened a task again: say so."""
    reopened = [o.name for o in outcomes if isinstance(o.result, Task) and not o.result.completed]
    done = [outcome.name for outcome in outcomes if outcome.name not in reopened]
    said = []
    if done:
        said.append(_sentence(f"{enumerated(done)} {'is' if len(done) == 1 else 'are'} done. Well done!"))
    if reopened:
        said.append(_sentence(f"{enumerated(reopened)} {'is' if len(reopened) == 1 else 'are'} open again."))
    return said


def _deleted(outcomes: list[Outcome]) -> list[str]:
    names = [outcome.name for outcome in outcomes]
    return [
        f"Deleted {names[0]}." if len(names) == 1 else f"Deleted {len(names)} tasks: {enumerated(names)}."
    ]


def _updated(outcomes: list[Outcome]) -> list[str]:
    return [_update(outcome) for outcome in outcomes]


def _update(outcome: Outcome) -> str:
    change = outcome.action.change
    new = outcome.result.title if isinstance(outcome.result, Task) else None
    if isinstance(change, Update) and change.title is not None:
        return f"Renamed {outcome.name} to {quoted(new or change.title)}."
    name = quoted(new) if new else outcome.name
    words = change.description or "" if isinstance(change, Update) else ""
    return f"The description of {name} is now {quoted(words)}."


SAY: dict[type, Callable[[list[Outcome]], list[str]]] = {
    Add: _added,
    Complete: _completed,
    Delete: _deleted,
    Update: _updated,
}


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """The tool's own words; where a number was wrong, how to see the numbers."""
    said = [f"I couldn't {VERB[type(o.action.change)]} {o.name}: {_words(o.result)}" for o in outcomes]
    if any(outcome.number and not outcome.action.task for outcome in outcomes):
        said.append("Say “show my tasks” to see the numbers.")
    return said


def _words(result: Task | Failure | None) -> str:
    words = result.words.strip() if isinstance(result, Failure) else ""
    return words if words.endswith((".", "!", "?")) else f"{words}."


def unreadable(failure: Failure) -> str:
    """list_tasks failed, so nothing that needs the list could be done."""
    return f"I couldn't read your tasks: {_words(failure)}"


def listing(show: Show, listed: Listed | Failure) -> str:
    """The answer to "show my tasks" or "how many …"."""
    if isinstance(listed, Failure):
        return unreadable(listed)
    shown = [t for t in listed.tasks if show.status == "all" or t.completed == (show.status == "completed")]
    if not shown:
        return NONE[show.status]
    # A tool that did not narrow the list counted other tasks too.
    total = max(listed.total, len(shown)) if len(shown) == len(listed.tasks) else len(shown)
    head = _head(show.status, shown, total)
    if show.count_only:
        return f"{head}."
    rows = [row(task) for task in shown[:MAX_ROWS]]
    more = [f"and {total - MAX_ROWS} more"] if total > MAX_ROWS else []
    return "\n".join([f"{head}:", *rows, *more])


def _head(status: Status, shown: list[Task], total: int) -> str:
    if status == "pending":
        return f"You have {tasks(total, 'open')}"
    if status == "completed":
        return f"You have completed {tasks(total)}"
    return f"You have {tasks(total)}" + (f", {_state(shown)}" if total == len(shown) else "")


def _state(shown: list[Task]) -> str:
    still_open = sum(not task.completed for task in shown)
    if len(shown) == 1:
        return "still open" if still_open else "already done"
    if still_open in (0, len(shown)):
        return "all open" if still_open else "all of them done"
    return f"{still_open} still open"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
