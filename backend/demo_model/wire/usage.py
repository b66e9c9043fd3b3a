"""Token counts: words and signs. No tokenizer is needed for figures that cost nothing."""

import json
import re
from collections.abc import Mapping
from typing import Any

from demo_model.planning.conversation import Answer, Step

TOKEN = re.compile(r"\w+|[^\w\s]")


def tokens(text: str) -> int:
    return sum(1 for _ in TOKEN.finditer(text))


def tokens_in(body: Mapping[str, Any], *names: str) -> int:
    """Tokens of all strings in these fields of a request."""
    return sum(_inside(body.get(name)) for name in names)


def _inside(value: Any) -> int:
    count, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            count += tokens(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return count


def tokens_out(step: Step) -> int:
    if isinstance(step, Answer):
        return tokens(step.text)
    return sum(tokens(call.name) + tokens(json.dumps(call.arguments)) for call in step.calls)
