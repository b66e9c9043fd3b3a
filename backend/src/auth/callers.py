"""Who is calling: the dependencies that routes take, and the answers 401, 403 and 503."""

from typing import Annotated

import structlog
from fastapi import Depends, HTTPException, Request, Security, status
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers

from src.auth.claims import Caller
from src.auth.keys import KeysAwayError
from src.auth.verifier import BadTokenError, TokenVerifier

SCHEME = "Bearer"
AWAY = "Sign-in cannot be checked just now. Try again in a moment."

log = structlog.get_logger("auth")
# Only describes the header in /docs; the check itself is ours, for its words and status codes.
described = HTTPBearer(auto_error=False, description="A token of the frontend's `GET /api/auth/token`.")


def bearer_token(headers: Headers) -> str | None:
    """The token of the Authorization header; None where there is none or more than one."""
    given = headers.getlist("Authorization")
    if len(given) != 1:
        return None
    scheme, _, token = given[0].partition(" ")
    return token.strip() or None if scheme.lower() == SCHEME.lower() else None


def challenge(error: str | None = None) -> dict[str, str]:
    """The header that goes with 401 (RFC 6750, section 3)."""
    return {"WWW-Authenticate": f'{SCHEME} error="{error}"' if error else SCHEME}


async def identify(verifier: TokenVerifier, headers: Headers) -> Caller:
    """The caller. Raises HTTPException: 401 without a good token, 503 while the keys are away."""
    token = bearer_token(headers)
    if token is None:
        detail = "Sign in first: this address needs a token."
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, detail, challenge())
    try:
        claims = await verifier.verify(token)
    except BadTokenError as error:
        log.warning("token refused", reason=str(error))
        detail = f"Sign in again: {error}."
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, detail, challenge("invalid_token")) from None
    except KeysAwayError:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, AWAY, {"Retry-After": "2"}) from None
    return Caller(claims.user_id, claims, token)


async def recognise(request: Request) -> Caller:
    """The caller, looked up once for each request; its log lines carry the user's id from here on."""
    if not hasattr(request.state, "caller"):
        request.state.caller = await identify(request.app.state.verifier, request.headers)
        structlog.contextvars.bind_contextvars(user_id=request.state.caller.user_id)
    caller: Caller = request.state.caller
    return caller


async def current_caller(request: Request, _shown_in_docs: Annotated[object, Security(described)]) -> Caller:
    """The dependency behind CurrentCaller."""
    return await recognise(request)


CurrentCaller = Annotated[Caller, Depends(current_caller)]


def caller_of_path(caller: CurrentCaller, user_id: str) -> Caller:
    """The caller, who must be the user in the path. 403 otherwise."""
    if user_id != caller.user_id:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This belongs to another user.")
    return caller


CurrentUserCaller = Annotated[Caller, Depends(caller_of_path)]


def user_of_path(caller: CurrentUserCaller) -> str:
    """The caller's id, which is the one in the path."""
    return caller.user_id


CurrentUser = Annotated[str, Depends(user_of_path)]
