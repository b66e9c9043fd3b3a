"""One chat request through the `openai` client; a program of its own, started by `openai_model`.

So it can be ended on the second whatever the server does, and its import, which takes a second, holds nobody
up. stdin is a JSON document: baseUrl, apiKey, body, timeoutS, retries, send. stdout is one: `sent`, the very
bytes of the request as text, and `answer` or `error`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

_LONGEST_TEXT = 200_000


class NotSent(Exception):
    """The request was made and shown, and goes no further."""


def main() -> None:
    """Read the request from stdin, print what became of it."""
    order = json.load(sys.stdin)
    json.dump(ask(order), sys.stdout)


def ask(order: Mapping[str, Any]) -> dict[str, Any]:
    """Send the request, or with `send` false only make it."""
    import openai

    sent: list[str] = []

    def note(request: Any) -> None:
        sent.append(request.read().decode("utf-8"))
        if not order["send"]:
            raise NotSent

    client = openai.OpenAI(
        base_url=order["baseUrl"], api_key=order["apiKey"], timeout=order["timeoutS"],
        max_retries=order["retries"] if order["send"] else 0,
        http_client=openai.DefaultHttpxClient(event_hooks={"request": [note]}),
    )  # fmt: skip
    try:
        outcome = {"answer": _plain(client.chat.completions.create(**order["body"]))}
    except Exception as fault:  # whatever a server does wrong is an answer to us
        outcome = {"error": _told(fault, openai)} if order["send"] else {}
    return {"sent": sent[-1] if sent else "", "requests": len(sent), **outcome}


def _plain(answer: Any) -> dict[str, Any]:
    """The text and the usage of an answer; what is no answer has neither."""
    choices = getattr(answer, "choices", None) or []
    choice = choices[0] if choices else None
    message = getattr(choice, "message", None)
    usage = getattr(answer, "usage", None)
    return {
        "text": str(getattr(message, "content", None) or "")[:_LONGEST_TEXT],
        "calls": len(getattr(message, "tool_calls", None) or []),
        "finish": str(getattr(choice, "finish_reason", "") or ""),
        "isChat": choice is not None,
        "promptTokens": int(getattr(usage, "prompt_tokens", 0) or 0),
        "answerTokens": int(getattr(usage, "completion_tokens", 0) or 0),
    }


def _told(fault: Exception, openai: Any) -> dict[str, Any]:
    kinds = {"timeout": openai.APITimeoutError, "connection": openai.APIConnectionError}
    kind = next((name for name, cls in kinds.items() if isinstance(fault, cls)), "")
    body = getattr(fault, "message", "") or str(fault)
    cause = str(fault.__cause__ or "")
    return {
        "kind": kind or ("status" if isinstance(fault, openai.APIStatusError) else "garbage"),
        "status": int(getattr(fault, "status_code", 0) or 0),
        "message": " ".join(f"{body} {cause}".split())[:500],
    }


if __name__ == "__main__":
    main()
