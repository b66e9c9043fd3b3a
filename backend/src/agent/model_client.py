"""The model, behind the OpenAI API, as the settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from agents import Model, OpenAIChatCompletionsModel, OpenAIResponsesModel, set_tracing_disabled
from openai import AsyncOpenAI, AsyncStream
from openai.resources import chat, responses  # noqa: F401  else imported within the first chat
from openai.types.chat import ChatCompletionChunk

from src.agent.failure_table import CutOffError
from src.settings import Settings

CONNECT_TIMEOUT_S = 5.0
# openai's own: one more try after a connection fault, a timeout, 408, 409, 429 and 5xx, before any of the
# answer has arrived. Tools run between model calls, so none runs twice.
RETRIES = 1


class WholeChatCompletions(OpenAIChatCompletionsModel):
    """The SDK wants a finish_reason from OpenAI's own address only: elsewhere half an answer would pass."""

    async def _fetch_response(self, *args: Any, **named: Any) -> Any:
        answer = await super()._fetch_response(*args, **named)
        return (answer[0], WholeStream(answer[1])) if isinstance(answer, tuple) else answer


class WholeStream:
    """A stream that raises CutOffError where it ends half way, without a finish_reason."""

    def __init__(self, stream: AsyncStream[ChatCompletionChunk]) -> None:
        self._stream = stream
        self.response = stream.response

    async def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        half_way = False
        async for chunk in self._stream:
            for choice in chunk.choices:
                half_way = choice.finish_reason is None
            yield chunk
        if half_way:
            raise CutOffError

    async def aclose(self) -> None:
        """Gives the connection back."""
        await self._stream.close()


@asynccontextmanager
async def model_client(settings: Settings) -> AsyncIterator[Model]:
    """The model; its connections are closed with the context."""
    set_tracing_disabled(True)  # traces would go to OpenAI, whatever OPENAI_BASE_URL says
    limit_s = settings.model_timeout_s
    client = AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.model_address,  # given always: openai would take an empty variable as it is
        timeout=httpx2.Timeout(limit_s, connect=min(CONNECT_TIMEOUT_S, limit_s)),
        max_retries=RETRIES,
    )
    kind = OpenAIResponsesModel if settings.openai_api == "responses" else WholeChatCompletions
    async with client:
        yield kind(settings.openai_model, client)
