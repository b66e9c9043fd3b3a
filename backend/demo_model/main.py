"""What uvicorn imports: `uvicorn demo_model.main:app`. Bad settings end the start."""

from starlette.applications import Starlette

from demo_model.application import create_app
from demo_model.settings import load_settings
from src.logs import configure_logging


def _from_environment() -> Starlette:
    configure_logging()
    settings = load_settings()
    configure_logging(settings.log_level)
    return create_app(settings)


app = _from_environment()
