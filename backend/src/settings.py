"""Settings, all from the environment, checked once at the start."""

import sys
from typing import Annotated, Literal

import structlog
from pydantic import BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL

from src.database.url import parse_database_url

HINTS = {
    "DATABASE_URL": "In the cluster it comes from key database-url of the backend's Secret.",
}
UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Settings(BaseSettings):
    """Every field is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(
        arbitrary_types_allowed=True, frozen=True, extra="ignore", enable_decoding=False
    )

    database_url: Annotated[URL, BeforeValidator(parse_database_url)]
    database_pool_size: int = Field(default=5, ge=1, le=100)
    database_pool_overflow: int = Field(default=5, ge=0, le=100)
    database_connect_timeout_s: int = Field(default=5, ge=2, le=60)  # libpq takes 2 as its least
    ready_timeout_s: float = Field(default=2.0, gt=0, le=30)
    migrate_wait_s: float = Field(default=30.0, ge=0, le=600)
    migrate_lock_timeout_s: int = Field(default=120, ge=1, le=3600)
    max_body_bytes: int = Field(default=1_048_576, ge=1_024)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    # TEMPORARY: the one user there is until sign-in arrives; src/users.py is the only reader.
    demo_user_id: UserId = "demo"


def load_settings() -> Settings:
    """Settings from the environment; on bad ones logs a line for each variable and ends with exit code 1."""
    try:
        return Settings()
    except ValidationError as error:
        log = structlog.get_logger("settings")
        for variable, problem in problems(error):
            log.error("bad setting", variable=variable, problem=problem, hint=HINTS.get(variable))
        sys.exit(1)


def problems(error: ValidationError) -> list[tuple[str, str]]:
    """(variable, what is wrong) for each fault; pydantic's own text is avoided where it quotes the input."""
    found = []
    for fault in error.errors(include_url=False, include_input=False):
        variable = str(fault["loc"][0]).upper() if fault["loc"] else "?"
        if fault["type"] == "missing":
            found.append((variable, "is not set"))
        else:
            found.append((variable, fault["msg"].removeprefix("Value error, ")))
    return found
