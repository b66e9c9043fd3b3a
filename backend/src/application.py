"""The application, put together from its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from src import health
from src.database.engine import make_engine
from src.database.problems import address
from src.settings import Settings
from src.tasks import routes as tasks
from src.web.errors import add_error_handlers
from src.web.request_log import RequestLog

log = structlog.get_logger("app")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Makes the engine (it connects on first use, so the app starts without its database) and closes it."""
    settings: Settings = app.state.settings
    app.state.engine = make_engine(settings)
    log.info("started", database=address(settings.database_url))
    yield
    await app.state.engine.dispose()
    log.info("stopped")


def create_app(settings: Settings) -> FastAPI:
    """The app for the given settings."""
    app = FastAPIOffline(title="Todo backend", version="1.0.0", redoc_url=None, lifespan=lifespan)
    app.state.settings = settings
    app.include_router(health.router)
    app.include_router(tasks.router)
    add_error_handlers(app)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes)
    app.add_middleware(RequestLog)  # added last, so it is the outermost
    return app
