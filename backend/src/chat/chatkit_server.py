# ruff: noqa: ARG002  (ChatKit says what its methods are given)
"""The ChatKit protocol: which requests there are, what comes before ChatKit's own server, and its errors."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import structlog
from chatkit.server import ChatKitServer, NonStreamingResult, StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import (
    ChatKitReq,
    ErrorEvent,
    FeedbackKind,
    Page,
    StreamOptions,
    Thread,
    ThreadItem,
    ThreadMetadata,
    ThreadsAddUserMessageReq,
    ThreadsCreateReq,
    ThreadsRetryAfterItemReq,
    ThreadStreamEvent,
    ThreadUpdatedEvent,
    UserMessageInput,
    UserMessageItem,
)
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from src.auth.claims import Caller
from src.chat.chatkit_items import MESSAGE, THREAD, number_of
from src.chat.chatkit_narration import narrate
from src.chat.chatkit_store import ChatKitContext, ConversationStore
from src.chat.incoming import loaded, take_message, take_retry
from src.chat.stream import EventStream
from src.conversations.intake import Accepted, NoSuchConversationError, TooManyMessagesError
from src.conversations.text import MESSAGE_LENGTH, MESSAGE_TEXT

REQUEST: TypeAdapter[ChatKitReq] = TypeAdapter(ChatKitReq)
BEGINS_A_TURN = (ThreadsCreateReq, ThreadsAddUserMessageReq, ThreadsRetryAfterItemReq)
TAKEN = frozenset(
    {
        "threads.create",
        "threads.add_user_message",
        "threads.retry_after_item",
        "threads.get_by_id",
        "threads.list",
        "threads.update",
        "threads.delete",
        "items.list",
        "items.feedback",
    }
)
NOT_THERE = "There is no such conversation."
BAD_LENGTH = f"A message has 1 to {MESSAGE_LENGTH} characters."

log = structlog.get_logger("chat")

type BeginsATurn = ThreadsCreateReq | ThreadsAddUserMessageReq | ThreadsRetryAfterItemReq


class _AttachmentsError(Exception):
    """A message came with attachments."""


class TodoChatKit(ChatKitServer[ChatKitContext]):
    """ChatKit's server; `answer` is its HTTP side."""

    def __init__(self, store: ConversationStore) -> None:
        super().__init__(store)

    async def answer(self, app: FastAPI, caller: Caller, body: bytes) -> Response:
        """The answer to one request. What begins a turn is a stream, its errors too; the rest is JSON."""
        try:
            request = REQUEST.validate_json(body)
        except ValidationError as error:
            return _bad(error)
        if request.type not in TAKEN:
            words = f"There is no {request.type} here."
            return JSONResponse({"detail": words}, 422)
        context = ChatKitContext(app, caller)
        if isinstance(request, BEGINS_A_TURN):
            return await self._stream(request, body, context)
        return await self._json(body, context)

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: ChatKitContext
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Tells what the turn does. Of a new thread ChatKit does not know the title yet."""
        turn = context.begun
        if thread.title is None:
            titled = Thread(
                id=thread.id, title=turn.accepted.title, created_at=datetime.now(UTC), items=Page()
            )
            yield ThreadUpdatedEvent(thread=titled)
        async for event in narrate(turn):
            yield event

    async def handle_stream_cancelled(
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: ChatKitContext
    ) -> None:
        """The turn stores what was said until then."""

    def _to_thread_response(self, thread: ThreadMetadata | Thread) -> Thread:
        """ChatKit keeps metadata to itself; ours are made for the page (last_run)."""
        return super()._to_thread_response(thread).model_copy(update={"metadata": thread.metadata})

    def get_stream_options(self, thread: ThreadMetadata, context: ChatKitContext) -> StreamOptions:
        """A person may stop an answer: by hanging up."""
        return StreamOptions(allow_cancel=True)

    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: ChatKitContext
    ) -> None:
        """Goes into the log; there is no table for it."""
        await self.store.load_thread(thread_id, context)
        log.info(
            "feedback", thread=thread_id, items=[item_id[:40] for item_id in item_ids[:20]], kind=feedback
        )

    async def _stream(self, request: BeginsATurn, body: bytes, context: ChatKitContext) -> Response:
        try:
            parts = await loaded(context.app)
            accepted = await _take(request, context)
        except (NoSuchConversationError, NotFoundError):
            return self._refusal(NOT_THERE, retry=False)
        except ValidationError:
            return self._refusal(BAD_LENGTH, retry=False)
        except _AttachmentsError:
            return self._refusal("Attachments are not taken here.", retry=False)
        except TooManyMessagesError as error:
            return self._refusal(str(error), retry=True)
        context.turn = await parts.turns.start(accepted, context.caller.token)
        result = await self.process(body, context)
        assert isinstance(result, StreamingResult)
        return EventStream(result, context.turn.cancel)

    async def _json(self, body: bytes, context: ChatKitContext) -> Response:
        try:
            result = await self.process(body, context)
        except NotFoundError:
            return JSONResponse({"detail": NOT_THERE}, 404)
        except ValidationError as error:
            return _bad(error)
        assert isinstance(result, NonStreamingResult)
        return Response(result.json, media_type="application/json")

    def _refusal(self, words: str, *, retry: bool) -> Response:
        event = ErrorEvent(message=words, allow_retry=retry)

        async def stream() -> AsyncIterator[bytes]:
            yield b"data: " + self._serialize(event) + b"\n\n"

        return EventStream(stream(), lambda: None)


async def _take(request: BeginsATurn, context: ChatKitContext) -> Accepted:
    """Stores what came in. Raises what the intake raises, and ValidationError for a bad message."""
    app, caller = context.app, context.caller
    if isinstance(request, ThreadsRetryAfterItemReq):
        thread = number_of(THREAD, request.params.thread_id)
        return await take_retry(app, caller, thread, number_of(MESSAGE, request.params.item_id))
    if request.params.input.attachments:
        raise _AttachmentsError
    context.message = MESSAGE_TEXT.validate_python(_text(request.params.input))
    number = None
    if isinstance(request, ThreadsAddUserMessageReq):
        number = number_of(THREAD, request.params.thread_id)
    return await take_message(app, caller, number, context.message)


def _text(given: UserMessageInput) -> str:
    return "".join(part.text for part in given.content)


def _bad(error: ValidationError) -> Response:
    """As FastAPI's own 422, without what was sent."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return JSONResponse({"detail": faults}, 422)
