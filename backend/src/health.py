"""Probes. /api/health has no dependencies; /api/ready needs the database and its tables."""

import asyncio
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response, status
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from src.database.engine import get_engine
from src.database.problems import NO_TABLES, Problem, address, explain

PATHS = frozenset({"/api/health", "/health", "/api/ready"})

NEWEST_TABLE = "tool_calls"  # of the newest migration that made one; a test keeps it so
MIGRATED = text("SELECT to_regclass(:name) IS NOT NULL").bindparams(name=NEWEST_TABLE)

router = APIRouter(tags=["health"])
log = structlog.get_logger("health")


@router.get("/api/health")
@router.get("/health", include_in_schema=False)
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/api/ready", responses={503: {"description": "The database is away, or has no tables."}})
async def ready(
    request: Request, response: Response, engine: Annotated[AsyncEngine, Depends(get_engine)]
) -> dict[str, str]:
    """The database answers within READY_TIMEOUT_S and has been migrated; 503 with the reason otherwise."""
    settings = request.app.state.settings
    problem = await check(engine, settings.ready_timeout_s)
    if problem is None:
        return {"status": "ready"}
    host = address(settings.database_url)
    log.warning("not ready", reason=problem.reason, hint=problem.hint, host=host, variable="DATABASE_URL")
    response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return {"status": "not ready", "reason": problem.reason}


async def check(engine: AsyncEngine, timeout_s: float) -> Problem | None:
    """What is wrong with the database, or None."""
    try:
        async with asyncio.timeout(timeout_s), engine.connect() as connection:
            migrated = await connection.scalar(MIGRATED)
    except (SQLAlchemyError, TimeoutError, OSError) as error:
        return explain(error)
    return None if migrated else NO_TABLES
