"""Routes that look at the token before anything else."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from src.auth.callers import recognise


class SignedInRoute(APIRoute):
    """For `APIRouter(route_class=…)`: FastAPI itself parses the body first, a stranger's too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def signed_in(request: Request) -> Response:
            await recognise(request)
            return await handle(request)

        return signed_in
