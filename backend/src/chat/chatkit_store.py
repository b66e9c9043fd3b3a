# ruff: noqa: ARG002  (ChatKit says what its methods are given)
"""ChatKit's Store over our tables: the same conversations as those of REST.

What is said is stored by the intake (the person's message) and the turn (everything else), so most of what
ChatKit wants saved is there already.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    Attachment,
    Page,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
)
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from src.auth.claims import Caller
from src.chat.chatkit_items import (
    MESSAGE,
    THREAD,
    WORKFLOW,
    message_item,
    number_of,
    shown_id,
    task_of,
    thread_of,
    workflow_item,
)
from src.chat.last_run import last_run
from src.chat.turn import Turn
from src.conversations import store
from src.conversations.intake import NoSuchConversationError
from src.conversations.items import Place, list_places, load_rows, newest_runs, place_of_run
from src.conversations.model import Conversation
from src.conversations.store import Paging
from src.conversations.text import TITLE_TEXT
from src.settings import Settings

MOST = 100  # rows of a page


@dataclass
class ChatKitContext:
    """One request: who sent it, and the turn that it began (none for requests that only read or change)."""

    app: FastAPI
    caller: Caller
    message: str | None = None
    turn: Turn | None = None

    @property
    def begun(self) -> Turn:
        assert self.turn is not None
        return self.turn


class ConversationStore(Store[ChatKitContext]):
    """Everything is looked up with the caller's id; what is another's is as if it were not there."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def generate_thread_id(self, context: ChatKitContext) -> str:
        """The conversation that the intake has made."""
        return shown_id(THREAD, context.begun.accepted.conversation_id)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: ChatKitContext
    ) -> str:
        """The message that the intake has stored: ChatKit makes no other items here."""
        return shown_id(MESSAGE, context.begun.accepted.message_id)

    async def load_thread(self, thread_id: str, context: ChatKitContext) -> ThreadMetadata:
        """A conversation."""
        async with self._session() as session:
            number = number_of(THREAD, thread_id)
            row = await store.get_conversation(session, context.caller.user_id, number)
            return (await _threads(session, [row], context))[0]

    async def save_thread(self, thread: ThreadMetadata, context: ChatKitContext) -> None:
        """Keeps a title that a person has given; one that a new conversation has got is there already."""
        if context.turn is not None:
            return
        title = TITLE_TEXT.validate_python(thread.title)
        async with self._session() as session:
            number = number_of(THREAD, thread.id)
            await store.rename_conversation(session, context.caller.user_id, number, title)
        thread.title = title

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ChatKitContext
    ) -> Page[ThreadMetadata]:
        """The caller's conversations, by their last message."""
        limit = _within(limit)
        page = Paging(limit + 1, number_of(THREAD, after) if after else None, _order(order))
        async with self._session() as session:
            rows = await store.list_conversations(session, context.caller.user_id, page)
            threads = await _threads(session, rows, context)
        return _page(threads, limit)

    async def delete_thread(self, thread_id: str, context: ChatKitContext) -> None:
        """Deletes a conversation."""
        async with self._session() as session:
            await store.delete_conversation(session, context.caller.user_id, number_of(THREAD, thread_id))

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: ChatKitContext
    ) -> Page[ThreadItem]:
        """Messages, and for each run that used tools a workflow between question and answer."""
        limit = _within(limit)
        async with self._session() as session:
            number = number_of(THREAD, thread_id)
            await store.get_conversation(session, context.caller.user_id, number)
            cursor = await _cursor(session, number, after) if after else None
            places = await list_places(session, number, cursor, limit + 1, _order(order))
            items = await _items(session, thread_id, places)
        return _page(items, limit)

    async def load_item(self, thread_id: str, item_id: str, context: ChatKitContext) -> ThreadItem:
        """One item."""
        async with self._session() as session:
            number = number_of(THREAD, thread_id)
            await store.get_conversation(session, context.caller.user_id, number)
            place = await _cursor(session, number, item_id)
            items = await _items(session, thread_id, [place])
        if not items:
            raise NotFoundError("There is no such item.")
        return items[0]

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: ChatKitContext) -> None:
        """All is stored by now. The person's message is shown as it was stored, its time with a zone."""
        if isinstance(item, UserMessageItem) and context.message is not None:
            item.content = [UserMessageTextContent(text=context.message)]
            item.created_at = datetime.now(UTC)

    async def save_item(self, thread_id: str, item: ThreadItem, context: ChatKitContext) -> None:
        """Nothing changes an item after the turn has stored it."""

    async def delete_thread_item(self, thread_id: str, item_id: str, context: ChatKitContext) -> None:
        """Before a retry ChatKit clears what came after the message: the intake has done that by now."""

    async def save_attachment(self, attachment: Attachment, context: ChatKitContext) -> None:
        """There are none: the request is refused before it comes to this."""
        _no_attachments()

    async def load_attachment(self, attachment_id: str, context: ChatKitContext) -> Attachment:
        """There are none."""
        _no_attachments()

    async def delete_attachment(self, attachment_id: str, context: ChatKitContext) -> None:
        """There are none."""
        _no_attachments()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            try:
                yield session
            except NoSuchConversationError:
                raise NotFoundError("There is no such conversation.") from None


async def _threads(
    session: AsyncSession, rows: Sequence[Conversation], context: ChatKitContext
) -> list[ThreadMetadata]:
    """Conversations as threads. Where a turn is told as a stream, that says itself how it ends."""
    if context.turn is not None:
        return [thread_of(row) for row in rows]
    settings: Settings = context.app.state.settings
    runs = await newest_runs(session, [row.id or 0 for row in rows])
    now = datetime.now(UTC)
    return [thread_of(row, last_run(runs.get(row.id or 0), settings.run_timeout_s, now)) for row in rows]


def _no_attachments() -> NoReturn:
    raise NotFoundError("There are no attachments here.")


def _within(limit: int) -> int:
    return max(1, min(limit, MOST))


def _order(order: str) -> store.Order:
    return "asc" if order == "asc" else "desc"


def _page[T: (ThreadMetadata, ThreadItem)](rows: Sequence[T], limit: int) -> Page[T]:
    """A page of at most `limit` of the rows, of which there is one more where there is more to come."""
    shown = list(rows[:limit])
    more = len(rows) > limit
    return Page(data=shown, has_more=more, after=shown[-1].id if more else None)


async def _cursor(session: AsyncSession, conversation_id: int, item_id: str) -> Place:
    if item_id.startswith(f"{WORKFLOW}_"):
        place = await place_of_run(session, conversation_id, number_of(WORKFLOW, item_id))
        if place is None:
            raise NotFoundError("There is no such item.")
        return place
    return Place(number_of(MESSAGE, item_id))


async def _items(session: AsyncSession, thread_id: str, places: Sequence[Place]) -> list[ThreadItem]:
    rows = await load_rows(session, places)
    found: list[ThreadItem] = []
    for place in places:
        if place.run_id is None:
            if (message := rows.messages.get(place.message_id)) is not None:
                found.append(message_item(message))
        elif (run := rows.runs.get(place.run_id)) is not None:
            assert run.started_at is not None
            tasks = [task_of(call) for call in rows.calls[place.run_id]]
            found.append(workflow_item(thread_id, place.run_id, run.started_at, tasks))
    return found
