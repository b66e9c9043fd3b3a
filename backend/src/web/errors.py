"""Exceptions to answers. Every error body has `detail`; nothing a caller sent is echoed."""

import structlog
from fastapi import FastAPI, Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from src.database.problems import NO_TABLES, address, explain

log = structlog.get_logger("database")
WORDS = "The database is not reachable just now. Try again in a moment."


async def bad_request(_request: Request, error: Exception) -> JSONResponse:
    """422 with place and words of each fault; FastAPI's own echoes the input, which may not be encodable."""
    assert isinstance(error, RequestValidationError)
    faults = [{"loc": fault["loc"], "msg": fault["msg"], "type": fault["type"]} for fault in error.errors()]
    return JSONResponse({"detail": faults}, status.HTTP_422_UNPROCESSABLE_CONTENT)


def database_is_away(error: SQLAlchemyError) -> bool:
    """True for a lost or refused connection and for missing tables; False for a fault in a query of ours."""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeoutError):
        return True
    if isinstance(error, ProgrammingError):
        return explain(error) is NO_TABLES
    return isinstance(error, DBAPIError) and error.connection_invalidated


async def database_failed(request: Request, error: Exception) -> JSONResponse:
    """503 with words for a person, and a log line for the one who runs the app. Other faults stay 500."""
    assert isinstance(error, SQLAlchemyError)
    if not database_is_away(error):
        raise error
    problem = explain(error)
    host = address(request.app.state.settings.database_url)
    log.error("database away", reason=problem.reason, hint=problem.hint, host=host, variable="DATABASE_URL")
    return JSONResponse({"detail": WORDS}, status.HTTP_503_SERVICE_UNAVAILABLE, headers={"Retry-After": "2"})


def add_error_handlers(app: FastAPI) -> None:
    """Registers the handlers above."""
    app.add_exception_handler(RequestValidationError, bad_request)
    app.add_exception_handler(SQLAlchemyError, database_failed)
