"""How large a request may be."""

from starlette.datastructures import Headers
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send


class BodyLimit(RequestBodyLimitMiddleware):
    """413 in our form of errors where the size is announced; Starlette's counts what comes unannounced."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _announced(scope) > self.max_body_size:
            words = f"That is too much: a request may have {self.max_body_size:,} bytes."
            await JSONResponse({"detail": words}, status_code=413)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0
