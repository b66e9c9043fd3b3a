"""The server: routes, the key, the size limit, the stream's pace."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from demo_model import MODEL
from demo_model.planning.conversation import Answer, Conversation, Step
from demo_model.planning.plan import next_step
from demo_model.request_log import RequestLog
from demo_model.settings import Settings
from demo_model.wire import chat, errors, fields, responses
from demo_model.wire.errors import ApiError, Fault
from demo_model.wire.fields import Body
from demo_model.wire.pieces import json_response
from demo_model.wire.usage import tokens_out

log = structlog.get_logger("demo_model")
MODEL_CREATED = 1_767_225_600  # 2026-01-01; the API wants a date
NO_KEY = (
    "You didn't provide an API key. You need to provide your API key in an Authorization "
    "header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY)."
)


class Rendering(Protocol):
    """A step in one API's format."""

    def whole(self) -> dict[str, Any]: ...

    def events(self) -> Iterator[bytes]: ...


class Api(NamedTuple):
    """One of the two APIs."""

    name: str
    check: Callable[[Body], None]
    conversation: Callable[[Body], Conversation]
    rendering: Callable[[Body, Step], Rendering]


RESPONSES = Api("responses", responses.check, responses.conversation, responses.Rendering)
CHAT = Api("chat_completions", chat.check, chat.conversation, chat.Rendering)


def create_app(settings: Settings) -> Starlette:
    """The app for the given settings."""
    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/v1/models", models),
            Route("/v1/models/{name}", model),
            Route("/v1/responses", create_response, methods=["POST"]),
            Route("/v1/chat/completions", create_chat_completion, methods=["POST"]),
        ],
        middleware=[Middleware(RequestLog)],
        exception_handlers={
            ApiError: errors.on_api_error,
            HTTPException: errors.on_http_error,
            ClientDisconnect: errors.on_hang_up,
            Exception: errors.on_crash,
        },
        lifespan=lifespan,
    )
    app.state.settings = settings
    return app


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Says that the server is up, and that it is down."""
    log.info("started", model=MODEL, word_delay_ms=app.state.settings.word_delay_ms)
    yield
    log.info("stopped")


async def health(_request: Request) -> Response:
    """The process answers; no key needed."""
    return json_response({"status": "ok"})


async def models(request: Request) -> Response:
    require_key(request)
    return json_response({"object": "list", "data": [_model()]})


async def model(request: Request) -> Response:
    require_key(request)
    name = request.path_params["name"]
    if name != MODEL:
        raise errors.no_such_model(name[:100])
    return json_response(_model())


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": MODEL_CREATED, "owned_by": "demo"}


async def create_response(request: Request) -> Response:
    return await generate(request, RESPONSES)


async def create_chat_completion(request: Request) -> Response:
    return await generate(request, CHAT)


def require_key(request: Request) -> None:
    """Any key will do, but there must be one, so that a client without a key fails here as it would there."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ApiError(401, Fault(NO_KEY), {"WWW-Authenticate": 'Bearer realm="demo-model"'})


async def generate(request: Request, api: Api) -> Response:
    """The next step of the conversation in the request, whole or as a stream."""
    require_key(request)
    settings: Settings = request.app.state.settings
    body = fields.parse(await read_body(request, settings.max_body_bytes))
    api.check(body)
    stream = fields.flag(body, "stream", False)
    step = next_step(api.conversation(body))
    _note(request, api, step, stream)
    rendering = api.rendering(body, step)
    if not stream:
        return json_response(rendering.whole())
    events = paced(rendering.events(), settings.word_delay_ms / 1000)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _note(request: Request, api: Api, step: Step, stream: bool) -> None:
    """What the log line says of this request: never a person's words."""
    did = ["answer"] if isinstance(step, Answer) else [call.name for call in step.calls]
    request.state.facts.update(api=api.name, stream=stream, step=did, output_tokens=tokens_out(step))


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body; 413 as soon as it is known to be too large."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes)
    return bytes(body)


def _too_large(limit_bytes: int) -> ApiError:
    message = f"Request body too large: the limit is {limit_bytes} bytes."
    return ApiError(413, Fault(message, code="request_too_large"), {"Connection": "close"})


async def paced(events: Iterator[bytes], delay_s: float) -> AsyncIterator[bytes]:
    """The events with a pause before each, so that a person sees the words arrive."""
    for event in events:
        if delay_s:
            await asyncio.sleep(delay_s)
        yield event
