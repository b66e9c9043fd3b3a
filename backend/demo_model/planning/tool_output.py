"""What a tool has answered, whatever it is wrapped in.

Taken: JSON text, an MCP result (`content`, `structuredContent`, `isError`), {"result": …}, {"tasks": […]},
one content part, or a list of them: the Agents SDK sends an MCP tool's list as one text part for each task.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from demo_model.planning.conversation import NO_OUTPUT

PART_TYPES = ("text", "input_text", "output_text")
WRAPPERS = ("result", "items", "data")
MAX_DEPTH = 8
MAX_ERROR_CHARACTERS = 300
# A tool that answers in words has failed, unless they clearly say that it did its work.
SUCCESS = re.compile(
    r"\W*(?:ok|done|success\w*|null|none)?\W*|.*\b(?:added|created|completed|deleted|removed|updated|renamed|marked|success\w*)\b.*",
    re.IGNORECASE | re.DOTALL,
)
REFUSAL = re.compile(
    r"\b(?:no|not|nothing|never|cannot|\w+n't|unable|unknown|fail\w*|errors?|exception|invalid|denied|forbidden"
    r"|timed out)\b",
    re.IGNORECASE,
)
ERROR_LEAD = re.compile(
    r"^\s*(?:error\s+(?:executing|running|calling)\s+(?:the\s+)?tool\s*[\w.'-]*|an\s+error\s+occurred[^.]*\.\s*"
    r"please\s+try\s+again\.?|error)\s*(?:error)?\s*[:.]*\s*",
    re.IGNORECASE,
)
NO_WORDS = "the tool failed and didn't say why"


@dataclass(frozen=True)
class Task:
    """A task as a tool described it."""

    id: int
    title: str
    completed: bool = False


@dataclass(frozen=True)
class Listed:
    """Tasks of a list. `total`: how many there are, where the tool shows only some."""

    tasks: tuple[Task, ...] = ()
    total: int = 0


@dataclass(frozen=True)
class Failure:
    """What went wrong, in the tool's words."""

    words: str


def read_tasks(output: Any) -> Listed | Failure:
    """The tasks of list_tasks' output."""
    value = unwrap(output)
    total = 0
    if isinstance(value, dict) and isinstance(value.get("tasks"), list):
        total = value["total"] if isinstance(value.get("total"), int) else 0
        value = value["tasks"]
    if isinstance(value, Failure | str):
        return value if isinstance(value, Failure) else Failure(_words(value))
    rows = value if isinstance(value, list) else [value] if _task(value) else None
    if rows is None:
        return Failure("the tool's answer was no list of tasks")
    tasks = tuple(task for row in rows if (task := _task(unwrap(row))))
    return Listed(tasks, max(total, len(tasks)))


def read_change(output: Any) -> Task | Failure | None:
    """The task that a change left behind; None where it succeeded without describing it."""
    value = unwrap(output)
    if isinstance(value, Failure):
        return value
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, dict) and isinstance(value.get("task"), dict):
        value = value["task"]
    if isinstance(value, str):
        return None if SUCCESS.fullmatch(value) and not REFUSAL.search(value) else Failure(_words(value))
    return _task(value)


def unwrap(value: Any, depth: int = MAX_DEPTH) -> Any:
    """The value inside; Failure for an error."""
    if value is NO_OUTPUT or depth == 0:
        return Failure("the tool gave no answer")
    if isinstance(value, str):
        return _text(value, depth)
    if isinstance(value, list) and value and all(_is_part(item) for item in value):
        inner = [unwrap(item, depth - 1) for item in value]
        return inner[0] if len(inner) == 1 else next((i for i in inner if isinstance(i, Failure)), inner)
    if isinstance(value, dict):
        return _object(value, depth)
    return value


def _text(text: str, depth: int) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    except RecursionError:
        return Failure("the tool's answer was too deep to read")
    return value if isinstance(value, int | float) else unwrap(value, depth - 1)


def _object(value: dict[str, Any], depth: int) -> Any:
    if _is_part(value):
        return unwrap(value["text"], depth - 1)
    if failure := _failure(value, depth):
        return failure
    if isinstance(value.get("structuredContent"), dict):
        return unwrap(value["structuredContent"], depth - 1)
    if isinstance(value.get("content"), list) and "title" not in value:
        return unwrap(value["content"], depth - 1)
    for name in WRAPPERS:
        if name in value and "title" not in value and isinstance(value[name], list | dict | str):
            return unwrap(value[name], depth - 1)
    return value


def _failure(value: dict[str, Any], depth: int) -> Failure | None:
    if value.get("isError") or value.get("is_error"):
        inner = unwrap(value.get("content", []), depth - 1)
        return (
            inner if isinstance(inner, Failure) else Failure(_words(inner if isinstance(inner, str) else ""))
        )
    said = value.get("error") or value.get("message") or value.get("detail")
    bad = value.get("error") or value.get("status") in ("error", "failed") or value.get("success") is False
    bad = bad or value.get("ok") is False or (set(value) == {"detail"})
    if isinstance(said, dict):
        said = said.get("message")
    return Failure(_words(said if isinstance(said, str) else "")) if bad else None


def _words(text: str) -> str:
    """The first line without the library's lead, short enough to be said."""
    lines = ERROR_LEAD.sub("", text.strip()).strip().splitlines()
    return lines[0][:MAX_ERROR_CHARACTERS] if lines else NO_WORDS


def _is_part(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in PART_TYPES and isinstance(value.get("text"), str)


def _task(value: Any) -> Task | None:
    if not isinstance(value, dict):
        return None
    number = value.get("id", value.get("task_id"))
    if isinstance(number, str) and number.isascii() and number.isdigit():
        number = int(number)
    title = value.get("title")
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(title, str):
        return None
    return Task(number, title, value.get("completed") is True or value.get("status") == "completed")
