"""One run of the agent, as a stream of events. It holds no database connection while the model thinks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
import structlog
from agents import (
    Agent,
    Model,
    ModelBehaviorError,
    RunConfig,
    RunContextWrapper,
    Runner,
    RunResultStreaming,
    StreamEvent,
    TResponseInputItem,
    UserError,
)
from agents.mcp import MCPServerStreamableHttp

from src.agent.call_log import CallLog, Keep
from src.agent.events import AgentEvent, TextDelta, Usage
from src.agent.failure_table import CutOffError, EmptyAnswerError, ToolsAwayError
from src.agent.history import Item
from src.agent.instructions import INSTRUCTIONS
from src.database.values import cleaned

MAX_TURNS = 10
TOOL_TIMEOUT_S = 15.0
SETTLE_LIMIT_S = 5.0  # for tool calls in flight when a run is cancelled: what they do must be known
BAD_ARGUMENTS = (
    "The arguments were not a JSON object. Call the tool again with arguments that fit its schema."
)
TOOL_AWAY = (
    "The tool did not answer. It is not known whether it did its work. Do not call it again; tell the user."
)
MISSING = "missing required parameters:"  # the SDK's words; it has no class of its own for this
LAST_EVENTS = frozenset(
    {"response.completed", "response.failed", "response.incomplete", "response.error", "error"}
)
TEXT_EVENTS = frozenset({"response.output_text.delta", "response.refusal.delta"})

log = structlog.get_logger("agent")


@dataclass(frozen=True)
class Errand:
    """What a run is for: the model's input, and whose tasks the tools may touch (the token says it)."""

    items: list[Item]
    token: str = field(repr=False)
    mcp_url: str


async def run_agent(model: Model, errand: Errand, keep: Keep) -> AsyncIterator[AgentEvent]:
    """Runs the agent. Tool calls are handed to `keep` as soon as they have ended.

    Raises what failure_table.py knows.
    """
    async with _tools(errand) as tools:
        agent = Agent(name="todo", instructions=INSTRUCTIONS, model=model, mcp_servers=[tools])
        calls = CallLog(keep)
        result = Runner.run_streamed(
            agent,
            cast(list[TResponseInputItem], errand.items),
            max_turns=MAX_TURNS,
            hooks=calls,
            run_config=_config(model),
        )
        text = _Text()
        async for event in _to_its_end(result, calls):
            for said in [*text.of(event), *_usage(event), *await calls.of(event)]:
                yield said
        for said in text.rest(result):
            yield said
        if not text.any:
            raise EmptyAnswerError


async def _to_its_end(result: RunResultStreaming, calls: CallLog) -> AsyncIterator[StreamEvent]:
    """The SDK's events. Where the run is cancelled, tool calls in flight end first: their work is done
    whether or not anybody waits for it. Raises CutOffError where a stream of the model's stops half way."""
    events = result.stream_events()
    half_way = False
    while True:
        step = asyncio.ensure_future(anext(events, None))
        try:
            event = await asyncio.shield(step)
        except asyncio.CancelledError:
            await calls.settle(SETTLE_LIMIT_S)
            step.cancel()
            await asyncio.wait([step])
            raise
        except ModelBehaviorError as error:
            if half_way:
                raise CutOffError from error
            raise
        if event is None:
            return
        if event.type == "raw_response_event":
            half_way = event.data.type not in LAST_EVENTS
        yield event


def _config(model: Model) -> RunConfig:
    return RunConfig(model=model, tracing_disabled=True, tool_not_found_behavior="return_error_to_model")


@asynccontextmanager
async def _tools(errand: Errand) -> AsyncIterator[MCPServerStreamableHttp]:
    """The MCP client, with the caller's token and the request's id. Raises ToolsAwayError."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    server = MCPServerStreamableHttp(
        {
            "url": errand.mcp_url,
            "headers": {"Authorization": f"Bearer {errand.token}", "X-Request-ID": request_id},
            "httpx_client_factory": partial(_client, is_tls=urlsplit(errand.mcp_url).scheme == "https"),
            "timeout": TOOL_TIMEOUT_S,
        },
        name="tasks",
        cache_tools_list=True,
        client_session_timeout_seconds=TOOL_TIMEOUT_S,
        use_structured_content=True,
        failure_error_function=_tool_failed,
    )
    try:
        await server.connect()  # type: ignore[no-untyped-call]
        await server.list_tools()
    except Exception as error:
        await server.cleanup()  # type: ignore[no-untyped-call]
        raise ToolsAwayError from error
    try:
        yield server
    finally:
        await server.cleanup()  # type: ignore[no-untyped-call]


def _client(
    headers: dict[str, str] | None = None,
    timeout: Any = None,
    auth: Any = None,
    *,
    is_tls: bool = True,
) -> httpx2.AsyncClient:
    """No proxy, no redirects. Each run makes one; over plain http, the usual case, it reads no CAs."""
    return httpx2.AsyncClient(headers=headers, timeout=timeout, auth=auth, trust_env=False, verify=is_tls)


def _tool_failed(_context: RunContextWrapper[Any], error: Exception) -> str:
    """What the model is told where a call never reached its tool, or no answer came back."""
    if isinstance(error, ModelBehaviorError):
        return BAD_ARGUMENTS
    if isinstance(error, UserError) and MISSING in str(error):
        missing = str(error).rpartition(MISSING)[2].strip()
        return f"The call lacks: {missing}. Call the tool again with arguments that fit its schema."
    log.warning("tool failed", reason=type(error).__name__, hint="check MCP_URL", variable="MCP_URL")
    return TOOL_AWAY


def _usage(event: StreamEvent) -> list[Usage]:
    """What one model call has used, where the model says so."""
    data: Any = event.data if event.type == "raw_response_event" else None
    usage = data.response.usage if data is not None and data.type == "response.completed" else None
    return [] if usage is None else [Usage(usage.input_tokens, usage.output_tokens)]


class _Text:
    """The answer's text. What comes in several messages is told apart by an empty line."""

    def __init__(self) -> None:
        self.any = False
        self._new_message = False

    def of(self, event: StreamEvent) -> list[TextDelta]:
        if event.type != "raw_response_event":
            return []
        data: Any = event.data
        if data.type == "response.output_item.added" and data.item.type == "message":
            self._new_message = self.any
        if data.type not in TEXT_EVENTS or not data.delta:
            return []
        return [self._delta(data.delta)]

    def rest(self, result: RunResultStreaming) -> list[TextDelta]:
        """The whole answer of a model that streams no pieces of it."""
        answer = result.final_output
        if self.any or not isinstance(answer, str) or not answer.strip():
            return []
        return [self._delta(answer)]

    def _delta(self, text: str) -> TextDelta:
        start = "\n\n" if self._new_message else ""
        self._new_message = False
        self.any = self.any or bool(text.strip())
        return TextDelta(start + cleaned(text))
