"""What uvicorn imports: `uvicorn src.main:app`. Bad settings end the start."""

from fastapi import FastAPI

from src.application import create_app
from src.logs import configure_logging
from src.settings import Settings, load_settings


def _from_environment() -> FastAPI:
    configure_logging()
    settings = load_settings(Settings)
    configure_logging(settings.log_level)
    return create_app(settings)


app = _from_environment()
