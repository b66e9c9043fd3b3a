"""A turn's events as ChatKit's: the tool calls as one workflow item, the answer as one assistant message."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from chatkit.errors import CustomStreamError
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartDone,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    Task,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemUpdate,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
    WorkflowItem,
    WorkflowTaskAdded,
    WorkflowTaskUpdated,
)

from src.agent.events import STOPPED, Answered, Failed, TextDelta, ToolEnded, ToolStarted, TurnEvent
from src.chat.chatkit_items import (
    MESSAGE,
    THREAD,
    WORKFLOW,
    answer_item,
    shown_id,
    task_begun,
    task_of,
    workflow_item,
)
from src.chat.turn import Turn


async def narrate(turn: Turn) -> AsyncIterator[ThreadStreamEvent]:
    """ChatKit's events of a turn. Raises CustomStreamError, which ChatKit sends as its `error` event."""
    narration = _Narration(turn)
    last: TurnEvent | None = None
    for told in narration.begin():
        yield told
    async for last in turn.events():
        for told in narration.tell(last):
            yield told
    for told in narration.finish():
        yield told
    if isinstance(last, Failed):
        raise CustomStreamError(last.failure.words, allow_retry=last.failure.retry)
    if not isinstance(last, Answered):
        raise CustomStreamError(STOPPED.words, allow_retry=STOPPED.retry)


class _Narration:
    """Which items are open, and what is in them so far."""

    def __init__(self, turn: Turn) -> None:
        self._accepted = turn.accepted
        self._thread_id = shown_id(THREAD, turn.accepted.conversation_id)
        self._created_at = datetime.now(UTC)
        self._tasks: list[Task] = [task_of(call) for call in turn.done_before]
        self._index: dict[str, int] = {}
        self._workflow_is_open = False
        self._text: str | None = None

    def begin(self) -> list[ThreadStreamEvent]:
        """A retry: what is gone, then what earlier attempts have done and this one goes on from."""
        gone = [shown_id(WORKFLOW, number) for number in self._accepted.gone_runs]
        gone += [shown_id(MESSAGE, number) for number in self._accepted.gone_messages]
        removed: list[ThreadStreamEvent] = [ThreadItemRemovedEvent(item_id=item_id) for item_id in gone]
        return [*removed, *(self._open_workflow() if self._tasks else [])]

    def tell(self, event: TurnEvent) -> Sequence[ThreadStreamEvent]:
        """What one event of the turn means for the items."""
        match event:
            case ToolStarted():
                return self._tool_started(event)
            case ToolEnded():
                return self._tool_ended(event)
            case TextDelta():
                return self._said(event.text)
            case _:
                return []

    def finish(self) -> list[ThreadStreamEvent]:
        """Closes what is open. It is stored by now."""
        told: list[ThreadStreamEvent] = []
        if self._workflow_is_open:
            told.append(ThreadItemDoneEvent(item=self._workflow()))
        if self._text is not None:
            content = AssistantMessageContent(text=self._text)
            told.append(
                self._update_answer(AssistantMessageContentPartDone(content_index=0, content=content))
            )
            told.append(ThreadItemDoneEvent(item=self._answer(self._text)))
        return told

    def _tool_started(self, event: ToolStarted) -> list[ThreadStreamEvent]:
        told = [] if self._workflow_is_open else self._open_workflow()
        index = self._index[event.call_id] = len(self._tasks)
        self._tasks.append(task_begun(event.name, event.arguments))
        added = WorkflowTaskAdded(task_index=index, task=self._tasks[index])
        return [*told, self._update_workflow(added)]

    def _tool_ended(self, event: ToolEnded) -> list[ThreadStreamEvent]:
        index = self._index[event.call_id]
        self._tasks[index] = task_of(event.call)
        return [self._update_workflow(WorkflowTaskUpdated(task_index=index, task=self._tasks[index]))]

    def _said(self, text: str) -> list[ThreadStreamEvent]:
        told: list[ThreadStreamEvent] = []
        if self._text is None:
            self._text = ""
            part = AssistantMessageContentPartAdded(content_index=0, content=AssistantMessageContent(text=""))
            told = [ThreadItemAddedEvent(item=self._answer(None)), self._update_answer(part)]
        self._text += text
        return [*told, self._update_answer(AssistantMessageContentPartTextDelta(content_index=0, delta=text))]

    def _open_workflow(self) -> list[ThreadStreamEvent]:
        self._workflow_is_open = True
        return [ThreadItemAddedEvent(item=self._workflow())]

    def _workflow(self) -> WorkflowItem:
        return workflow_item(self._thread_id, self._accepted.run_id, self._created_at, self._tasks)

    def _answer(self, text: str | None) -> AssistantMessageItem:
        return answer_item(self._thread_id, self._accepted.answer_id, self._created_at, text)

    def _update_workflow(self, update: ThreadItemUpdate) -> ThreadItemUpdatedEvent:
        return ThreadItemUpdatedEvent(item_id=self._workflow().id, update=update)

    def _update_answer(self, update: ThreadItemUpdate) -> ThreadItemUpdatedEvent:
        return ThreadItemUpdatedEvent(item_id=self._answer(None).id, update=update)
