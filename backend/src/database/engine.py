"""Engines and sessions."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

if TYPE_CHECKING:  # settings parse their DATABASE_URL by this room
    from src.settings import DatabaseSettings


def connect_args(settings: "DatabaseSettings", application: str) -> dict[str, Any]:
    """libpq's settings. No prepared statements: a transaction pooler in front of Postgres loses them."""
    return {
        "connect_timeout": settings.database_connect_timeout_s,
        "application_name": application,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "prepare_threshold": None,
    }


def make_engine(settings: "DatabaseSettings") -> AsyncEngine:
    """The app's engine. pool_pre_ping replaces connections that a database restart has cut."""
    return create_async_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_overflow,
        pool_timeout=10,
        pool_recycle=1800,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=connect_args(settings, "todo-backend"),
    )


def make_migration_engine(settings: "DatabaseSettings") -> Engine:
    """A plain engine without a pool, for `python -m src.migrate`."""
    return create_engine(
        settings.database_url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args=connect_args(settings, "todo-migrate"),
    )


def get_engine(request: Request) -> AsyncEngine:
    """The engine that the app's lifespan made."""
    engine: AsyncEngine = request.app.state.engine
    return engine


async def get_session(engine: Annotated[AsyncEngine, Depends(get_engine)]) -> AsyncIterator[AsyncSession]:
    """A session for one request; what is not committed is rolled back."""
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
