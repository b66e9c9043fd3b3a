"""Which model is asked, where, with which key, and what one question may cost."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from delivery.ai.answer import Budget
from delivery.settings import Settings

OFFICIAL = "https://api.openai.com/v1"
_MODEL = "gpt-5-mini"
NO_KEY = "no key: AI_API_KEY or OPENAI_API_KEY in .env"
# What a program that talks to a model may see of our environment: how to find programs and get out.
_HARMLESS = (
    "PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip


@dataclass(frozen=True)
class ModelAccess:
    """A model behind the OpenAI API. Its `repr` does not show the key."""

    base_url: str
    model: str
    api_key: str = field(repr=False)

    @property
    def host(self) -> str:
        """Whom the facts are sent to."""
        return urlsplit(self.base_url).netloc

    @property
    def official(self) -> bool:
        """Whether this is OpenAI's own server, which knows `max_completion_tokens` alone."""
        return self.base_url.rstrip("/") == OFFICIAL


def model_access(settings: Settings) -> ModelAccess | None:
    """The model that the settings name, or None where there is no key."""
    key = settings.env.get("AI_API_KEY") or settings.env.get("OPENAI_API_KEY") or ""
    if not key:
        return None
    base = settings.ai.get("baseUrl") or settings.env.get("OPENAI_BASE_URL") or OFFICIAL
    return ModelAccess(base, settings.ai.get("model") or settings.env.get("OPENAI_MODEL") or _MODEL, key)


def budget_of(settings: Settings) -> Budget:
    """What one question may cost."""
    default = Budget()
    return Budget(
        int(settings.ai.get("contextBytes", default.context_bytes)),
        int(settings.ai.get("answerTokens", default.tokens)),
        float(settings.ai.get("timeoutS", default.seconds)),
    )


def harmless_environment() -> dict[str, str]:
    """The variables that a program which talks to a model may see."""
    return {name: os.environ[name] for name in _HARMLESS if name in os.environ}
