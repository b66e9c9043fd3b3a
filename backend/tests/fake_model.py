"""A model server that does as it is told: OpenAI's two APIs over real HTTP, good answers and bad ones.

A test gives it a list of moves; each request takes the next one, and the last stays. Streams are sent as
OpenAI sends them. What was asked is kept.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 15,
}

type Event = dict[str, Any]
type Json = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """What the model does when it is asked once: a status with a body, or items that are streamed.

    `wait_s` before anything; `pause_s` between pieces; `cut`: hang up instead of ending the stream;
    `short`: end it half way, as a proxy does whose own server is gone.
    """

    items: tuple[Json, ...] = ()
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0
    pause_s: float = 0
    cut: bool = False
    short: bool = False
    content_type: str = "application/json"


def says(*pieces: str, **more: Any) -> Move:
    """An answer, in these pieces."""
    return Move(items=({"type": "message", "pieces": pieces},), **more)


def calls(*named: tuple[str, Any], first: str = "") -> Move:
    """Tool calls: name and arguments, which are sent as they are where they are a string."""
    items = [
        {"type": "call", "name": name, "arguments": given if isinstance(given, str) else json.dumps(given)}
        for name, given in named
    ]
    return Move(items=((*says(first).items,) if first else ()) + tuple(items))


def refuses(status: int, message: str = "no", code: str | None = None, **headers: str) -> Move:
    """An error as OpenAI words it."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": code, "param": None}})
    return Move(status=status, body=body, headers=headers)


NOTHING = Move()
GARBAGE = Move(body="<html>It works!</html>", content_type="text/html")
BROKEN_STREAM = Move(body="data: {broken\n\n", content_type="text/event-stream")


@dataclass
class FakeModel:
    """The server. `asked` has the body of each request, `keys` the Authorization header."""

    moves: list[Move] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    hung_up: int = 0  # clients that left in the middle of a stream
    answer: Callable[[Json], Move] | None = None  # instead of moves

    def plays(self, *moves: Move) -> None:
        """Forgets what was, and takes these moves."""
        self.moves = list(moves)
        self.answer = None
        self.asked.clear()

    def app(self) -> Starlette:
        paths = {"/v1/responses": _responses, "/v1/chat/completions": _completions}
        return Starlette(
            routes=[Route(path, self._route(how), methods=["POST"]) for path, how in paths.items()]
        )

    def _route(self, how: Callable[[Move], list[bytes]]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            body = json.loads(await request.body())
            self.asked.append(body)
            self.keys.append(request.headers.get("authorization", ""))
            move = self.answer(body) if self.answer else self._next()
            await asyncio.sleep(move.wait_s)
            if move.body:
                return Response(move.body, move.status, move.headers, move.content_type)
            assert body["stream"] is True, "the backend always streams"
            return StreamingResponse(self._send(how(move), move), media_type="text/event-stream")

        return endpoint

    def _next(self) -> Move:
        return self.moves.pop(0) if len(self.moves) > 1 else self.moves[0]

    async def _send(self, pieces: list[bytes], move: Move) -> AsyncIterator[bytes]:
        whole = False
        try:
            for piece in pieces[: len(pieces) - 3 if move.cut or move.short else None]:
                yield piece
                await asyncio.sleep(move.pause_s)
            if move.cut:
                raise ConnectionResetError("cut, as the test wants it")
            whole = True
        finally:
            self.hung_up += not whole and not move.cut


def _event(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _responses(move: Move) -> list[bytes]:
    """https://platform.openai.com/docs/api-reference/responses-streaming"""
    frame = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "fake",
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "output": [],
        "status": "in_progress",
    }
    events: list[Event] = [{"type": "response.created", "response": frame}]
    output = []
    for index, item in enumerate(move.items):
        whole, told = _message(item, index) if item["type"] == "message" else _call(item, index)
        output.append(whole)
        events += told
    events.append(
        {
            "type": "response.completed",
            "response": {**frame, "output": output, "status": "completed", "usage": USAGE},
        }
    )
    return [_event({**event, "sequence_number": number}) for number, event in enumerate(events)]


def _message(item: Json, index: int) -> tuple[Json, list[Event]]:
    text = "".join(item["pieces"])
    message = {
        "id": f"m_{index}",
        "type": "message",
        "role": "assistant",
        "content": [],
        "status": "in_progress",
    }
    part = {"type": "output_text", "text": text, "annotations": []}
    whole = {**message, "content": [part], "status": "completed"}
    place = {"item_id": message["id"], "output_index": index, "content_index": 0}
    pieces = [
        {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
        for piece in item["pieces"]
    ]
    return whole, [
        {"type": "response.output_item.added", "output_index": index, "item": message},
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        *pieces,
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": index, "item": whole},
    ]


def _call(item: Json, index: int) -> tuple[Json, list[Event]]:
    call: Json = {
        "id": f"f_{index}",
        "type": "function_call",
        "call_id": f"c_{index}_{id(item)}",
        "name": item["name"],
        "arguments": item["arguments"],
        "status": "completed",
    }
    place: Json = {"item_id": call["id"], "output_index": index}
    return call, [
        {"type": "response.output_item.added", "output_index": index, "item": {**call, "arguments": ""}},
        {"type": "response.function_call_arguments.delta", **place, "delta": item["arguments"]},
        {"type": "response.function_call_arguments.done", **place, "arguments": item["arguments"]},
        {"type": "response.output_item.done", "output_index": index, "item": call},
    ]


def _completions(move: Move) -> list[bytes]:
    """https://platform.openai.com/docs/api-reference/chat-streaming"""
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    tools = 0
    for item in move.items:
        if item["type"] == "message":
            deltas += [{"content": piece} for piece in item["pieces"]]
            continue
        function: Json = {"name": item["name"], "arguments": item["arguments"]}
        call: Json = {"index": tools, "id": f"c_{tools}", "type": "function", "function": function}
        deltas.append({"tool_calls": [call]})
        tools += 1
    chunks: list[Json] = [{"delta": delta, "finish_reason": None} for delta in deltas]
    chunks.append({"delta": {}, "finish_reason": "tool_calls" if tools else "stop"})
    frame = {"id": "chatcmpl_1", "object": "chat.completion.chunk", "created": 1, "model": "fake"}
    lines = [{**frame, "choices": [{"index": 0, **chunk}]} for chunk in chunks]
    return [f"data: {json.dumps(line)}\n\n".encode() for line in lines] + [b"data: [DONE]\n\n"]
