"""What the model is shown of a conversation: the newest part, within bounds."""

import json
from collections.abc import Sequence
from typing import Any

from src.conversations.model import CallStatus, Message, ToolCall

MESSAGES = 40
CHARACTERS = 24_000

type Item = dict[str, Any]


def model_input(messages: Sequence[Message], done: Sequence[ToolCall]) -> list[Item]:
    """Input items, oldest first: the messages that fit, and for a retry what was already done for the last.

    The last message is always there, whole.
    """
    return [_message(row) for row in newest_within(messages)] + [
        item for call in done for item in _call(call)
    ]


def newest_within(
    messages: Sequence[Message], count: int = MESSAGES, characters: int = CHARACTERS
) -> Sequence[Message]:
    """The newest messages that make up no more than `count` and `characters`, but at least one."""
    left = characters
    first = len(messages)
    for index in reversed(range(max(0, len(messages) - count), len(messages))):
        left -= len(messages[index].content)
        if left < 0 and first < len(messages):
            break
        first = index
    return messages[first:]


def _message(row: Message) -> Item:
    return {"role": row.role, "content": row.content}


def _call(call: ToolCall) -> list[Item]:
    """A tool call as the model made it, with its result: it goes on from there instead of doing it again."""
    if call.status != CallStatus.COMPLETED:
        return []
    call_id = f"call_{call.id}"
    arguments = json.dumps(call.arguments)
    return [
        {"type": "function_call", "call_id": call_id, "name": call.name, "arguments": arguments},
        {"type": "function_call_output", "call_id": call_id, "output": json.dumps(call.result)},
    ]
