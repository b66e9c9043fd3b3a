"""Settings, all from the environment, checked once at the start."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Settings:
    """`word_delay_ms`: pause before each word of a stream."""

    word_delay_ms: int = 15
    max_body_bytes: int = 1_048_576
    log_level: str = "INFO"


class BadSettingError(ValueError):
    """A variable and what is wrong with it."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable} {problem}")
        self.variable = variable
        self.problem = problem


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings of an environment; raises BadSettingError."""
    level = environment.get("LOG_LEVEL") or "INFO"
    if level not in LEVELS:
        raise BadSettingError("LOG_LEVEL", f"must be one of {', '.join(LEVELS)}")
    return Settings(
        word_delay_ms=_whole_number(environment, "DEMO_WORD_DELAY_MS", 15, (0, 1000)),
        max_body_bytes=_whole_number(environment, "MAX_BODY_BYTES", 1_048_576, (1024, 104_857_600)),
        log_level=level,
    )


def _whole_number(environment: Mapping[str, str], name: str, default: int, limits: tuple[int, int]) -> int:
    text = environment.get(name) or str(default)
    low, high = limits
    if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
        raise BadSettingError(name, f"must be a whole number from {low} to {high}")
    return int(text)


def load_settings() -> Settings:
    """Settings of this process; on a bad one logs a line that names it and ends with exit code 1."""
    try:
        return read_settings(os.environ)
    except BadSettingError as error:
        structlog.get_logger("settings").error("bad setting", variable=error.variable, problem=error.problem)
        sys.exit(1)
