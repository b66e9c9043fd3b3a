"""Which of the calls that a turn needs were already made.

Calls are recognised by tool and arguments, not by their number: a client that goes on after a failed run may
send only some of the calls that were made before.
"""

import json
from collections.abc import Sequence
from typing import Any

from demo_model.planning.conversation import Call, ToolCall


class Ledger:
    """The calls made so far; each is taken at most once."""

    def __init__(self, made: Sequence[Call]) -> None:
        self._left = list(made)

    def take(self, wanted: Sequence[ToolCall]) -> list[Call | None]:
        """For each wanted call the one made, or None.

        What is left of the same tool answers for the rest, so that a client that writes arguments in another
        way is not asked for ever.
        """
        found = [self._first(call.name, call.arguments) for call in wanted]
        return [call or self._first(asked.name, None) for asked, call in zip(wanted, found, strict=True)]

    def _first(self, name: str, arguments: dict[str, Any] | None) -> Call | None:
        for place, call in enumerate(self._left):
            if call.name == name and (arguments is None or _parsed(call.arguments) == arguments):
                return self._left.pop(place)
        return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
