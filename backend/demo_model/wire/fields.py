"""Typed access to a JSON body, with OpenAI's words for what is wrong. Used in place of pydantic, which alone
takes a quarter of this server's memory."""

import json
from collections.abc import Mapping
from typing import Any

from demo_model import MODEL
from demo_model.wire.errors import bad_request, missing, no_such_model, unsupported, wrong_type

Body = Mapping[str, Any]


def parse(raw: bytes) -> Body:
    """The JSON object of a request."""
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise bad_request("We could not parse the JSON body of your request: it is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_request("The body of your request has to be a JSON object.")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def check_model(body: Body) -> None:
    """Only one model is served."""
    name = body.get("model")
    if name is None:
        raise missing("model")
    if not isinstance(name, str):
        raise wrong_type("model", "a string", name)
    if name != MODEL:
        raise no_such_model(name[:100])


def flag(body: Body, name: str, default: bool) -> bool:
    """A boolean; null means the default."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise wrong_type(name, "a boolean", value)
    return value


def objects(body: Body, name: str) -> list[dict[str, Any]]:
    """An array of objects; [] where there is none."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong_type(name, "an array of objects", value)
    for place, item in enumerate(value):
        if not isinstance(item, dict):
            raise wrong_type(f"{name}[{place}]", "an object", item)
    return value


def text_of(content: Any, param: str) -> str:
    """The words of a message's content: a string, or parts of which the text ones count."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise wrong_type(param, "a string or an array of objects", content)
    texts = []
    for place, part in enumerate(content):
        if not isinstance(part, dict):
            raise wrong_type(f"{param}[{place}]", "an object", part)
        text = part.get("text", "")
        if not isinstance(text, str):
            raise wrong_type(f"{param}[{place}].text", "a string", text)
        texts.append(text)
    return "\n".join(text for text in texts if text)


def refuse_formats(body: Body, name: str, *path: str) -> None:
    """Answers are plain text; a promise of JSON could not be kept."""
    value: Any = body.get(name)
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict) and value.get("type", "text") != "text":
        raise unsupported(".".join((name, *path)), f"must be text: {MODEL} has no structured outputs.")


def callable_tools(body: Body, tools: list[str]) -> frozenset[str]:
    """The declared tools that tool_choice lets through. Rules cannot be forced to use one ("required")."""
    return frozenset() if body.get("tool_choice") == "none" else frozenset(tools)
