"""One run of the agent, as a stream of events. It holds no database connection while the model thinks."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
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
    RunHooks,
    RunItemStreamEvent,
    Runner,
    RunResultStreaming,
    StreamEvent,
    Tool,
    TResponseInputItem,
    UserError,
)
from agents.items import ToolCallItem, ToolCallOutputItem
from agents.mcp import MCPServerStreamableHttp
from agents.tool_context import ToolContext

from src.agent.events import AgentEvent, TextDelta, ToolEnded, ToolStarted, Usage
from src.agent.failure_table import EmptyAnswerError, ToolsAwayError
from src.agent.history import Item
from src.agent.instructions import INSTRUCTIONS
from src.conversations.model import CallStatus
from src.conversations.records import CallRecord
from src.database.values import cleaned

MAX_TURNS = 10
TOOL_TIMEOUT_S = 15.0
BAD_ARGUMENTS = (
    "The arguments were not a JSON object. Call the tool again with arguments that fit its schema."
)
TOOL_AWAY = (
    "The tool did not answer. It is not known whether it did its work. Do not call it again; tell the user."
)
MISSING = "missing required parameters:"  # the SDK's words; it has no class of its own for this
TEXT_EVENTS = frozenset({"response.output_text.delta", "response.refusal.delta"})

log = structlog.get_logger("agent")

type Keep = Callable[[CallRecord], Awaitable[None]]


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
        calls = _CallLog(keep)
        result = Runner.run_streamed(
            agent,
            cast(list[TResponseInputItem], errand.items),
            max_turns=MAX_TURNS,
            hooks=calls,
            run_config=_config(model),
        )
        text = _Text()
        async for event in result.stream_events():
            for said in [*text.of(event), *_usage(event), *await calls.of(event)]:
                yield said
        for said in text.rest(result):
            yield said
        if not text.any:
            raise EmptyAnswerError


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


class _CallLog(RunHooks[Any]):
    """Times the tool calls and keeps each as it ends; the SDK's events say when to show them."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._started: dict[str, float] = {}
        self._asked: dict[str, ToolStarted] = {}
        self._ended: dict[str, CallRecord] = {}

    async def on_tool_start(self, context: RunContextWrapper[Any], agent: Any, tool: Tool) -> None:  # noqa: ARG002
        if isinstance(context, ToolContext):
            self._started[context.tool_call_id] = time.perf_counter()

    async def on_tool_end(
        self,
        context: RunContextWrapper[Any],
        agent: Any,  # noqa: ARG002
        tool: Tool,  # noqa: ARG002
        result: object,
    ) -> None:
        if isinstance(context, ToolContext):
            asked = ToolStarted(context.tool_call_id, context.tool_name, _parsed(context.tool_arguments))
            await self._end(asked, result)

    async def of(self, event: StreamEvent) -> list[AgentEvent]:
        if not isinstance(event, RunItemStreamEvent):
            return []
        raw: Any = event.item.raw_item
        if isinstance(event.item, ToolCallItem):
            asked = ToolStarted(raw.call_id, raw.name, _parsed(raw.arguments))
            self._asked[asked.call_id] = asked
            return [asked]
        if isinstance(event.item, ToolCallOutputItem):
            call_id = raw["call_id"]
            if call_id not in self._ended:  # a tool that does not exist: no hook has seen it
                await self._end(self._asked[call_id], event.item.output)
            return [ToolEnded(call_id, self._ended[call_id])]
        return []

    async def _end(self, asked: ToolStarted, output: object) -> None:
        started = self._started.get(asked.call_id)
        duration_ms = 0 if started is None else round((time.perf_counter() - started) * 1000)
        status, result = _outcome(output)
        record = CallRecord(asked.name, asked.arguments, result, status, duration_ms)
        self._ended[asked.call_id] = record
        await self._keep(record)


def _parsed(arguments: str) -> dict[str, Any]:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"unreadable": arguments[:500]}


def _outcome(output: object) -> tuple[CallStatus, dict[str, Any]]:
    """Our tools give a JSON object when they succeed; whatever else there is are words about a failure."""
    if isinstance(output, str):
        try:
            value = json.loads(output)
        except ValueError:
            value = None
        if isinstance(value, dict):
            return CallStatus.COMPLETED, value
    words = output.get("text", "") if isinstance(output, dict) else output
    return CallStatus.FAILED, {"error": str(words)}
