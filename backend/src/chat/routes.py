"""REST of the chat: an answer at once (JSON) or as it comes (SSE), and which model is behind it."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from demo_model import MODEL as DEMO_MODEL
from src.agent.events import STOPPED, Answered, Failed, Failure, TextDelta, ToolEnded, ToolStarted, TurnEvent
from src.auth.callers import CurrentUserCaller
from src.auth.route import SignedInRoute
from src.chat.incoming import loaded, take_message
from src.chat.stream import EVENT_STREAM, EventStream, sse
from src.conversations.intake import NoSuchConversationError, TooManyMessagesError
from src.conversations.records import CallRecord
from src.conversations.text import MessageText
from src.database.values import RowId

if TYPE_CHECKING:  # it takes long to import
    from src.chat.turn import Turn

DEMO_LABEL = "demo model, no AI"

router = APIRouter(tags=["chat"], route_class=SignedInRoute)
open_router = APIRouter(tags=["chat"])


class ChatRequest(BaseModel):
    """A message, in a conversation that exists or in a new one."""

    model_config = ConfigDict(extra="forbid")

    conversation_id: RowId | None = None
    message: MessageText


class ToolCallShown(BaseModel):
    """What the assistant did."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None


class ChatAnswer(BaseModel):
    """What the assistant said and did."""

    conversation_id: int
    response: str
    tool_calls: list[ToolCallShown]


class ModelShown(BaseModel):
    """Which model answers. `label` is to be shown where it is none of the thinking kind."""

    name: str
    demo: bool
    label: str | None


@open_router.get("/api/model")
async def model(request: Request) -> ModelShown:
    """Which model answers here."""
    name: str = request.app.state.settings.openai_model
    demo = name == DEMO_MODEL
    return ModelShown(name=name, demo=demo, label=DEMO_LABEL if demo else None)


@router.post(
    "/api/{user_id}/chat",
    response_model=ChatAnswer,
    responses={
        200: {"content": {EVENT_STREAM: {}}, "description": "JSON, or events where the caller accepts those"},
        404: {"description": "No such conversation."},
        429: {"description": "Too many messages; Retry-After says when to try again."},
        503: {"description": "The model or the database is away; the message is kept."},
    },
)
async def chat(request: Request, caller: CurrentUserCaller, body: ChatRequest) -> Response:
    """Stores the message, lets the agent work on it, stores and gives its answer."""
    parts = await loaded(request.app)
    try:
        accepted = await take_message(request.app, caller, body.conversation_id, body.message)
    except NoSuchConversationError:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such conversation.") from None
    except TooManyMessagesError as error:
        wait = {"Retry-After": str(error.retry_after_s)}
        raise HTTPException(status.HTTP_429_TOO_MANY_REQUESTS, str(error), wait) from None
    turn = await parts.turns.start(accepted, caller.token)
    if EVENT_STREAM in request.headers.get("accept", ""):
        return EventStream(_events(turn), turn.cancel)
    return _answer(turn, await turn.ended())


def _answer(turn: "Turn", end: Answered | Failed | None) -> Response:
    if end is None:
        return _unavailable(turn, STOPPED)
    if isinstance(end, Failed):
        return _unavailable(turn, end.failure)
    return JSONResponse(_shown(turn, end).model_dump(mode="json"))


def _shown(turn: "Turn", end: Answered) -> ChatAnswer:
    calls = [_call(call) for call in turn.calls]
    return ChatAnswer(conversation_id=turn.accepted.conversation_id, response=end.text, tool_calls=calls)


def _call(call: CallRecord) -> ToolCallShown:
    return ToolCallShown(name=call.name, arguments=call.arguments, result=call.result)


def _unavailable(turn: "Turn", failure: Failure) -> Response:
    body = {
        "detail": failure.words,
        "code": failure.code,
        "conversation_id": turn.accepted.conversation_id,
    }
    return JSONResponse(body, status.HTTP_503_SERVICE_UNAVAILABLE, {"Retry-After": "5"})


async def _events(turn: "Turn") -> AsyncIterator[bytes]:
    accepted = turn.accepted
    yield sse("start", {"conversation_id": accepted.conversation_id, "message_id": accepted.message_id})
    async for event in turn.events():
        yield _event(turn, event)


def _event(turn: "Turn", event: TurnEvent) -> bytes:
    match event:
        case TextDelta():
            return sse("text", {"delta": event.text})
        case ToolStarted():
            return sse(
                "tool_started", {"id": event.call_id, "name": event.name, "arguments": event.arguments}
            )
        case ToolEnded():
            shown = _call(event.call).model_dump(mode="json")
            return sse("tool_ended", {"id": event.call_id, "status": event.call.status, **shown})
        case Answered():
            return sse("answer", _shown(turn, event).model_dump(mode="json"))
        case Failed():
            failure = event.failure
            return sse("error", {"code": failure.code, "detail": failure.words, "retry": failure.retry})
