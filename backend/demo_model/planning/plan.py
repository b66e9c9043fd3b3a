"""The next step of a turn.

Rounds: look the tasks up where a title, a place or "all" must be found; make the changes; list what was asked
to be shown; answer. The calls since the person's last message tell which round it is, so no state is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demo_model.language.intents import (
    Add,
    Change,
    Complete,
    Delete,
    Intent,
    Offer,
    Say,
    Show,
    Unknown,
    Update,
)
from demo_model.planning import answers, phrases, questions
from demo_model.planning.answers import Outcome
from demo_model.planning.conversation import NO_OUTPUT, Answer, Call, Calls, Conversation, Step, ToolCall
from demo_model.planning.follow_up import intents
from demo_model.planning.ledger import Ledger
from demo_model.planning.resolve import LIST, TOOL, Action, Resolved, needs_list, resolve, without_repeats
from demo_model.planning.tool_output import Failure, Listed, Task, read_change, read_tasks
from demo_model.planning.wording import quoted

MAX_ACTIONS = 40
BATCH = 10
WORK = {
    Add: "add tasks",
    Complete: "complete tasks",
    Delete: "delete tasks",
    Update: "change tasks",
    Show: "list tasks",
}


@dataclass(frozen=True)
class Work:
    """What a message needs: changes with their calls, lists to show, words to say."""

    actions: tuple[Action, ...]
    notes: tuple[str, ...]
    shows: tuple[Show, ...]


@dataclass(frozen=True)
class Done:
    """Work, and the calls that carried it out."""

    work: Work
    changes: Sequence[Call | None]
    lists: Sequence[Call | None]


LOOK_UP = ToolCall(LIST, {"status": "all"})


def next_step(conversation: Conversation) -> Step:
    """Calls to make, or the answer."""
    wanted = intents(conversation)
    able = [intent for intent in wanted if not missing_tools(intent, conversation.tools)]
    ledger = Ledger(conversation.calls)
    listed: Listed | Failure = Listed()
    if any(needs_list(intent) for intent in able):
        (looked_up,) = ledger.take([LOOK_UP])
        if looked_up is None:
            return Calls((LOOK_UP,))
        listed = read_tasks(looked_up.output)
    work = plan(able, listed)
    changes = ledger.take([action.call for action in work.actions])
    lists = ledger.take([_list_call(show) for show in work.shows])
    step = _open_step(work, changes, lists, parallel=conversation.parallel)
    return step or Answer(_answer(wanted, Done(work, changes, lists), conversation.tools))


def _list_call(show: Show) -> ToolCall:
    return ToolCall(LIST, {"status": show.status})


def missing_tools(intent: Intent, tools: frozenset[str]) -> set[str]:
    """Tools that an intent needs and the request does not declare."""
    needed = {LIST} if needs_list(intent) or isinstance(intent, Show) else set()
    if isinstance(intent, Add | Complete | Delete | Update):
        needed = needed | {TOOL[type(intent)]}
    return needed - tools


def plan(able: Sequence[Intent], tasks: Listed | Failure) -> Work:
    """The work of all intents; a list that could not be read leaves only what needs none."""
    resolved = [
        _resolved(intent, tasks) for intent in able if isinstance(intent, Add | Complete | Delete | Update)
    ]
    actions = without_repeats([action for one in resolved for action in one.actions])
    notes = [one.note for one in resolved if one.note]
    if len(actions) > MAX_ACTIONS:
        notes.append(phrases.left_over(MAX_ACTIONS))
    shows = dict.fromkeys(intent for intent in able if isinstance(intent, Show))
    return Work(tuple(actions[:MAX_ACTIONS]), tuple(dict.fromkeys(notes)), tuple(shows))


def _resolved(change: Change, tasks: Listed | Failure) -> Resolved:
    if not needs_list(change):
        return resolve(change, ())
    return (
        Resolved(note=answers.unreadable(tasks))
        if isinstance(tasks, Failure)
        else resolve(change, tasks.tasks)
    )


def _open_step(
    work: Work, changes: Sequence[Call | None], lists: Sequence[Call | None], *, parallel: bool
) -> Calls | None:
    """What is still to be called: changes first, so that lists show their outcome."""
    open_changes = [action.call for action, made in zip(work.actions, changes, strict=True) if made is None]
    if open_changes:
        return Calls(_batch(open_changes, BATCH if parallel else 1))
    open_lists = [_list_call(show) for show, made in zip(work.shows, lists, strict=True) if made is None]
    if open_lists:
        return Calls(tuple(open_lists if parallel else open_lists[:1]))
    return None


def _batch(calls: list[ToolCall], size: int) -> tuple[ToolCall, ...]:
    """Calls that may run at the same time: no two of the same task."""
    batch: list[ToolCall] = []
    seen: set[Any] = set()
    for call in calls[:size]:
        task_id = call.arguments.get("task_id")
        if task_id in seen:
            break
        batch.append(call)
        seen |= set() if task_id is None else {task_id}
    return tuple(batch)


def _answer(wanted: list[Intent], done: Done, tools: frozenset[str]) -> str:
    work = done.work
    outcomes = [
        Outcome(action, _result(call)) for action, call in zip(work.actions, done.changes, strict=True)
    ]
    shown = [
        answers.listing(show, read_tasks(call.output if call else NO_OUTPUT))
        for show, call in zip(work.shows, done.lists, strict=True)
    ]
    talk = _talk(wanted, alone=not (outcomes or shown or work.notes))
    said = [" ".join(answers.sentences(outcomes)), *talk, _unable(wanted, tools), *shown, *work.notes]
    return "\n".join(words for words in said if words) or phrases.HELP


def _result(call: Call | None) -> Task | Failure | None:
    return read_change(call.output if call else NO_OUTPUT)


def _unable(wanted: list[Intent], tools: frozenset[str]) -> str:
    kinds = dict.fromkeys(type(intent) for intent in wanted if missing_tools(intent, tools))
    if not kinds:
        return ""
    return f"I can't {' or '.join(WORK[kind] for kind in kinds)} here: no tool for it was given to me."


def _talk(wanted: list[Intent], *, alone: bool) -> list[str]:
    """Words that need no tool. `alone`: nothing else will be in the answer."""
    said = [phrases.TOPICS[intent.topic] for intent in wanted if isinstance(intent, Say)]
    unknown = [quoted(intent.text) for intent in wanted if isinstance(intent, Unknown)]
    offers = [questions.offer(intent.title) for intent in wanted if isinstance(intent, Offer)]
    if unknown:
        said.append(phrases.CANNOT if alone and not (said or offers) else phrases.not_understood(unknown))
    return said + offers[:1]
