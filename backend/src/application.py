"""The application, put together from its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from src import health
from src.auth.verifier import make_verifier
from src.chat import chatkit_routes
from src.chat import routes as chat
from src.conversations import routes as conversations
from src.database.engine import make_engine
from src.database.problems import address
from src.mcp_server.endpoint import route as mcp
from src.parts import chat_parts
from src.settings import Settings
from src.tasks import routes as tasks
from src.web.address import host_of
from src.web.body_limit import BodyLimit
from src.web.errors import add_error_handlers
from src.web.request_log import RequestLog

log = structlog.get_logger("app")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Makes the engine (it connects on first use, so the app starts without its database) and closes it."""
    settings: Settings = app.state.settings
    app.state.engine = make_engine(settings)
    log.info(
        "started",
        database=address(settings.database_url),
        keys=host_of(settings.jwks_url) if settings.auth_jwt_algorithm == "EdDSA" else None,
        issuer=settings.better_auth_url,
        model=settings.openai_model,
        model_host=host_of(settings.model_address),
    )
    async with chat_parts(app):
        yield
    await app.state.engine.dispose()
    log.info("stopped")


def create_app(settings: Settings) -> FastAPI:
    """The app for the given settings."""
    app = FastAPIOffline(title="Todo backend", version="1.0.0", redoc_url=None, lifespan=lifespan)
    app.state.settings = settings
    app.state.verifier = make_verifier(settings)
    app.include_router(health.router)
    app.include_router(tasks.router)
    app.include_router(conversations.router)
    app.include_router(chat.router)
    app.include_router(chat.open_router)
    app.include_router(chatkit_routes.router)
    app.router.routes.append(mcp)
    add_error_handlers(app)
    app.add_middleware(BodyLimit, max_body_size=settings.max_body_bytes)
    app.add_middleware(RequestLog, quiet=health.PATHS)  # added last, so it is the outermost
    return app
