"""Settings, all from the environment, checked once at the start. README.md has the table."""

import os
import sys
from typing import Annotated, Any, Literal, Self

import structlog
from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL

from src.database.url import parse_database_url
from src.web.address import parse_http_address, parse_origin

CONFIG_MAP = "In the cluster it comes from the backend's ConfigMap (env in its values)."
HINTS = {
    "DATABASE_URL": "In the cluster it comes from key database-url of the backend's Secret.",
    "OPENAI_API_KEY": "In the cluster it comes from key openai-api-key of the backend's Secret; "
    "`demo` will do for the demo model.",
    "BETTER_AUTH_SECRET": "In the cluster it comes from key auth-secret of the backend's Secret; "
    "it must be the frontend's, and is needed for AUTH_JWT_ALGORITHM=HS256 only.",
    "BETTER_AUTH_URL": "In the cluster it comes from key auth-url of the backend's Secret; it must be the "
    "frontend's: the address that browsers open, e.g. http://localhost:30000.",
    "JWKS_URL": f"The frontend's address inside the cluster, path /api/auth/jwks. {CONFIG_MAP}",
    "OPENAI_BASE_URL": f"The address of an OpenAI-like API, its /v1 included. {CONFIG_MAP}",
    "AUTH_JWT_ALGORITHM": f"It must be the frontend's: EdDSA (the default) or HS256. {CONFIG_MAP}",
}
OPENAI = "https://api.openai.com/v1"
LEAST_SECRET = 32  # characters: RFC 7518, section 3.2, wants a key of 256 bits for HS256
# A ConfigMap may hold these with nothing in them: then their defaults hold.
MAY_BE_EMPTY = frozenset({"better_auth_secret", "jwks_url", "mcp_url", "openai_base_url", "openai_model"})

HttpAddress = Annotated[str, BeforeValidator(parse_http_address)]
Origin = Annotated[str, BeforeValidator(parse_origin)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _required_secret(value: object) -> str:
    text = str(value).strip()
    if not text:
        raise ValueError("is empty")
    return text


RequiredSecret = Annotated[SecretStr, BeforeValidator(_required_secret)]


def _own_mcp_server() -> str:
    """The tools' server is this process itself, on the port that uvicorn was told in the same way."""
    return f"http://127.0.0.1:{os.environ.get('UVICORN_PORT', '8000')}/mcp"


class DatabaseSettings(BaseSettings):
    """What the migrator needs. Every field is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(
        arbitrary_types_allowed=True, frozen=True, extra="ignore", enable_decoding=False
    )

    database_url: Annotated[URL, BeforeValidator(parse_database_url)]
    database_pool_size: int = Field(default=5, ge=1, le=100)
    database_pool_overflow: int = Field(default=5, ge=0, le=100)
    database_connect_timeout_s: int = Field(default=5, ge=2, le=60)  # libpq takes 2 as its least
    migrate_wait_s: float = Field(default=30.0, ge=0, le=600)
    migrate_lock_timeout_s: int = Field(default=120, ge=1, le=3600)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in given.items() if key not in MAY_BE_EMPTY or value != ""}


class Settings(DatabaseSettings):
    """What the server needs."""

    ready_timeout_s: float = Field(default=2.0, gt=0, le=30)
    max_body_bytes: int = Field(default=1_048_576, ge=1_024)

    # Sign-in: who makes the tokens, and how their signatures are checked.
    better_auth_url: Origin
    auth_jwt_algorithm: Literal["EdDSA", "HS256"] = "EdDSA"
    jwks_url: HttpAddress = "http://frontend:3000/api/auth/jwks"
    better_auth_secret: SecretStr | None = None

    # The model.
    openai_api_key: RequiredSecret
    openai_base_url: HttpAddress | None = None  # None: OpenAI's own
    openai_model: Words = "gpt-5-mini"
    openai_api: Literal["responses", "chat_completions"] = "responses"
    model_timeout_s: float = Field(default=30.0, gt=0, le=600)
    run_timeout_s: float = Field(default=120.0, gt=0, le=3600)
    chat_limit_per_minute: int = Field(default=20, ge=1, le=100_000)

    mcp_url: HttpAddress = Field(default_factory=_own_mcp_server)

    @property
    def model_address(self) -> str:
        """Where the model is: openai would take an empty variable of its own as it is."""
        return self.openai_base_url or OPENAI

    @model_validator(mode="after")
    def _shared_secret_is_there(self) -> Self:
        if self.auth_jwt_algorithm == "HS256":
            secret = self.better_auth_secret
            if secret is None:
                raise _Fault("BETTER_AUTH_SECRET", "is not set, and AUTH_JWT_ALGORITHM=HS256 needs it")
            if len(secret.get_secret_value()) < LEAST_SECRET:
                raise _Fault("BETTER_AUTH_SECRET", f"is shorter than {LEAST_SECRET} characters")
        return self


class _Fault(ValueError):
    """A fault of one variable that shows only beside another."""

    def __init__(self, variable: str, words: str) -> None:
        super().__init__(words)
        self.variable = variable


def load_settings[S: DatabaseSettings](kind: type[S]) -> S:
    """Settings from the environment; on bad ones logs a line for each variable and ends with exit code 1."""
    try:
        return kind()
    except ValidationError as error:
        log = structlog.get_logger("settings")
        for variable, problem in problems(error):
            log.error("bad setting", variable=variable, problem=problem, hint=HINTS.get(variable))
        sys.exit(1)


def problems(error: ValidationError) -> list[tuple[str, str]]:
    """(variable, what is wrong) for each fault; pydantic's own text is avoided where it quotes the input."""
    found = []
    for fault in error.errors(include_url=False, include_input=False):
        cause = fault.get("ctx", {}).get("error")
        name = cause.variable if isinstance(cause, _Fault) else str(fault["loc"][0]).upper()
        if fault["type"] == "missing":
            found.append((name, "is not set"))
        else:
            found.append((name, fault["msg"].removeprefix("Value error, ")))
    return found
