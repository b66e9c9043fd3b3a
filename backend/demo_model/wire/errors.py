"""Errors in the shape that OpenAI's clients read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from demo_model.wire.pieces import json_response

INVALID = "invalid_request_error"


@dataclass(frozen=True)
class Fault:
    """What a body of an error says."""

    message: str
    type: str = INVALID
    param: str | None = None
    code: str | None = None


@dataclass
class ApiError(Exception):
    """Ends a request with a status and a fault."""

    status: int
    fault: Fault
    headers: Mapping[str, str] = field(default_factory=dict)


def bad_request(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError(400, Fault(message, param=param, code=code))


def missing(param: str) -> ApiError:
    return bad_request(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def wrong_type(param: str, expected: str, value: Any) -> ApiError:
    message = f"Invalid type for '{param}': expected {expected}, but got {_kind(value)} instead."
    return bad_request(message, param, "invalid_type")


def unsupported(param: str, why: str) -> ApiError:
    return bad_request(f"Unsupported parameter: '{param}' {why}", param, "unsupported_parameter")


def no_such_model(name: str) -> ApiError:
    message = f"The model `{name}` does not exist or you do not have access to it."
    return ApiError(404, Fault(message, param="model", code="model_not_found"))


def response(status: int, fault: Fault, headers: Mapping[str, str] | None = None) -> Response:
    body = {"message": fault.message, "type": fault.type, "param": fault.param, "code": fault.code}
    return json_response({"error": body}, status, headers)


async def on_api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return response(error.status, error.fault, error.headers)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own 404 and 405."""
    assert isinstance(error, HTTPException)
    where = f"{request.method} {request.url.path}"
    if error.status_code == 404:
        fault = Fault(f"Unknown request URL: {where}. Please check the URL for typos.", code="unknown_url")
    else:
        fault = Fault(f"Not allowed to {where}.", code="method_not_supported")
    return response(error.status_code, fault, error.headers)


async def on_hang_up(_request: Request, _error: Exception) -> Response:
    """The client left before its body was here; nobody reads this answer."""
    return Response(status_code=400)


async def on_crash(_request: Request, _error: Exception) -> Response:
    return response(500, Fault("The server had an error while processing your request.", "server_error"))


def _kind(value: Any) -> str:
    """JSON's names for types, as OpenAI words them."""
    names = {bool: "a boolean", int: "an integer", float: "a decimal number", str: "a string"}
    names |= {list: "an array", dict: "an object", type(None): "null"}
    return names.get(type(value), "another type")
