"""What both formats share: ids, pieces of text, lines of an event stream."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import Response

PIECE = re.compile(r"\s*\S+\s*$|\s*\S+")
MAX_PIECE = 60


def new_id(prefix: str) -> str:
    """Ids are new each time, as a client may keep them as keys; all else depends on the request alone."""
    return f"{prefix}_{uuid.uuid4().hex}"


def pieces(text: str) -> Iterator[str]:
    """The text word by word; joined they are the text again. Very long words are cut."""
    for found in PIECE.finditer(text):
        word = found[0]
        yield from (word[start : start + MAX_PIECE] for start in range(0, len(word), MAX_PIECE))


def encode(value: Any) -> str:
    """JSON as the APIs send it; unpaired surrogates from a request stay escaped."""
    return json.dumps(value, separators=(",", ":"))


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON body; unlike Starlette's own, it can carry what UTF-8 cannot."""
    return Response(encode(value), status, headers, "application/json")


def event(data: dict[str, Any], name: str | None = None) -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {encode(data)}\n\n".encode()
