"""The model, behind the OpenAI API, as the settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from agents import Model, OpenAIChatCompletionsModel, OpenAIResponsesModel, set_tracing_disabled
from openai import AsyncOpenAI
from openai.resources import chat, responses  # noqa: F401  else imported within the first chat

from src.settings import Settings

OPENAI = "https://api.openai.com/v1"
CONNECT_TIMEOUT_S = 5.0
# openai's own: one more try after a connection fault, a timeout, 408, 409, 429 and 5xx, before any of the
# answer has arrived. Tools run between model calls, so none runs twice.
RETRIES = 1


@asynccontextmanager
async def model_client(settings: Settings) -> AsyncIterator[Model]:
    """The model; its connections are closed with the context."""
    set_tracing_disabled(True)  # traces would go to OpenAI, whatever OPENAI_BASE_URL says
    limit_s = settings.model_timeout_s
    client = AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url
        or OPENAI,  # given always: openai would take an empty variable as it is
        timeout=httpx2.Timeout(limit_s, connect=min(CONNECT_TIMEOUT_S, limit_s)),
        max_retries=RETRIES,
    )
    kind = OpenAIResponsesModel if settings.openai_api == "responses" else OpenAIChatCompletionsModel
    async with client:
        yield kind(settings.openai_model, client)
