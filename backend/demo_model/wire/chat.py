"""POST /v1/chat/completions."""

import time
from collections.abc import Iterator
from typing import Any

from demo_model import MODEL
from demo_model.planning.conversation import NO_OUTPUT, Answer, Call, Conversation, Step, ToolCall
from demo_model.wire import fields, pieces
from demo_model.wire.errors import ApiError, Fault, missing, unsupported, wrong_type
from demo_model.wire.fields import Body
from demo_model.wire.usage import tokens_in, tokens_out

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
DONE = b"data: [DONE]\n\n"


def check(body: Body) -> None:
    """Refuses what cannot be honoured; the rest is ignored."""
    fields.check_model(body)
    fields.refuse_formats(body, "response_format")
    if body.get("messages") is None:
        raise missing("messages")
    if body.get("messages") == []:
        raise ApiError(400, Fault("Invalid 'messages': empty array.", param="messages", code="empty_array"))
    if body.get("n") not in (None, 1):
        raise unsupported("n", f"must be 1: {MODEL} has one answer only.")


def conversation(body: Body) -> Conversation:
    """The turn: what came since the last user message."""
    messages = fields.objects(body, "messages")
    for place, message in enumerate(messages):
        _check_message(message, place)
    last = max((place for place, message in enumerate(messages) if message["role"] == "user"), default=-1)
    said = [
        _said(message, place) for place, message in enumerate(messages[: max(last, 0)]) if _speaks(message)
    ]
    return Conversation(
        message=_said(messages[last], last) if last >= 0 else "",
        asked=said[-1] if said else "",
        calls=_calls(messages[last + 1 :]),
        tools=fields.callable_tools(body, _tool_names(body)),
        parallel=fields.flag(body, "parallel_tool_calls", True),
    )


def _tool_names(body: Body) -> list[str]:
    functions = [tool.get("function") for tool in fields.objects(body, "tools")]
    return [one["name"] for one in functions if isinstance(one, dict) and isinstance(one.get("name"), str)]


def _check_message(message: dict[str, Any], place: int) -> None:
    role = message.get("role")
    if role is None:
        raise missing(f"messages[{place}].role")
    if role not in ROLES:
        if not isinstance(role, str):
            raise wrong_type(f"messages[{place}].role", "a string", role)
        words = f"Invalid value: '{role[:40]}'. Supported values are: {', '.join(map(repr, ROLES))}."
        raise ApiError(400, Fault(words, param=f"messages[{place}].role", code="invalid_value"))
    for number, call in enumerate(fields.objects(message, "tool_calls")):
        function = call.get("function")
        if (
            not isinstance(call.get("id"), str)
            or not isinstance(function, dict)
            or not isinstance(function.get("name"), str)
        ):
            raise missing(f"messages[{place}].tool_calls[{number}].function")


def _speaks(message: dict[str, Any]) -> bool:
    return message["role"] == "assistant" and bool(message.get("content"))


def _said(message: dict[str, Any], place: int) -> str:
    return fields.text_of(message.get("content"), f"messages[{place}].content")


def _calls(messages: list[dict[str, Any]]) -> tuple[Call, ...]:
    outputs = {str(m.get("tool_call_id")): m.get("content") for m in messages if m["role"] == "tool"}
    called = [call for m in messages if m["role"] == "assistant" for call in fields.objects(m, "tool_calls")]
    return tuple(_call(call["function"], outputs.get(call["id"], NO_OUTPUT)) for call in called)


def _call(function: dict[str, Any], output: Any) -> Call:
    return Call(function["name"], str(function.get("arguments", "{}")), output)


class Rendering:
    """One completion, whole or as chunks."""

    def __init__(self, body: Body, step: Step) -> None:
        self.body = body
        self.step = step
        self.id = pieces.new_id("chatcmpl")
        self.created = int(time.time())
        self.reason = "stop" if isinstance(step, Answer) else "tool_calls"
        options = body.get("stream_options")
        self.usage_chunk = isinstance(options, dict) and options.get("include_usage") is True

    def whole(self) -> dict[str, Any]:
        """The finished completion."""
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
        if isinstance(self.step, Answer):
            message["content"] = self.step.text
        else:
            message["tool_calls"] = [_tool_call(call) for call in self.step.calls]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.reason}
        return self._envelope("chat.completion", [choice]) | {"usage": self._usage()}

    def events(self) -> Iterator[bytes]:
        """The same as chunks, a word at a time."""
        yield self._chunk(
            {"role": "assistant", "content": "" if isinstance(self.step, Answer) else None, "refusal": None}
        )
        if isinstance(self.step, Answer):
            for piece in pieces.pieces(self.step.text):
                yield self._chunk({"content": piece})
        else:
            for index, call in enumerate(self.step.calls):
                yield from self._call(index, call)
        yield self._chunk({}, self.reason)
        if self.usage_chunk:
            yield pieces.event(self._envelope("chat.completion.chunk", []) | {"usage": self._usage()})
        yield DONE

    def _call(self, index: int, call: ToolCall) -> Iterator[bytes]:
        whole = _tool_call(call)
        arguments = whole["function"]["arguments"]
        start = whole | {"function": {"name": call.name, "arguments": ""}}
        yield self._chunk({"tool_calls": [{"index": index, **start}]})
        for piece in pieces.pieces(arguments):
            yield self._chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        chunk = self._envelope("chat.completion.chunk", [choice])
        return pieces.event(chunk | {"usage": None} if self.usage_chunk else chunk)

    def _envelope(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        head = {"id": self.id, "object": kind, "created": self.created, "model": MODEL}
        return head | {"choices": choices, "system_fingerprint": None}

    def _usage(self) -> dict[str, Any]:
        taken, given = tokens_in(self.body, "messages", "tools"), tokens_out(self.step)
        return {
            "prompt_tokens": taken,
            "completion_tokens": given,
            "total_tokens": taken + given,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }


def _tool_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": pieces.encode(call.arguments)}
    return {"id": pieces.new_id("call"), "type": "function", "function": function}
