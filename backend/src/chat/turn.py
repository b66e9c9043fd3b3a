"""A turn: one stored message, the run that answers it, and what is kept of that.

The run is a task of its own. Whoever shows it reads its events; if they go away, the task is told to stop and
still has its own time to store what there is. No request's end can cut it off half way.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from agents import Model
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from src.agent.events import AgentEvent, Answered, Failed, Failure, TextDelta, TurnEvent, Usage
from src.agent.failure_table import UNKNOWN, RunTooLongError, failure_of, reason_of
from src.agent.history import MESSAGES, model_input
from src.agent.run import Errand, run_agent
from src.conversations.intake import Accepted
from src.conversations.model import RunStatus, ToolCall
from src.conversations.records import CallRecord, RunEnd, load_calls, load_messages, store_call, store_end
from src.settings import Settings
from src.web.address import host_of

STORE_LIMIT_S = 10.0  # for the last words to the database, also when everything is being stopped

log = structlog.get_logger("chat")


@dataclass
class Turn:
    """A run that is going on. Made by Turns.start."""

    accepted: Accepted
    done_before: Sequence[CallRecord] = ()  # by earlier attempts at the same message
    calls: list[CallRecord] = field(default_factory=list)
    text: str = ""
    _queue: asyncio.Queue[TurnEvent | None] = field(default_factory=asyncio.Queue)
    _task: asyncio.Task[None] | None = None
    _storing: bool = False

    def begin(self, running: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Starts the run as a task of its own. Once."""
        self._task = asyncio.create_task(running)
        return self._task

    def tell(self, event: TurnEvent) -> None:
        """Hands an event to whoever reads."""
        self._queue.put_nowait(event)

    def protect(self) -> None:
        """From here on the end is being stored: `cancel` leaves the run to it."""
        self._storing = True

    def close(self) -> None:
        """There is nothing more to tell."""
        self._queue.put_nowait(None)

    async def events(self) -> AsyncIterator[TurnEvent]:
        """What happens, to the end. To be read once."""
        while (event := await self._queue.get()) is not None:
            yield event

    async def ended(self) -> Answered | Failed | None:
        """How it ended; None where it was cancelled."""
        last = None
        async for event in self.events():
            last = event
        return last if isinstance(last, Answered | Failed) else None

    def cancel(self) -> None:
        """Nobody listens any more. A run whose end is being stored is left to it."""
        if self._task is not None and not self._storing and not self._task.cancelling():
            self._task.cancel()  # once: a second time would not let the tool calls end


@dataclass
class Turns:
    """Starts turns and, at the end of the process, stops those that still go on."""

    engine: AsyncEngine
    settings: Settings
    model: Model
    _going: dict[asyncio.Task[None], Turn] = field(default_factory=dict)

    async def start(self, accepted: Accepted, token: str) -> Turn:
        """Starts the run for a stored message."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            messages = await load_messages(session, accepted, MESSAGES)
            done = await load_calls(session, accepted.run_id)
        errand = Errand(model_input(messages, done), token, self.settings.mcp_url)
        turn = Turn(accepted, done_before=[_record(call) for call in done])
        task = turn.begin(_Run(self, turn, errand).go())
        self._going[task] = turn
        task.add_done_callback(self._going.pop)
        return turn

    async def stop(self) -> None:
        """Cancels what goes on, and waits until it has stored what there is."""
        going = dict(self._going)
        for turn in going.values():
            turn.cancel()
        await asyncio.gather(*going, return_exceptions=True)


@asynccontextmanager
async def running_turns(engine: AsyncEngine, settings: Settings, model: Model) -> AsyncIterator[Turns]:
    """Turns for as long as the context is open."""
    turns = Turns(engine, settings, model)
    try:
        yield turns
    finally:
        await turns.stop()


def _record(call: ToolCall) -> CallRecord:
    return CallRecord(call.name, call.arguments, call.result, call.status, call.duration_ms)


@dataclass
class _Run:
    """The task behind a turn."""

    turns: Turns
    turn: Turn
    errand: Errand
    usage: list[Usage] = field(default_factory=list)

    async def go(self) -> None:
        """Runs, stores how it went, and only then says so. Never raises."""
        try:
            end, last = await self._run()
            self.turn.protect()
            await self._store(end)
            if last is not None:
                self.turn.tell(last)
        finally:
            self.turn.close()

    async def _run(self) -> tuple[RunEnd, Answered | Failed | None]:
        turn = self.turn
        try:
            await self._within_limit()
        except asyncio.CancelledError:
            log.info("chat cancelled", run_id=turn.accepted.run_id)
            return self._end(RunStatus.CANCELLED, "the client hung up, or the server stopped"), None
        except Exception as error:
            failure = self._explain(error)
            return self._end(RunStatus.FAILED, f"{failure.code}: {reason_of(error)}"), Failed(
                failure, turn.text
            )
        return self._end(RunStatus.COMPLETED), Answered(turn.text)

    async def _within_limit(self) -> None:
        try:
            async with asyncio.timeout(self.turns.settings.run_timeout_s) as limit:
                async for event in run_agent(self.turns.model, self.errand, self._keep):
                    self._take(event)
        except TimeoutError as error:
            raise RunTooLongError if limit.expired() else error from error

    def _take(self, event: AgentEvent) -> None:
        if isinstance(event, Usage):
            self.usage.append(event)
            return
        if isinstance(event, TextDelta):
            self.turn.text += event.text
        self.turn.tell(event)

    async def _keep(self, call: CallRecord) -> None:
        """Stores a tool call even if the run is cancelled meanwhile: what was done must not be done again."""
        self.turn.calls.append(call)
        await asyncio.shield(asyncio.create_task(self._store_call(call)))

    async def _store_call(self, call: CallRecord) -> None:
        async with AsyncSession(self.turns.engine) as session:
            await store_call(session, self.turn.accepted.run_id, call)

    def _end(self, status: RunStatus, error: str | None = None) -> RunEnd:
        prompt = sum(usage.prompt_tokens for usage in self.usage) if self.usage else None
        completion = sum(usage.completion_tokens for usage in self.usage) if self.usage else None
        return RunEnd(status, self.turn.text, error, prompt, completion)

    def _explain(self, error: Exception) -> Failure:
        failure = failure_of(error)
        said = {
            "code": failure.code,
            "host": self._host(failure),
            "reason": reason_of(error),
            "hint": failure.hint,
            "variable": failure.variable,
            "run_id": self.turn.accepted.run_id,
        }
        if failure is UNKNOWN:
            log.exception("chat failed", **said)
        else:
            log.error("chat failed", **said)
        return failure

    def _host(self, failure: Failure) -> str | None:
        """Of the server that the failure is about."""
        settings = self.turns.settings
        if failure.code.startswith("model_"):
            return host_of(settings.model_address)
        return host_of(settings.mcp_url) if failure.variable == "MCP_URL" else None

    async def _store(self, end: RunEnd) -> None:
        try:
            async with asyncio.timeout(STORE_LIMIT_S), AsyncSession(self.turns.engine) as session:
                wanted = await store_end(session, self.turn.accepted, end)
        except Exception as error:  # the answer goes out all the same; the run stays `running` in its table
            log.error("chat not stored", reason=reason_of(error), run_id=self.turn.accepted.run_id)
            return
        if not wanted:
            log.info("chat no longer wanted", run_id=self.turn.accepted.run_id)
