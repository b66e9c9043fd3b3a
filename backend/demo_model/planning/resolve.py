"""An intent and the task list to the calls that carry it out, or to words why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demo_model.language import targets
from demo_model.language.intents import (
    Add,
    Change,
    Complete,
    Delete,
    Every,
    Intent,
    Named,
    Number,
    Position,
    Update,
)
from demo_model.planning import matching, questions
from demo_model.planning.conversation import ToolCall
from demo_model.planning.phrases import TOPICS
from demo_model.planning.tool_output import Task
from demo_model.planning.wording import quoted

LIST, ADD, COMPLETE, DELETE, UPDATE = "list_tasks", "add_task", "complete_task", "delete_task", "update_task"
TOOL: dict[type[Intent], str] = {Add: ADD, Complete: COMPLETE, Delete: DELETE, Update: UPDATE}

WHICH_TASK = TOPICS["which"]


@dataclass(frozen=True)
class Action:
    """A call, and what is known for the sentence about it."""

    call: ToolCall
    change: Change
    task: Task | None = None


@dataclass(frozen=True)
class Resolved:
    """Actions of one intent; `note`: words to say, with or without actions."""

    actions: tuple[Action, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Found:
    """Tasks meant by a target, or words why none."""

    tasks: tuple[Task, ...] = ()
    note: str | None = None


def needs_list(intent: Intent) -> bool:
    """True where the task can only be found on the list."""
    return isinstance(intent, Complete | Delete | Update) and isinstance(
        intent.target, Named | Position | Every
    )


def resolve(change: Change, tasks: Sequence[Task]) -> Resolved:
    """The calls for one change. `tasks`: the list, where needs_list() is true."""
    if isinstance(change, Add):
        return Resolved(
            (Action(ToolCall(ADD, _given(title=change.title, description=change.description)), change),)
        )
    if isinstance(change.target, Number):
        return Resolved((_action(change, change.target.task_id, None),))
    if isinstance(change, Update):
        change = _best_way(change, tasks)
    found = find(change, tasks)
    return Resolved(tuple(_action(change, task.id, task) for task in found.tasks), found.note)


def _best_way(change: Update, tasks: Sequence[Task]) -> Update:
    """The cut of "change A to B to C" whose old title is on the list word for word, else nearly."""
    ways = [way for way in (change, *change.others) if isinstance(way.target, Named)]
    exact = (way for way in ways if isinstance(way.target, Named) and matching.exact(tasks, way.target.text))
    return next(exact, next((way for way in ways if find(way, tasks).tasks), change))


def _action(change: Complete | Delete | Update, task_id: int, task: Task | None) -> Action:
    arguments: dict[str, Any] = {"task_id": task_id}
    if isinstance(change, Update):
        arguments |= _given(title=change.title, description=change.description)
    return Action(ToolCall(TOOL[type(change)], arguments), change, task)


def _given(**arguments: str | None) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def find(change: Complete | Delete | Update, tasks: Sequence[Task]) -> Found:
    """The tasks that the change's target means."""
    target = change.target
    if isinstance(target, Every):
        return _every(change, target, tasks)
    if isinstance(target, Position):
        return _position(change, target, tasks)
    if isinstance(target, Named):
        return _named(change, target, tasks)
    return Found(note=WHICH_TASK)


def _every(change: Complete | Delete | Update, target: Every, tasks: Sequence[Task]) -> Found:
    chosen = tuple(
        task for task in tasks if target.status == "all" or task.completed == (target.status == "completed")
    )
    if not chosen:
        kind = {"all": "", "pending": "open ", "completed": "completed "}[target.status]
        return Found(note=f"You have no {kind}tasks, so there was nothing to do.")
    careful = isinstance(change, Delete) and target.status != "completed" and not target.confirmed
    if careful and len(chosen) > 1:
        return Found(note=questions.delete_all(len(chosen), target.status))
    return Found(chosen)


def _position(change: Complete | Delete | Update, target: Position, tasks: Sequence[Task]) -> Found:
    """For completing, places are counted among the open tasks."""
    kind = "open task" if isinstance(change, Complete) else "task"
    counted = [task for task in tasks if not task.completed] if isinstance(change, Complete) else list(tasks)
    task = matching.by_position(counted, target)
    if task:
        return Found((task,))
    if not counted:
        return Found(note=f"You have no {kind}s.")
    return Found(note=f"You have only {len(counted)} {kind}{'' if len(counted) == 1 else 's'}.")


def _named(change: Complete | Delete | Update, target: Named, tasks: Sequence[Task]) -> Found:
    """The whole name, then its looser form, then the names that "and" joins in it."""
    names = [name for name in (target.text, target.looser) if name]
    if not names:
        return Found(note=WHICH_TASK)
    for name in names:
        if found := _one_name(change, name, tasks):
            return found
    pieces = targets.parts(names[-1])
    if len(pieces) > 1:
        return _together([_one_name(change, piece, tasks) or _unmatched(piece) for piece in pieces])
    return _unmatched(target.text)


def _unmatched(name: str) -> Found:
    return Found(note=f"I found no task that fits {quoted(name)}.")


def _one_name(change: Complete | Delete | Update, name: str, tasks: Sequence[Task]) -> Found | None:
    pools = [tasks]
    if isinstance(change, Complete):
        pools = [[task for task in tasks if not task.completed], [task for task in tasks if task.completed]]
    for pool in pools:
        found = matching.by_name(pool, name)
        if len(found) > 1:
            return Found(note=questions.which(name, found, change))
        if found and isinstance(change, Complete) and found[0].completed:
            return Found(note=f"{quoted(found[0].title)} is already done.")
        if found:
            return Found(tuple(found))
    return None


def _together(parts: Sequence[Found]) -> Found:
    notes = [part.note for part in parts if part.note]
    tasks = dict.fromkeys(task for part in parts for task in part.tasks)
    return Found(tuple(tasks), "\n".join(notes) or None)


def without_repeats(actions: Sequence[Action]) -> list[Action]:
    """Each change of a task once; adding the same title twice is two tasks."""
    kept: list[Action] = []
    seen: list[ToolCall] = []
    for action in actions:
        if action.call.name == ADD or action.call not in seen:
            kept.append(action)
            seen.append(action.call)
    return kept
