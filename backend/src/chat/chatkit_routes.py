"""POST /chatkit: the ChatKit wire protocol. README.md, "The chat protocol", has what it gives and takes."""

from fastapi import APIRouter, Request, Response

from src.auth.callers import CurrentCaller
from src.auth.route import SignedInRoute
from src.chat.incoming import loaded

router = APIRouter(tags=["chat"], route_class=SignedInRoute)


@router.post(
    "/chatkit",
    response_class=Response,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def chatkit(request: Request, caller: CurrentCaller) -> Response:
    """One request of the ChatKit protocol: `{"type": …, "params": …}`."""
    body = await request.body()
    parts = await loaded(request.app)
    return await parts.chatkit.answer(request.app, caller, body)
