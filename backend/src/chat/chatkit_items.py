"""Rows as ChatKit's thread items, and ids as it wants them: strings with a prefix."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chatkit.icons import IconName
from chatkit.store import NotFoundError
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    CustomTask,
    InferenceOptions,
    Task,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
    Workflow,
    WorkflowItem,
)

from src.conversations.model import CallStatus, Conversation, Message, Role, ToolCall
from src.conversations.records import CallRecord
from src.database.values import LARGEST_ID

THREAD, MESSAGE, WORKFLOW = "thr", "msg", "wf"


def shown_id(prefix: str, number: int) -> str:
    """12 as `thr_12`."""
    return f"{prefix}_{number}"


def number_of(prefix: str, shown: str) -> int:
    """`thr_12` as 12. Raises ChatKit's NotFoundError for what is no such id."""
    head, _, digits = shown.partition("_")
    if head == prefix and digits.isascii() and digits.isdigit() and len(digits) < 20:
        number = int(digits)
        if 1 <= number <= LARGEST_ID:
            return number
    raise NotFoundError(f"There is no such {prefix}.")


@dataclass(frozen=True)
class ToolWords:
    """How a tool's call is told: while it goes on, when it is done, when it did not work."""

    doing: str
    done: str
    failed: str
    icon: IconName


TOOLS: dict[str, ToolWords] = {
    "add_task": ToolWords("Adding a task", "Added a task", "Could not add a task", "plus"),
    "list_tasks": ToolWords(
        "Looking at the tasks", "Looked at the tasks", "Could not see the tasks", "notebook"
    ),
    "complete_task": ToolWords(
        "Completing a task", "Completed a task", "Could not complete a task", "check-circle"
    ),
    "delete_task": ToolWords(
        "Deleting a task", "Deleted a task", "Could not delete a task", "lucide:trash-2"
    ),
    "update_task": ToolWords("Changing a task", "Changed a task", "Could not change a task", "write"),
}
OTHER = ToolWords("Using a tool", "Used a tool", "Tried a tool that there is not", "info")


def task_begun(name: str, arguments: dict[str, Any]) -> CustomTask:
    """A tool call that goes on."""
    words = TOOLS.get(name, OTHER)
    title = arguments.get("title")
    content = title if isinstance(title, str) else None
    return CustomTask(title=words.doing, icon=words.icon, content=content, status_indicator="loading")


def task_of(call: CallRecord | ToolCall) -> CustomTask:
    """A tool call that has ended. ChatKit has no sign for failure: it gets none, and words that say so."""
    words = TOOLS.get(call.name, OTHER)
    result = call.result or {}
    if call.status != CallStatus.COMPLETED:
        return CustomTask(title=words.failed, icon="info", content=str(result.get("error", call.name)))
    return CustomTask(title=words.done, icon=words.icon, content=_gist(result), status_indicator="complete")


def _gist(result: dict[str, Any]) -> str | None:
    if isinstance(title := result.get("title"), str):
        return title
    if isinstance(total := result.get("total"), int):
        return "1 task" if total == 1 else f"{total} tasks"
    return None


def workflow_item(thread_id: str, run_id: int, created_at: datetime, tasks: Sequence[Task]) -> WorkflowItem:
    """The tool calls of a run, one task for each."""
    workflow = Workflow(type="custom", tasks=list(tasks), expanded=True)
    item_id = shown_id(WORKFLOW, run_id)
    return WorkflowItem(id=item_id, thread_id=thread_id, created_at=created_at, workflow=workflow)


def answer_item(
    thread_id: str, message_id: int, created_at: datetime, text: str | None
) -> AssistantMessageItem:
    """What the assistant said; None while it has said nothing."""
    content = [] if text is None else [AssistantMessageContent(text=text)]
    item_id = shown_id(MESSAGE, message_id)
    return AssistantMessageItem(id=item_id, thread_id=thread_id, created_at=created_at, content=content)


def message_item(row: Message) -> ThreadItem:
    """A stored message."""
    assert row.id is not None and row.created_at is not None
    thread_id = shown_id(THREAD, row.conversation_id)
    if row.role == Role.ASSISTANT:
        return answer_item(thread_id, row.id, row.created_at, row.content)
    return UserMessageItem(
        id=shown_id(MESSAGE, row.id),
        thread_id=thread_id,
        created_at=row.created_at,
        content=[UserMessageTextContent(text=row.content)],
        inference_options=InferenceOptions(),
    )


def thread_of(row: Conversation, last_run: dict[str, Any] | None = None) -> ThreadMetadata:
    """A stored conversation, with what there is to say of its newest run."""
    assert row.id is not None and row.created_at is not None
    metadata = {} if last_run is None else {"last_run": last_run}
    return ThreadMetadata(
        id=shown_id(THREAD, row.id), title=row.title, created_at=row.created_at, metadata=metadata
    )
