"""The tool calls of a run: timed, and kept as each ends."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from agents import RunContextWrapper, RunHooks, RunItemStreamEvent, StreamEvent, Tool
from agents.items import ToolCallItem, ToolCallOutputItem
from agents.tool_context import ToolContext

from src.agent.events import AgentEvent, ToolEnded, ToolStarted
from src.conversations.model import CallStatus
from src.conversations.records import CallRecord

type Keep = Callable[[CallRecord], Awaitable[None]]


class CallLog(RunHooks[Any]):
    """Times the tool calls and keeps each as it ends; the SDK's events say when to show them."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._started: dict[str, float] = {}
        self._asked: dict[str, ToolStarted] = {}
        self._ended: dict[str, CallRecord] = {}
        self._in_flight: set[str] = set()
        self._none_in_flight = asyncio.Event()
        self._none_in_flight.set()

    async def settle(self, limit_s: float) -> None:
        """Waits until the calls that are going on have ended and are kept, for at most `limit_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._none_in_flight.wait()

    async def on_tool_start(self, context: RunContextWrapper[Any], agent: Any, tool: Tool) -> None:  # noqa: ARG002
        if isinstance(context, ToolContext):
            self._started[context.tool_call_id] = time.perf_counter()
            self._in_flight.add(context.tool_call_id)
            self._none_in_flight.clear()

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
        """What an event of the SDK says about tool calls."""
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
        try:
            await self._keep(record)
        finally:
            self._in_flight.discard(asked.call_id)
            if not self._in_flight:
                self._none_in_flight.set()


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
