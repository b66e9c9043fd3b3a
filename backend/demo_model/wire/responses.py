"""POST /v1/responses."""

import time
from collections.abc import Iterator
from typing import Any

from demo_model import MODEL
from demo_model.planning.conversation import NO_OUTPUT, Answer, Call, Conversation, Step, ToolCall
from demo_model.wire import fields, pieces
from demo_model.wire.errors import ApiError, Fault, missing, unsupported, wrong_type
from demo_model.wire.fields import Body
from demo_model.wire.usage import tokens_in, tokens_out

ROLES = ("user", "assistant", "system", "developer")


def check(body: Body) -> None:
    """Refuses what cannot be honoured; the rest is echoed or ignored as the API does."""
    fields.check_model(body)
    fields.refuse_formats(body, "text", "format")
    if body.get("input") is None:
        raise missing("input")
    previous = body.get("previous_response_id")
    if previous is not None:
        message = f"Previous response with id '{str(previous)[:100]}' not found."
        raise ApiError(400, Fault(message, param="previous_response_id", code="previous_response_not_found"))
    for name in ("conversation", "background"):
        if body.get(name):
            raise unsupported(name, f"is not kept by {MODEL}: send the whole input.")


def conversation(body: Body) -> Conversation:
    """The turn: what came since the last user message."""
    items = _items(body)
    last = max((place for place, item in enumerate(items) if _role(item) == "user"), default=-1)
    before = [
        _said(item, place) for place, item in enumerate(items[: max(last, 0)]) if _role(item) == "assistant"
    ]
    message = _said(items[last], last) if last >= 0 else ""
    tools = [tool["name"] for tool in fields.objects(body, "tools") if isinstance(tool.get("name"), str)]
    return Conversation(
        message=message,
        asked=before[-1] if before else "",
        calls=_calls(items[last + 1 :]),
        tools=fields.callable_tools(body, tools),
        parallel=fields.flag(body, "parallel_tool_calls", True),
    )


def _items(body: Body) -> list[dict[str, Any]]:
    if isinstance(body["input"], str):
        return [{"role": "user", "content": body["input"]}]
    items = fields.objects(body, "input")
    for place, item in enumerate(items):
        _check_item(item, place)
    return items


def _check_item(item: dict[str, Any], place: int) -> None:
    kind = item.get("type", "message")
    if not isinstance(kind, str):
        raise wrong_type(f"input[{place}].type", "a string", kind)
    required = {
        "message": ("role",),
        "function_call": ("call_id", "name"),
        "function_call_output": ("call_id",),
    }
    for name in required.get(kind, ()):
        if name not in item:
            raise missing(f"input[{place}].{name}")
        if not isinstance(item[name], str):
            raise wrong_type(f"input[{place}].{name}", "a string", item[name])
    if kind == "message" and item["role"] not in ROLES:
        message = (
            f"Invalid value: '{item['role'][:40]}'. Supported values are: {', '.join(map(repr, ROLES))}."
        )
        raise ApiError(400, Fault(message, param=f"input[{place}].role", code="invalid_value"))


def _role(item: dict[str, Any]) -> str | None:
    return str(item["role"]) if item.get("type", "message") == "message" else None


def _said(item: dict[str, Any], place: int) -> str:
    return fields.text_of(item.get("content"), f"input[{place}].content")


def _calls(items: list[dict[str, Any]]) -> tuple[Call, ...]:
    outputs = {
        item["call_id"]: item.get("output") for item in items if item.get("type") == "function_call_output"
    }
    called = [item for item in items if item.get("type") == "function_call"]
    return tuple(_call(item, outputs.get(item["call_id"], NO_OUTPUT)) for item in called)


def _call(item: dict[str, Any], output: Any) -> Call:
    return Call(item["name"], str(item.get("arguments", "{}")), output)


class Rendering:
    """One response, whole or as events."""

    def __init__(self, body: Body, step: Step) -> None:
        self.body = body
        self.step = step
        self.id = pieces.new_id("resp")
        self.created_at = int(time.time())
        self.number = -1

    def whole(self) -> dict[str, Any]:
        """The finished response."""
        return self._response("completed", [_item(thing) for thing in _things(self.step)])

    def events(self) -> Iterator[bytes]:
        """The same as server-sent events, a word at a time."""
        yield self._event("response.created", response=self._response("in_progress", []))
        yield self._event("response.in_progress", response=self._response("in_progress", []))
        output = []
        for index, thing in enumerate(_things(self.step)):
            item = _item(thing)
            yield from self._text(item, index) if isinstance(thing, str) else self._call(item, index)
            output.append(item)
        yield self._event("response.completed", response=self._response("completed", output))

    def _text(self, item: dict[str, Any], index: int) -> Iterator[bytes]:
        part = item["content"][0]
        at = {"item_id": item["id"], "output_index": index, "content_index": 0}
        started = item | {"status": "in_progress", "content": []}
        yield self._event("response.output_item.added", output_index=index, item=started)
        yield self._event("response.content_part.added", **at, part=part | {"text": ""})
        for piece in pieces.pieces(part["text"]):
            yield self._event("response.output_text.delta", **at, delta=piece, logprobs=[])
        yield self._event("response.output_text.done", **at, text=part["text"], logprobs=[])
        yield self._event("response.content_part.done", **at, part=part)
        yield self._event("response.output_item.done", output_index=index, item=item)

    def _call(self, item: dict[str, Any], index: int) -> Iterator[bytes]:
        at = {"item_id": item["id"], "output_index": index}
        started = item | {"status": "in_progress", "arguments": ""}
        yield self._event("response.output_item.added", output_index=index, item=started)
        for piece in pieces.pieces(item["arguments"]):
            yield self._event("response.function_call_arguments.delta", **at, delta=piece)
        done = {"name": item["name"], "arguments": item["arguments"]}
        yield self._event("response.function_call_arguments.done", **at, **done)
        yield self._event("response.output_item.done", output_index=index, item=item)

    def _event(self, type_: str, **data: Any) -> bytes:
        self.number += 1
        return pieces.event({"type": type_, "sequence_number": self.number, **data}, type_)

    def _response(self, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        body = self.body
        done = status == "completed"
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "completed_at": int(time.time()) if done else None,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "metadata": body.get("metadata") or {},
            "model": MODEL,
            "output": output,
            "parallel_tool_calls": fields.flag(body, "parallel_tool_calls", True),
            "previous_response_id": None,
            "store": False,
            "temperature": body.get("temperature"),
            "text": {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice") or "auto",
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p"),
            "truncation": "disabled",
            "usage": self._usage() if done else None,
        }

    def _usage(self) -> dict[str, Any]:
        taken, given = tokens_in(self.body, "instructions", "input", "tools"), tokens_out(self.step)
        return {
            "input_tokens": taken,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": given,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": taken + given,
        }


def _things(step: Step) -> list[str | ToolCall]:
    return [step.text] if isinstance(step, Answer) else list(step.calls)


def _item(thing: str | ToolCall) -> dict[str, Any]:
    if isinstance(thing, str):
        part = {"type": "output_text", "text": thing, "annotations": [], "logprobs": []}
        message = {"id": pieces.new_id("msg"), "type": "message", "role": "assistant"}
        return message | {"status": "completed", "content": [part]}
    call = {"id": pieces.new_id("fc"), "type": "function_call", "call_id": pieces.new_id("call")}
    return call | {"name": thing.name, "arguments": pieces.encode(thing.arguments), "status": "completed"}
